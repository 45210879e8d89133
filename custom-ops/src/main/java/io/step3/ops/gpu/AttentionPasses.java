package io.step3.ops.gpu;

import io.step3.ops.KvFormat;
import io.step3.ops.Spans;
import java.util.EnumMap;
import java.util.Map;

/**
 * Attention of one stream on the tensor cores, where the shape is theirs. What is prepared for a
 * pass serves all its layers.
 */
final class AttentionPasses implements AutoCloseable {
    private final GpuBackend backend;
    private final SpanTable spanTable;
    private final Launcher launcher;
    private final Scratch scratch;
    private final Map<KvFormat, TunedAttention> attention = new EnumMap<>(KvFormat.class);
    private long planned = -1;

    AttentionPasses(GpuBackend backend, SpanTable spanTable, Launcher launcher) {
        this.backend = backend;
        this.spanTable = spanTable;
        this.launcher = launcher;
        scratch = new Scratch(backend);
    }

    /**
     * Attends, if the shape and the caches are for here.
     *
     * @param spans of at least one row, whose caches are acquired
     * @return whether it did
     */
    boolean attend(long out, long q, Spans spans, int layer, int heads, float scale) {
        KvFormat format = spans.cache(0).format();
        int dim = spans.cache(0).dim();
        if (!TunedAttention.fits(heads, dim, out, q) || !all(spans, format)) {
            return false;
        }
        AttentionKernels kernels = backend.tuned().attention(format);
        if (kernels == null) {
            return false;
        }
        int blocks = backend.device().multiprocessors();
        TunedAttention own =
                attention.computeIfAbsent(
                        format,
                        _ ->
                                new TunedAttention(
                                        kernels,
                                        scratch,
                                        launcher,
                                        blocks,
                                        TunedAttention.mostSplits(blocks)));
        long table = spanTable.of(spans);
        if (planned != spanTable.version()) {
            own.plan(spans, table);
            planned = spanTable.version();
        }
        long layerBytes = 2L * GpuKeyValues.PIECE * format.rowBytes(dim);
        own.attend(out, q, table, layer * layerBytes, scale);
        return true;
    }

    private static boolean all(Spans spans, KvFormat format) {
        for (int i = 0; i < spans.count(); i++) {
            if (spans.cache(i).format() != format) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        scratch.close();
    }
}
