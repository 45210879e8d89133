package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A backend and a stream to try it with, and the memory of one test. */
final class Bench implements AutoCloseable {
    private static final int CANARIES = 16;
    private static final byte CANARY = 0x5a;

    final Backend backend;
    final Stream stream;
    final Arena arena = Arena.ofShared();
    private final List<Buffer> behind = new ArrayList<>();
    private final List<KeyValues> caches = new ArrayList<>();

    Bench(Backend backend) {
        this.backend = backend;
        stream = backend.newStream();
    }

    Buffer floats(float... x) {
        Buffer buffer = bytes(Math.max(1, x.length) * (long) Float.BYTES);
        stream.write(buffer, MemorySegment.ofArray(x));
        return buffer.slice(0, x.length * (long) Float.BYTES);
    }

    Buffer ints(int... x) {
        Buffer buffer = bytes(Math.max(1, x.length) * (long) Integer.BYTES);
        stream.write(buffer, MemorySegment.ofArray(x));
        return buffer.slice(0, x.length * (long) Integer.BYTES);
    }

    Buffer bytes(long n) {
        return backend.allocate(arena, n);
    }

    /** So many numbers that are NaN, with canaries behind them. */
    Buffer poisoned(long n) {
        float[] nan = new float[Math.toIntExact(n)];
        Arrays.fill(nan, Float.NaN);
        return watched(nan);
    }

    /** Numbers that an operation changes, with canaries behind them. */
    Buffer watched(float[] x) {
        long bytes = x.length * (long) Float.BYTES;
        Buffer whole = bytes(bytes + CANARIES);
        byte[] canaries = new byte[CANARIES];
        Arrays.fill(canaries, CANARY);
        stream.write(whole, MemorySegment.ofArray(x));
        stream.write(whole.slice(bytes), MemorySegment.ofArray(canaries));
        behind.add(whole.slice(bytes));
        return whole.slice(0, bytes);
    }

    Matrix hold(Weight weight) {
        return weight == null ? null : backend.hold(weight);
    }

    KeyValues cache(KvFormat format, int layers, int capacity, int dim) {
        KeyValues cache = backend.newCache(format, layers, capacity, dim);
        caches.add(cache);
        return cache;
    }

    /** What an operation left, and nothing behind it. */
    float[] read(Buffer buffer) {
        float[] x = new float[Math.toIntExact(buffer.bytes() / Float.BYTES)];
        stream.read(MemorySegment.ofArray(x), buffer);
        requireCanaries();
        return x;
    }

    int[] readInts(Buffer buffer) {
        int[] x = new int[Math.toIntExact(buffer.bytes() / Integer.BYTES)];
        stream.read(MemorySegment.ofArray(x), buffer);
        requireCanaries();
        return x;
    }

    byte[] readBytes(Buffer buffer) {
        byte[] x = new byte[Math.toIntExact(buffer.bytes())];
        stream.read(MemorySegment.ofArray(x), buffer);
        requireCanaries();
        return x;
    }

    float[] keys(KeyValues cache, int layer, int rows) {
        return stream.viewKeys(cache, layer, rows).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }

    float[] values(KeyValues cache, int layer, int rows) {
        return stream.viewValues(cache, layer, rows).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }

    private void requireCanaries() {
        byte[] expected = new byte[CANARIES];
        Arrays.fill(expected, CANARY);
        for (Buffer canaries : behind) {
            byte[] actual = new byte[CANARIES];
            stream.read(MemorySegment.ofArray(actual), canaries);
            assertArrayEquals(expected, actual, backend.name() + ": wrote behind an output");
        }
    }

    @Override
    public void close() {
        stream.close();
        caches.forEach(KeyValues::close);
        arena.close();
    }
}
