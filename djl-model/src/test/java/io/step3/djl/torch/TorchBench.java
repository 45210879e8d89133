package io.step3.djl.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.step3.ops.Backend;
import io.step3.ops.BackendLoader;
import io.step3.ops.Buffer;
import io.step3.ops.Format;
import io.step3.ops.KeyValues;
import io.step3.ops.KvFormat;
import io.step3.ops.Matrix;
import io.step3.ops.Spans;
import io.step3.ops.Stream;
import io.step3.ops.Weight;
import io.step3.ops.WeightType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Arrays of PyTorch's to try operators with, and plain Java to say what must come out. */
final class TorchBench implements AutoCloseable {
    static {
        System.setProperty("ai.djl.pytorch.num_threads", "1"); // before the first array
    }

    final NDManager manager = NDManager.newBaseManager("PyTorch");
    final SplittableRandom random;
    private final Backend java = BackendLoader.load("java").backend();
    private final Stream stream = java.newStream();
    private final Arena arena = Arena.ofConfined();

    TorchBench(long seed) {
        random = new SplittableRandom(seed);
    }

    int size(int most) {
        return 1 + random.nextInt(most);
    }

    NDArray floats(long... shape) {
        Shape all = new Shape(shape);
        float[] x = new float[Math.toIntExact(all.size())];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return manager.create(x, all);
    }

    NDArray array(float[] x, long... shape) {
        return manager.create(x, new Shape(shape));
    }

    NDArray bytes(byte[] x, long... shape) {
        NDArray array = manager.create(new Shape(shape), DataType.UINT8);
        array.set(ByteBuffer.wrap(x));
        return array;
    }

    /** Weights with codes of every value but NaN. */
    Fp8Weights weights(long... shape) {
        Shape all = new Shape(shape);
        byte[] codes = new byte[Math.toIntExact(all.size())];
        for (int i = 0; i < codes.length; i++) {
            int code = random.nextInt(256);
            codes[i] = (byte) ((code & 0x7f) == 0x7f ? code - 1 : code);
        }
        long[] blocks = shape.clone();
        for (int i = shape.length - 2; i < shape.length; i++) {
            blocks[i] = Math.ceilDiv(shape[i], 128);
        }
        float[] scales = new float[Math.toIntExact(new Shape(blocks).size())];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = (float) random.nextDouble(1e-4, 2e-2);
        }
        return new Fp8Weights(bytes(codes, shape), array(scales, blocks));
    }

    /** Distinct experts for each row. */
    NDArray ids(int rows, int k, int experts) {
        long[] ids = new long[rows * k];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = i % k == 0 ? random.nextInt(experts) : (ids[i - 1] + 1) % experts;
        }
        return manager.create(ids, new Shape(rows, k));
    }

    private Buffer buffer(float[] x) {
        return buffer(MemorySegment.ofArray(x));
    }

    private Buffer buffer(MemorySegment x) {
        Buffer buffer = java.allocate(arena, Math.max(4, x.byteSize()));
        stream.write(buffer, x);
        return buffer;
    }

    private float[] read(Buffer buffer) {
        float[] x = new float[Math.toIntExact(buffer.bytes() / Float.BYTES)];
        stream.read(MemorySegment.ofArray(x), buffer);
        return x;
    }

    private Matrix matrix(Fp8Weights w) {
        long[] shape = w.codes().getShape().getShape();
        int n = shape.length;
        Format format =
                new Format.Blocks(
                        WeightType.F8_E4M3,
                        128,
                        128,
                        arena.allocateFrom(ValueLayout.JAVA_FLOAT, w.scales().toFloatArray()));
        MemorySegment codes = arena.allocateFrom(ValueLayout.JAVA_BYTE, w.codes().toByteArray());
        int count = n == 3 ? (int) shape[0] : 1;
        return java.hold(new Weight(format, codes, count, shape[n - 2], shape[n - 1]));
    }

    float[] linear(NDArray x, Fp8Weights w) {
        long rows = x.size() / w.codes().getShape().get(1);
        Buffer out = java.allocate(arena, 4 * rows * w.codes().getShape().get(0));
        stream.linear(out, buffer(x.toFloatArray()), matrix(w), null, rows);
        return read(out);
    }

    float[] attention(NDArray q, NDArray keys, NDArray values, int position, float scale) {
        Shape shape = q.getShape();
        int n = (int) keys.getShape().get(0);
        int dim = (int) shape.get(2);
        Buffer out = java.allocate(arena, 4 * q.size());
        Spans spans = new Spans();
        try (KeyValues cache = java.newCache(KvFormat.F32, 1, n, dim)) {
            spans.add(cache, 0, n);
            stream.append(buffer(keys.toFloatArray()), buffer(values.toFloatArray()), spans, 0);
            spans.clear();
            spans.add(cache, position, (int) shape.get(0));
            int heads = (int) shape.get(1);
            stream.attention(out, buffer(q.toFloatArray()), spans, 0, heads, scale);
        }
        return read(out);
    }

    float[] moe(
            NDArray x,
            NDArray ids,
            NDArray weights,
            Fp8Weights gate,
            Fp8Weights up,
            Fp8Weights down) {
        int k = (int) ids.getShape().get(1);
        int rows = (int) ids.getShape().get(0);
        int[] chosen = Arrays.stream(ids.toLongArray()).mapToInt(Math::toIntExact).toArray();
        Buffer out = java.allocate(arena, 4 * x.size());
        stream.experts(
                out,
                buffer(x.toFloatArray()),
                buffer(MemorySegment.ofArray(chosen)),
                buffer(weights.toFloatArray()),
                matrix(gate),
                matrix(up),
                matrix(down),
                rows,
                k,
                0,
                java.allocate(arena, 4));
        return read(out);
    }

    /** Every row within 1e-5 of its largest number. */
    static void assertClose(float[] expected, NDArray actual, String what) {
        float[] numbers = actual.toFloatArray();
        assertEquals(expected.length, numbers.length, what);
        int cols = (int) actual.getShape().get(actual.getShape().dimension() - 1);
        for (int row = 0; row < expected.length; row += cols) {
            float largest = 0;
            for (int i = row; i < row + cols; i++) {
                largest = Math.max(largest, Math.abs(expected[i]));
            }
            for (int i = row; i < row + cols; i++) {
                assertEquals(expected[i], numbers[i], 1e-5f * largest, what + " number " + i);
            }
        }
    }

    @Override
    public void close() {
        arena.close();
        java.close();
        manager.close();
    }
}
