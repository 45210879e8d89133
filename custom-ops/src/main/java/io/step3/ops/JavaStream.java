package io.step3.ops;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The operations in plain Java: the oracle that others are tested against, and what computes where
 * no native library loads. Written to be read and to be right; rows are copied to arrays and summed
 * in several accumulators, so that small models are pleasant to use.
 */
final class JavaStream extends HostStream {
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
            WeightRow.read(HostMatrix.weight(table), Floats.getInt(ids, i), row);
            Floats.write(row, row.length, out, i * row.length);
        }
    }

    @Override
    public void rmsNorm(Buffer out, Buffer x, Matrix gain, long rows, float eps) {
        requireOpen();
        ARGUMENTS.rmsNorm(out, x, gain, rows);
        float[] gains = WeightRow.read(HostMatrix.weight(gain), 0);
        float[] row = new float[gains.length];
        for (long r = 0; r < rows; r++) {
            Floats.read(x, r * row.length, row, row.length);
            float meanSquare = Floats.dot(row, 0, row, 0, row.length) / row.length;
            float factor = (float) (1 / Math.sqrt(meanSquare + eps));
            for (int i = 0; i < row.length; i++) {
                row[i] = row[i] * factor * gains[i];
            }
            Floats.write(row, row.length, out, r * row.length);
        }
    }

    @Override
    public void layerNorm(Buffer out, Buffer x, Matrix gain, Matrix bias, long rows, float eps) {
        requireOpen();
        ARGUMENTS.layerNorm(out, x, gain, bias, rows);
        float[] gains = WeightRow.read(HostMatrix.weight(gain), 0);
        float[] biases = WeightRow.read(HostMatrix.weight(bias), 0);
        float[] ones = new float[gains.length];
        Arrays.fill(ones, 1);
        float[] row = new float[gains.length];
        for (long r = 0; r < rows; r++) {
            Floats.read(x, r * row.length, row, row.length);
            float mean = Floats.dot(row, 0, ones, 0, row.length) / row.length;
            for (int i = 0; i < row.length; i++) {
                row[i] -= mean;
            }
            float variance = Floats.dot(row, 0, row, 0, row.length) / row.length;
            float factor = (float) (1 / Math.sqrt(variance + eps));
            for (int i = 0; i < row.length; i++) {
                row[i] = row[i] * factor * gains[i] + biases[i];
            }
            Floats.write(row, row.length, out, r * row.length);
        }
    }

    @Override
    public void linear(Buffer out, Buffer x, Matrix w, @Nullable Matrix bias, long rows) {
        requireOpen();
        ARGUMENTS.linear(out, x, w, bias, rows);
        JavaLinear.linear(out, Floats.of(x, rows * w.cols()), w, bias, Math.toIntExact(rows));
    }

    @Override
    public void rotate(Buffer x, Spans spans, int heads, int dim, Buffer inverseFrequencies) {
        requireOpen();
        ARGUMENTS.rotate(x, spans, heads, dim, inverseFrequencies);
        JavaAttention.rotate(x, spans, heads, dim, inverseFrequencies);
    }

    @Override
    public void append(Buffer keys, Buffer values, Spans spans, int layer) {
        requireOpen();
        ARGUMENTS.append(keys, values, spans, layer);
        JavaAttention.append(keys, values, spans, layer);
    }

    @Override
    public void attention(Buffer out, Buffer q, Spans spans, int layer, int heads, float scale) {
        requireOpen();
        ARGUMENTS.attention(out, q, spans, layer, heads);
        JavaAttention.attention(out, q, spans, layer, heads, scale);
    }

    @Override
    public void fullAttention(
            Buffer out, Buffer qkv, long tokens, int heads, int dim, float scale) {
        requireOpen();
        ARGUMENTS.fullAttention(out, qkv, tokens, heads, dim);
        JavaAttention.full(out, qkv, Math.toIntExact(tokens), heads, dim, scale);
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
        JavaExperts.route(ids, weights, probabilities, rows, experts, k, renormalise);
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
        JavaExperts.experts(
                out, x, ids, weights, gate, up, down, Math.toIntExact(rows), k, quantizeGroup);
    }

    @Override
    public void siluMultiply(Buffer gate, Buffer up, long n) {
        requireOpen();
        ARGUMENTS.siluMultiply(gate, up, n);
        for (long i = 0; i < n; i++) {
            Floats.set(gate, i, Floats.silu(Floats.get(gate, i)) * Floats.get(up, i));
        }
    }

    @Override
    public void quickGelu(Buffer x, long n) {
        requireOpen();
        ARGUMENTS.quickGelu(x, n);
        for (long i = 0; i < n; i++) {
            float value = Floats.get(x, i);
            Floats.set(x, i, (float) (value / (1 + Math.exp(-1.702f * value))));
        }
    }

    @Override
    public void add(Buffer x, Buffer y, long n) {
        requireOpen();
        ARGUMENTS.add(x, y, n);
        for (long i = 0; i < n; i++) {
            Floats.set(x, i, Floats.get(x, i) + Floats.get(y, i));
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
        JavaLinear.linear(out, patches, w, bias, patches.length / patch);
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
                                Floats.get(
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
            Floats.read(x, r * cols, row, row.length);
            for (int from = 0, g = 0; from < row.length; g++) {
                int to = (int) Math.min((long) from + group, cols);
                float scale = E4m3.scale(Floats.absmax(row, from, to));
                Floats.set(scales, r * groups + g, scale);
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
            Floats.read(x, r * cols, row, row.length);
            Floats.fakeQuantize(row, 0, row.length, group);
            Floats.write(row, row.length, out, r * cols);
        }
    }
}
