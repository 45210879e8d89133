package io.step3.djl.torch;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.step3.djl.torch.Fp8Weights.Checked;
import io.step3.ops.Buffer;
import io.step3.ops.Format;
import io.step3.ops.HostBackend;
import io.step3.ops.KeyValues;
import io.step3.ops.Matrix;
import io.step3.ops.Spans;
import io.step3.ops.Stream;
import io.step3.ops.Weight;
import io.step3.ops.WeightType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Computes on the CPU, with the tensors' memory as it lies: nothing is copied but the experts' ids,
 * where they are int64. A tensor stays for the length of the call, since its handle is the
 * operator's.
 */
final class HostKernels implements DeviceKernels {
    private final HostBackend backend;

    /** Not in use just now: as many as ever computed at once. */
    private final ConcurrentLinkedQueue<Stream> streams = new ConcurrentLinkedQueue<>();

    HostKernels(HostBackend backend) {
        this.backend = backend;
    }

    @Override
    public void attention(
            Tensor out, Tensor q, Tensor keys, Tensor values, int position, float scale) {
        int rows = Math.toIntExact(keys.size(0));
        int dim = Math.toIntExact(keys.size(1));
        int heads = Math.toIntExact(q.size(1));
        Stream stream = take();
        try (KeyValues cache = backend.lend(keys.address(), values.address(), rows, dim)) {
            Spans spans = new Spans();
            spans.add(cache, position, (int) q.size(0));
            stream.attention(floats(out), floats(q), spans, 0, heads, scale);
        } finally {
            streams.add(stream);
        }
    }

    @Override
    public void linear(Tensor out, Tensor x, Checked w) {
        Stream stream = take();
        try {
            stream.linear(floats(out), floats(x), hold(w), null, x.rows());
        } finally {
            streams.add(stream);
        }
    }

    @Override
    public void experts(
            Tensor out,
            Tensor x,
            Tensor ids,
            Tensor weights,
            Checked gate,
            Checked up,
            Checked down) {
        int k = (int) ids.size(-1);
        long bytes = backend.expertsScratch(x.rows(), k, gate.count(), gate.cols(), gate.rows());
        Stream stream = take();
        try (Arena arena = Arena.ofShared()) {
            stream.experts(
                    floats(out),
                    floats(x),
                    ids(arena, ids, gate.count()),
                    floats(weights),
                    hold(gate),
                    hold(up),
                    hold(down),
                    x.rows(),
                    k,
                    0,
                    backend.allocate(arena, bytes));
        } finally {
            streams.add(stream);
        }
    }

    private Stream take() {
        Stream stream = streams.poll();
        return stream != null ? stream : backend.newStream();
    }

    private Matrix hold(Checked w) {
        Format format =
                new Format.Blocks(
                        WeightType.F8_E4M3,
                        Operator.BLOCK,
                        Operator.BLOCK,
                        memory(w.scales(), Float.BYTES));
        return backend.hold(
                new Weight(format, memory(w.codes(), Byte.BYTES), w.count(), w.rows(), w.cols()));
    }

    /** The ids as int32, none of them beyond it. */
    private Buffer ids(Arena arena, Tensor ids, int experts) {
        long n = ids.count();
        if (ids.type() == Tensor.INT32) {
            return backend.lend(ids.address(), n * Integer.BYTES);
        }
        MemorySegment from = memory(ids, Long.BYTES);
        MemorySegment to = arena.allocate(JAVA_INT, n);
        for (long i = 0; i < n; i++) {
            long id = from.getAtIndex(JAVA_LONG, i);
            to.setAtIndex(JAVA_INT, i, ids.requireExpert(i, id, experts));
        }
        return backend.lend(to.address(), to.byteSize());
    }

    private Buffer floats(Tensor tensor) {
        return backend.lend(tensor.address(), tensor.count() * JAVA_FLOAT.byteSize());
    }

    private static MemorySegment memory(Tensor tensor, int bytesOfOne) {
        return MemorySegment.ofAddress(tensor.address()).reinterpret(tensor.count() * bytesOfOne);
    }
}
