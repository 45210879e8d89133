package io.step3.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** What streams in the host's memory check: also the numbers of rows, as they can read them. */
final class HostArguments extends Arguments {

    @Override
    protected long address(String name, Buffer buffer) {
        return HostBuffer.of(name, buffer).address();
    }

    @Override
    protected void own(String name, @Nullable Matrix matrix) {
        HostMatrix.of(name, matrix);
    }

    @Override
    protected void own(KeyValues cache) {
        HostKeyValues.of(cache);
    }

    @Override
    public void embed(Buffer out, Matrix table, Buffer ids, long n) {
        super.embed(out, table, ids, n);
        ids(ids, n, table.rows());
    }

    @Override
    public void experts(
            Buffer out,
            Buffer x,
            Buffer ids,
            Buffer weights,
            Matrix gate,
            Matrix up,
            Matrix down,
            long rows,
            int k,
            int quantizeGroup,
            Buffer scratch,
            long needed) {
        super.experts(
                out, x, ids, weights, gate, up, down, rows, k, quantizeGroup, scratch, needed);
        ids(ids, rows * k, gate.count());
    }

    private static void ids(Buffer ids, long n, long limit) {
        MemorySegment segment = HostBuffer.segment(ids);
        for (long i = 0; i < n; i++) {
            int id = segment.get(ValueLayout.JAVA_INT_UNALIGNED, i * Integer.BYTES);
            if (id < 0 || id >= limit) {
                throw Arguments.bad(
                        "ids: number %d is %d, but must be from 0 to %d", i, id, limit - 1);
            }
        }
    }
}
