package io.step3.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The operations in plain Java: the oracle that others are tested against, and what computes where
 * no native library loads. Written to be read and to be right; rows are copied to arrays and summed
 * in several accumulators, so that small models are pleasant to use.
 */
final class JavaStream extends HostStream {
    /** Below this many multiplications other threads cost more than they help. */
    private static final long WORTH_SHARING = 1 << 17;

    /** A thread that is not ours, to ask whether a segment may be read by others. */
    private static final Thread ANOTHER = Thread.ofPlatform().unstarted(() -> {});

    private final JavaBackend backend;
    private volatile boolean closed;

    JavaStream(JavaBackend backend) {
        this.backend = backend;
    }

    @Override
    public void close() {
        closed = true;
    }

    private void requireOpen() {
        if (closed || backend.isClosed()) {
            throw new IllegalStateException("the stream is closed");
        }
    }

    @Override
    public void embed(Buffer out, Matrix table, Buffer ids, long n) {
        requireOpen();
        ARGUMENTS.embed(out, table, ids, n);
        float[] row = new float[Math.toIntExact(table.cols())];
        for (long i = 0; i < n; i++) {
            WeightRow.read(weight(table), getInt(ids, i), row);
            write(row, row.length, out, i * row.length);
        }
    }

    @Override
    public void rmsNorm(Buffer out, Buffer x, Matrix gain, long rows, float eps) {
        requireOpen();
        ARGUMENTS.rmsNorm(out, x, gain, rows);
        float[] gains = WeightRow.read(weight(gain), 0);
        float[] row = new float[gains.length];
        for (long r = 0; r < rows; r++) {
            read(x, r * row.length, row, row.length);
            float meanSquare = dot(row, 0, row, 0, row.length) / row.length;
            float factor = (float) (1 / Math.sqrt(meanSquare + eps));
            for (int i = 0; i < row.length; i++) {
                row[i] = row[i] * factor * gains[i];
            }
            write(row, row.length, out, r * row.length);
        }
    }

    @Override
    public void layerNorm(Buffer out, Buffer x, Matrix gain, Matrix bias, long rows, float eps) {
        requireOpen();
        ARGUMENTS.layerNorm(out, x, gain, bias, rows);
        float[] gains = WeightRow.read(weight(gain), 0);
        float[] biases = WeightRow.read(weight(bias), 0);
        float[] ones = new float[gains.length];
        Arrays.fill(ones, 1);
        float[] row = new float[gains.length];
        for (long r = 0; r < rows; r++) {
            read(x, r * row.length, row, row.length);
            float mean = dot(row, 0, ones, 0, row.length) / row.length;
            for (int i = 0; i < row.length; i++) {
                row[i] -= mean;
            }
            float variance = dot(row, 0, row, 0, row.length) / row.length;
            float factor = (float) (1 / Math.sqrt(variance + eps));
            for (int i = 0; i < row.length; i++) {
                row[i] = row[i] * factor * gains[i] + biases[i];
            }
            write(row, row.length, out, r * row.length);
        }
    }

    @Override
    public void linear(Buffer out, Buffer x, Matrix w, @Nullable Matrix bias, long rows) {
        requireOpen();
        ARGUMENTS.linear(out, x, w, bias, rows);
        linear(out, floats(x, rows * w.cols()), w, bias, Math.toIntExact(rows));
    }

    private static void linear(Buffer out, float[] x, Matrix w, @Nullable Matrix bias, int rows) {
        int outputs = Math.toIntExact(w.rows());
        float[] y = linear(x, weight(w), rows);
        if (bias != null) {
            float[] biases = WeightRow.read(weight(bias), 0);
            for (int i = 0; i < y.length; i++) {
                y[i] += biases[i % outputs];
            }
        }
        write(y, y.length, out, 0);
    }

    /** {@code x w^T} for {@code rows} rows of {@code x}. */
    private static float[] linear(float[] x, Weight w, int rows) {
        int inputs = Math.toIntExact(w.cols());
        int outputs = Math.toIntExact(w.rows());
        float[] y = new float[Math.multiplyExact(rows, outputs)];
        boolean readable =
                w.data().isAccessibleBy(ANOTHER) && w.format().scales().isAccessibleBy(ANOTHER);
        forEach(
                outputs,
                readable ? (long) rows * inputs : 0,
                o -> {
                    float[] weights = WeightRow.read(w, o);
                    for (int r = 0; r < rows; r++) {
                        y[r * outputs + (int) o] = dot(x, r * inputs, weights, 0, inputs);
                    }
                });
        return y;
    }

    @Override
    public void rotate(Buffer x, Spans spans, int heads, int dim, Buffer inverseFrequencies) {
        requireOpen();
        ARGUMENTS.rotate(x, spans, heads, dim, inverseFrequencies);
        float[] frequencies = floats(inverseFrequencies, dim / 2);
        long row = 0;
        for (int i = 0; i < spans.count(); i++) {
            for (int r = 0; r < spans.rows(i); r++, row++) {
                rotate(x, row, spans.position(i) + r, heads, dim, frequencies);
            }
        }
    }

    private static void rotate(
            Buffer x, long row, long position, int heads, int dim, float[] frequencies) {
        int half = dim / 2;
        float[] head = new float[dim];
        for (int h = 0; h < heads; h++) {
            long at = (row * heads + h) * dim;
            read(x, at, head, dim);
            for (int i = 0; i < half; i++) {
                float angle = position * frequencies[i];
                float cos = (float) Math.cos(angle);
                float sin = (float) Math.sin(angle);
                float a = head[i];
                float b = head[i + half];
                head[i] = a * cos - b * sin;
                head[i + half] = b * cos + a * sin;
            }
            write(head, dim, x, at);
        }
    }

    @Override
    public void append(Buffer keys, Buffer values, Spans spans, int layer) {
        requireOpen();
        ARGUMENTS.append(keys, values, spans, layer);
        long row = 0;
        for (int i = 0; i < spans.count(); i++) {
            HostKeyValues cache = HostKeyValues.of(spans.cache(i));
            float[] numbers = new float[cache.dim()];
            cache.acquire();
            try {
                for (int r = 0; r < spans.rows(i); r++, row++) {
                    long at = (spans.position(i) + r) * cache.rowBytes();
                    read(keys, row * numbers.length, numbers, numbers.length);
                    KvRow.write(cache.format(), numbers, cache.region(), cache.keysAt(layer) + at);
                    read(values, row * numbers.length, numbers, numbers.length);
                    KvRow.write(
                            cache.format(), numbers, cache.region(), cache.valuesAt(layer) + at);
                }
            } finally {
                cache.release();
            }
        }
    }

    @Override
    public void attention(Buffer out, Buffer q, Spans spans, int layer, int heads, float scale) {
        requireOpen();
        ARGUMENTS.attention(out, q, spans, layer, heads);
        long row = 0;
        for (int i = 0; i < spans.count(); i++) {
            HostKeyValues cache = HostKeyValues.of(spans.cache(i));
            int rows = spans.rows(i);
            int position = Math.toIntExact(spans.position(i));
            int dim = cache.dim();
            Vectors k = vectors(cache, cache.keysAt(layer), position + rows);
            Vectors v = vectors(cache, cache.valuesAt(layer), position + rows);
            float[] queries = new float[Math.multiplyExact(rows * heads, dim)];
            read(q, row * heads * dim, queries, queries.length);
            float[] result = new float[queries.length];
            forEach(
                    (long) rows * heads,
                    (long) (position + rows) * dim,
                    query -> {
                        int at = (int) query * dim;
                        int visible = (int) (position + query / heads + 1);
                        attend(result, at, queries, at, k, v, visible, dim, scale);
                    });
            write(result, result.length, out, row * heads * dim);
            row += rows;
        }
    }

    /** The first rows of keys or values. */
    private static Vectors vectors(HostKeyValues cache, long at, int rows) {
        return new Vectors(
                cache.view(at, rows).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED), 0, cache.dim());
    }

    @Override
    public void fullAttention(
            Buffer out, Buffer qkv, long tokens, int heads, int dim, float scale) {
        requireOpen();
        ARGUMENTS.fullAttention(out, qkv, tokens, heads, dim);
        int n = Math.toIntExact(tokens);
        int width = heads * dim;
        float[] all = floats(qkv, tokens * 3 * width);
        float[] result = new float[n * width];
        forEach(
                tokens * heads,
                tokens * dim,
                i -> {
                    int token = (int) (i / heads);
                    int head = (int) (i % heads) * dim;
                    Vectors keys = new Vectors(all, width + head, 3 * width);
                    Vectors values = new Vectors(all, 2 * width + head, 3 * width);
                    int at = token * width + head;
                    attend(result, at, all, token * 3 * width + head, keys, values, n, dim, scale);
                });
        write(result, result.length, out, 0);
    }

    /** Vectors that lie {@code step} floats apart, the first at {@code from}. */
    private record Vectors(float[] data, int from, int step) {
        int at(int i) {
            return from + i * step;
        }
    }

    /** One query over the first {@code n} keys. */
    private static void attend(
            float[] out,
            int outAt,
            float[] q,
            int qAt,
            Vectors keys,
            Vectors values,
            int n,
            int dim,
            float scale) {
        float[] scores = new float[n];
        float largest = Float.NEGATIVE_INFINITY;
        for (int p = 0; p < n; p++) {
            scores[p] = dot(q, qAt, keys.data, keys.at(p), dim) * scale;
            largest = Math.max(largest, scores[p]);
        }
        double sum = 0;
        float[] mixed = new float[dim];
        for (int p = 0; p < n; p++) {
            float weight = (float) Math.exp(scores[p] - largest);
            sum += weight;
            int value = values.at(p);
            for (int i = 0; i < dim; i++) {
                mixed[i] += weight * values.data[value + i];
            }
        }
        for (int i = 0; i < dim; i++) {
            out[outAt + i] = (float) (mixed[i] / sum);
        }
    }

    @Override
    public void route(
            Buffer ids,
            Buffer weights,
            Buffer probabilities,
            long rows,
            int experts,
            int k,
            boolean renormalise) {
        requireOpen();
        ARGUMENTS.route(ids, weights, probabilities, rows, experts, k);
        float[] row = new float[experts];
        for (long r = 0; r < rows; r++) {
            read(probabilities, r * experts, row, experts);
            softmax(row, r);
            write(row, experts, probabilities, r * experts);
            float chosenSum = 0;
            for (int j = 0; j < k; j++) {
                int best = 0;
                for (int e = 1; e < experts; e++) {
                    if (row[e] > row[best]) {
                        best = e;
                    }
                }
                setInt(ids, r * k + j, best);
                set(weights, r * k + j, row[best]);
                chosenSum += row[best];
                row[best] = -1; // below every probability: not chosen again
            }
            for (int j = 0; renormalise && j < k; j++) {
                set(weights, r * k + j, get(weights, r * k + j) / chosenSum);
            }
        }
    }

    private static void softmax(float[] row, long r) {
        float largest = Float.NEGATIVE_INFINITY;
        for (float logit : row) {
            largest = Math.max(largest, logit); // NaN wins
        }
        if (!Float.isFinite(largest)) {
            throw new ArithmeticException(
                    "row " + r + " of the router's logits holds NaN or infinity");
        }
        double sum = 0;
        for (int e = 0; e < row.length; e++) {
            row[e] = (float) Math.exp(row[e] - largest);
            sum += row[e];
        }
        for (int e = 0; e < row.length; e++) {
            row[e] = (float) (row[e] / sum);
        }
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
            Buffer scratch) {
        requireOpen();
        ARGUMENTS.experts(out, x, ids, weights, gate, up, down, rows, k, quantizeGroup, scratch, 0);
        int hidden = Math.toIntExact(gate.cols());
        int width = Math.toIntExact(gate.rows());
        int[] chosen = new int[Math.toIntExact(rows * k)];
        for (int i = 0; i < chosen.length; i++) {
            chosen[i] = getInt(ids, i);
        }
        float[] in = floats(x, rows * hidden);
        float[] contributions = new float[Math.multiplyExact(chosen.length, hidden)];
        for (int e = 0; e < gate.count(); e++) {
            int[] own = placesOf(e, chosen);
            if (own.length == 0) {
                continue;
            }
            float[] gathered = new float[Math.multiplyExact(own.length, hidden)];
            for (int i = 0; i < own.length; i++) {
                System.arraycopy(in, own[i] / k * hidden, gathered, i * hidden, hidden);
            }
            float[] gated = linear(quantized(gathered, hidden, gate, quantizeGroup), gate, e);
            float[] upped = linear(quantized(gathered, hidden, up, quantizeGroup), up, e);
            for (int i = 0; i < gated.length; i++) {
                gated[i] = silu(gated[i]) * upped[i];
            }
            float[] result = linear(quantized(gated, width, down, quantizeGroup), down, e);
            for (int i = 0; i < own.length; i++) {
                System.arraycopy(result, i * hidden, contributions, own[i] * hidden, hidden);
            }
        }
        float[] scales = floats(weights, rows * k);
        float[] sum = new float[hidden];
        for (int t = 0; t < rows; t++) {
            Arrays.fill(sum, 0);
            for (int place = t * k; place < (t + 1) * k; place++) {
                for (int i = 0; i < hidden; i++) {
                    sum[i] += scales[place] * contributions[place * hidden + i];
                }
            }
            write(sum, hidden, out, (long) t * hidden);
        }
    }

    private static int[] placesOf(int expert, int[] chosen) {
        int[] places = new int[chosen.length];
        int n = 0;
        for (int i = 0; i < chosen.length; i++) {
            if (chosen[i] == expert) {
                places[n++] = i;
            }
        }
        return Arrays.copyOf(places, n);
    }

    private static float[] linear(float[] x, Matrix w, int expert) {
        return linear(x, weight(w).matrix(expert), (int) (x.length / w.cols()));
    }

    /** What a matrix reads: its inputs as they are, or rounded if so wanted. */
    private static float[] quantized(float[] x, int cols, Matrix w, int group) {
        if (group == 0 || !w.format().takesRoundedInputs()) {
            return x;
        }
        float[] rounded = x.clone();
        for (int from = 0; from < x.length; from += cols) {
            fakeQuantize(rounded, from, from + cols, group);
        }
        return rounded;
    }

    @Override
    public void siluMultiply(Buffer gate, Buffer up, long n) {
        requireOpen();
        ARGUMENTS.siluMultiply(gate, up, n);
        for (long i = 0; i < n; i++) {
            set(gate, i, silu(get(gate, i)) * get(up, i));
        }
    }

    private static float silu(float x) {
        return (float) (x / (1 + Math.exp(-x)));
    }

    @Override
    public void quickGelu(Buffer x, long n) {
        requireOpen();
        ARGUMENTS.quickGelu(x, n);
        for (long i = 0; i < n; i++) {
            float value = get(x, i);
            set(x, i, (float) (value / (1 + Math.exp(-1.702f * value))));
        }
    }

    @Override
    public void add(Buffer x, Buffer y, long n) {
        requireOpen();
        ARGUMENTS.add(x, y, n);
        for (long i = 0; i < n; i++) {
            set(x, i, get(x, i) + get(y, i));
        }
    }

    @Override
    public void convolve(
            Buffer out,
            Buffer in,
            Matrix w,
            @Nullable Matrix bias,
            Convolution shape,
            Buffer scratch) {
        requireOpen();
        ARGUMENTS.convolve(out, in, w, bias, shape, scratch, 0);
        int patch = Math.toIntExact(shape.patch());
        long numbers = Arguments.product("shape", shape.outHeight(), shape.outWidth(), patch);
        float[] patches = new float[Math.toIntExact(numbers)];
        int at = 0;
        for (int oy = 0; oy < shape.outHeight(); oy++) {
            for (int ox = 0; ox < shape.outWidth(); ox++) {
                readPatch(in, shape, oy, ox, patches, at);
                at += patch;
            }
        }
        linear(out, patches, w, bias, patches.length / patch);
    }

    private static void readPatch(
            Buffer in, Convolution shape, int oy, int ox, float[] into, int at) {
        for (int c = 0; c < shape.channels(); c++) {
            for (int ky = 0; ky < shape.kernel(); ky++) {
                for (int kx = 0; kx < shape.kernel(); kx++, at++) {
                    int y = oy * shape.stride() - shape.padding() + ky;
                    int x = ox * shape.stride() - shape.padding() + kx;
                    if (y >= 0 && y < shape.height() && x >= 0 && x < shape.width()) {
                        into[at] =
                                get(
                                        in,
                                        c * shape.channelStride()
                                                + y * shape.rowStride()
                                                + x * shape.columnStride());
                    }
                }
            }
        }
    }

    @Override
    public void quantize(Buffer codes, Buffer scales, Buffer x, long rows, long cols, int group) {
        requireOpen();
        ARGUMENTS.quantize(codes, scales, x, rows, cols, group);
        float[] row = new float[Math.toIntExact(cols)];
        long groups = Math.ceilDiv(cols, group);
        for (long r = 0; r < rows; r++) {
            read(x, r * cols, row, row.length);
            for (int from = 0, g = 0; from < row.length; g++) {
                int to = (int) Math.min((long) from + group, cols);
                float scale = E4m3.scale(absmax(row, from, to));
                set(scales, r * groups + g, scale);
                for (; from < to; from++) {
                    HostBuffer.segment(codes)
                            .set(
                                    ValueLayout.JAVA_BYTE,
                                    r * cols + from,
                                    E4m3.encode(row[from] / scale));
                }
            }
        }
    }

    @Override
    public void fakeQuantize(Buffer out, Buffer x, long rows, long cols, int group) {
        requireOpen();
        ARGUMENTS.fakeQuantize(out, x, rows, cols, group);
        float[] row = new float[Math.toIntExact(cols)];
        for (long r = 0; r < rows; r++) {
            read(x, r * cols, row, row.length);
            fakeQuantize(row, 0, row.length, group);
            write(row, row.length, out, r * cols);
        }
    }

    private static void fakeQuantize(float[] x, int from, int end, int group) {
        while (from < end) {
            int to = (int) Math.min((long) from + group, end);
            float scale = E4m3.scale(absmax(x, from, to));
            for (; from < to; from++) {
                x[from] = E4m3.decode(E4m3.encode(x[from] / scale)) * scale;
            }
        }
    }

    private static float absmax(float[] x, int from, int to) {
        float largest = 0;
        for (int i = from; i < to; i++) {
            largest = Math.max(largest, Math.abs(x[i])); // NaN wins
        }
        return largest;
    }

    /**
     * Sums in eight accumulators: they do not wait for one another, and round off less than one.
     */
    private static float dot(float[] a, int aFrom, float[] b, int bFrom, int n) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        float s4 = 0;
        float s5 = 0;
        float s6 = 0;
        float s7 = 0;
        int i = 0;
        for (; i <= n - 8; i += 8) {
            int p = aFrom + i;
            int q = bFrom + i;
            s0 += a[p] * b[q];
            s1 += a[p + 1] * b[q + 1];
            s2 += a[p + 2] * b[q + 2];
            s3 += a[p + 3] * b[q + 3];
            s4 += a[p + 4] * b[q + 4];
            s5 += a[p + 5] * b[q + 5];
            s6 += a[p + 6] * b[q + 6];
            s7 += a[p + 7] * b[q + 7];
        }
        for (; i < n; i++) {
            s0 += a[aFrom + i] * b[bFrom + i];
        }
        return ((s0 + s4) + (s1 + s5)) + ((s2 + s6) + (s3 + s7));
    }

    /**
     * Runs tasks that each cost {@code costOfOne} multiplications, by several threads if worth it.
     */
    private static void forEach(long tasks, long costOfOne, LongConsumer task) {
        LongStream all = LongStream.range(0, tasks);
        if (tasks * costOfOne >= WORTH_SHARING) {
            all.parallel().forEach(task);
        } else {
            all.forEach(task);
        }
    }

    private static Weight weight(Matrix matrix) {
        return ((HostMatrix) matrix).weight();
    }

    private static float[] floats(Buffer from, long n) {
        float[] into = new float[Math.toIntExact(n)];
        read(from, 0, into, into.length);
        return into;
    }

    private static void read(Buffer from, long index, float[] into, int n) {
        MemorySegment segment = HostBuffer.segment(from);
        MemorySegment.copy(
                segment, ValueLayout.JAVA_FLOAT_UNALIGNED, index * Float.BYTES, into, 0, n);
    }

    private static void write(float[] from, int n, Buffer into, long index) {
        MemorySegment segment = HostBuffer.segment(into);
        MemorySegment.copy(
                from, 0, segment, ValueLayout.JAVA_FLOAT_UNALIGNED, index * Float.BYTES, n);
    }

    private static float get(Buffer x, long index) {
        return HostBuffer.segment(x).getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, index);
    }

    private static void set(Buffer x, long index, float value) {
        HostBuffer.segment(x).setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, index, value);
    }

    private static int getInt(Buffer x, long index) {
        return HostBuffer.segment(x).getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, index);
    }

    private static void setInt(Buffer x, long index, int value) {
        HostBuffer.segment(x).setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, index, value);
    }
}
