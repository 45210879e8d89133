package io.step3.ops.gpu;

import io.step3.ops.Buffer;
import io.step3.ops.KeyValues;
import io.step3.ops.KvFormat;
import io.step3.ops.Spans;
import io.step3.ops.gpu.CheckTable.Work;
import io.step3.ops.gpu.KernelCheck.Distance;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** Attention against float64: of one row, of rows of a prompt, of pictures; and how to split it. */
final class AttentionCheck {
    /** A head's error relative to its norm, as in {@link TunedAttentionTest}. */
    private static final double NEAR_F16 = 6e-3;

    private static final double NEAR = 5e-6;
    private static final int HEADS = AttentionKernels.HEADS;
    private static final int DIM = AttentionKernels.DIM;
    private static final float SCALE = 1f / 16;

    /** Most memory that caches of one row of the table take. */
    private static final long MOST_BYTES = 4L << 30;

    private final KernelCheck check;
    private final DeviceBench b;

    AttentionCheck(KernelCheck check) {
        this.check = check;
        b = check.b();
    }

    /** Sequences that are equally long, whose last rows attend; all layers hold the same. */
    private final class Pass implements AutoCloseable {
        final int sequences;
        final int length;
        final int rows;
        final int layers;
        final Spans spans = new Spans();
        final float[] keys;
        final float[] values;
        final float[] q;
        final Buffer in;
        final Buffer out;
        private final List<KeyValues> caches = new ArrayList<>();

        Pass(int sequences, int length, int rows) {
            this.sequences = sequences;
            this.length = length;
            this.rows = rows;
            long fit = Math.max(1, MOST_BYTES / (long) bytes());
            layers = (int) Math.min(check.copies((long) bytes()), fit);
            keys = b.floats(length, DIM, 1);
            values = b.floats(length, DIM, 1);
            Buffer k = b.buffer(keys);
            Buffer v = b.buffer(values);
            for (int s = 0; s < sequences; s++) {
                KeyValues cache = b.backend.newCache(KvFormat.F16, layers, length, DIM);
                caches.add(cache);
                Spans all = new Spans();
                all.add(cache, 0, length);
                for (int layer = 0; layer < layers; layer++) {
                    b.stream.append(k, v, all, layer);
                }
                spans.add(cache, length - rows, rows);
            }
            q = b.floats(sequences * rows * HEADS, DIM, 2);
            in = b.buffer(q);
            out = b.poisoned(q.length);
        }

        double bytes() {
            return (double) sequences * length * DIM * 2 * Short.BYTES;
        }

        Work work() {
            double pairs = (double) sequences * rows * (length - (rows - 1) / 2.0);
            return new Work(bytes() + 8.0 * q.length, 4 * pairs * HEADS * DIM, 1);
        }

        String size() {
            return "%d x %d of %d".formatted(sequences, rows, length);
        }

        double error(float[] actual) {
            double worst = 0;
            int all = sequences * rows;
            for (int r = 0; r < all; r += Math.max(1, all / 4)) {
                for (int h = r % 5; h < HEADS; h += 21) {
                    int at = (r * HEADS + h) * DIM;
                    worst = Math.max(worst, head(actual, at, length - rows + r % rows + 1));
                }
            }
            return worst;
        }

        private double head(float[] actual, int at, int seen) {
            double[] expected = attended(seen, DIM, SCALE, q, at, keys, 0, values, 0, DIM);
            Distance distance = new Distance();
            for (int i = 0; i < DIM; i++) {
                distance.add(expected[i], actual[at + i]);
            }
            return distance.relative();
        }

        @Override
        public void close() {
            caches.forEach(KeyValues::close);
        }
    }

    void all() {
        for (int length : check.sizes(new int[] {1, 63, 300}, 1, 200, 1000, 8000, 32000, 64000)) {
            attention(1, length, 1);
        }
        for (int sequences : check.sizes(new int[] {3}, 4, 16, 64)) {
            attention(sequences, check.size(90, 8000), 1);
        }
        attention(1, check.size(40, 2000), check.size(5, 256));
        attention(1, check.size(3, 4096), check.size(3, 4096));
        splits();
        pictures();
    }

    private void attention(int sequences, int length, int rows) {
        try (Pass pass = new Pass(sequences, length, rows)) {
            String what = rows == 1 ? "decode attention" : "prefill attention";
            Runnable[] works = new Runnable[pass.layers];
            for (int i = 0; i < works.length; i++) {
                int layer = i;
                works[i] =
                        () ->
                                b.stream.attention(
                                        pass.out, pass.in, pass.spans, layer, HEADS, SCALE);
            }
            float[] actual = check.twice(what, pass.out, works[0]);
            double error = pass.error(actual);
            check.table().row(what, pass.size(), check.time(works), pass.work(), error, NEAR_F16);
        }
    }

    /** One long sequence, split more or less often than {@link TunedAttention} would. */
    private void splits() {
        GpuArguments arguments = b.backend.arguments();
        GpuBackend backend = b.backend;
        int blocks = backend.device().multiprocessors();
        long layerBytes = 2L * GpuKeyValues.PIECE * KvFormat.F16.rowBytes(DIM);
        try (Arena arena = Arena.ofShared();
                Transfers transfers = new Transfers(backend.device(), arena, check.stream());
                SpanTable spanTable = new SpanTable(backend, check.stream(), transfers);
                Scratch scratch = new Scratch(backend);
                Pass pass = new Pass(1, check.size(1100, 32000), 1)) {
            Launcher launcher = new Launcher(arena, check.stream());
            AttentionKernels kernels = backend.tuned().attention(KvFormat.F16);
            long table = spanTable.of(pass.spans);
            long out = arguments.numbers("out", pass.out);
            long q = arguments.numbers("q", pass.in);
            for (int most : check.sizes(new int[] {1, 3, 8}, 33, 66, 88, 110, 132, 264)) {
                TunedAttention own = new TunedAttention(kernels, scratch, launcher, blocks, most);
                own.plan(pass.spans, table);
                Runnable[] works = new Runnable[pass.layers];
                for (int i = 0; i < works.length; i++) {
                    long layer = i * layerBytes;
                    works[i] = () -> own.attend(out, q, table, layer, SCALE);
                }
                String what = "decode, %d splits".formatted(most);
                float[] actual = check.twice(what, pass.out, works[0]);
                check.table()
                        .row(
                                what,
                                pass.size(),
                                check.time(works),
                                pass.work(),
                                pass.error(actual),
                                NEAR_F16);
            }
        }
    }

    /** Every token of a picture sees every other; every head has its own keys and values. */
    private void pictures() {
        int tokens = check.size(37, 2704);
        int heads = check.size(2, 16);
        int dim = 112;
        int row = 3 * heads * dim;
        float[] qkv = b.floats(tokens, row, 1);
        Buffer in = b.buffer(qkv);
        Buffer out = b.poisoned(tokens * heads * dim);
        float scale = (float) (1 / Math.sqrt(dim));
        Runnable work = () -> b.stream.fullAttention(out, in, tokens, heads, dim, scale);
        float[] actual = check.twice("vision attention", out, work);
        double worst = 0;
        for (int t = 0; t < tokens; t += Math.max(1, tokens / 9)) {
            int h = t % heads;
            int at = h * dim;
            double[] expected =
                    attended(
                            tokens,
                            dim,
                            scale,
                            qkv,
                            t * row + at,
                            qkv,
                            heads * dim + at,
                            qkv,
                            2 * heads * dim + at,
                            row);
            Distance distance = new Distance();
            for (int i = 0; i < dim; i++) {
                distance.add(expected[i], actual[(t * heads + h) * dim + i]);
            }
            worst = Math.max(worst, distance.relative());
        }
        check.table()
                .row(
                        "vision attention",
                        "%d x %d x %d".formatted(tokens, heads, dim),
                        check.time(work),
                        new Work(
                                16.0 * tokens * heads * dim,
                                4.0 * tokens * tokens * heads * dim,
                                1),
                        worst,
                        NEAR);
    }

    /** Softmax attention of one query over {@code seen} keys and values, {@code pitch} apart. */
    private static double[] attended(
            int seen,
            int dim,
            float scale,
            float[] q,
            int query,
            float[] keys,
            int key,
            float[] values,
            int value,
            int pitch) {
        double[] scores = new double[seen];
        double largest = Double.NEGATIVE_INFINITY;
        for (int t = 0; t < seen; t++) {
            for (int i = 0; i < dim; i++) {
                scores[t] += (double) q[query + i] * keys[key + t * pitch + i];
            }
            scores[t] *= scale;
            largest = Math.max(largest, scores[t]);
        }
        double[] mixed = new double[dim];
        double sum = 0;
        for (int t = 0; t < seen; t++) {
            double weight = Math.exp(scores[t] - largest);
            sum += weight;
            for (int i = 0; i < dim; i++) {
                mixed[i] += weight * values[value + t * pitch + i];
            }
        }
        for (int i = 0; i < dim; i++) {
            mixed[i] /= sum;
        }
        return mixed;
    }
}
