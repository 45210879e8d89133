package io.step3.bench;

import io.step3.ops.Backend;
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
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;

/** The memory of one case that is not weights, and what runs it. */
final class Activations {

    private final Arena arena = Arena.ofShared();
    private final SplittableRandom random = new SplittableRandom(7);
    private final Backend backend;
    private final Stream stream;
    private final List<KeyValues> caches = new ArrayList<>();

    Activations(Backend backend) {
        this.backend = backend;
        stream = backend.newStream();
    }

    /** What computes the case. */
    Stream stream() {
        return stream;
    }

    /** Float32 numbers between -1 and 1. */
    Buffer numbers(long count) {
        Buffer numbers = zeros(count);
        stream.write(numbers, MemorySegment.ofArray(random(count)));
        return numbers;
    }

    private float[] random(long count) {
        float[] numbers = new float[Math.toIntExact(count)];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextInt(-1024, 1025) / 1024;
        }
        return numbers;
    }

    /** Float32 or int32 numbers that are 0. */
    Buffer zeros(long count) {
        return bytes(count * Float.BYTES);
    }

    Buffer bytes(long count) {
        return backend.allocate(arena, Math.max(count, 4));
    }

    Buffer integers(int... values) {
        Buffer integers = zeros(values.length);
        stream.write(integers, MemorySegment.ofArray(values));
        return integers;
    }

    /** A gain or bias. */
    Matrix vector(long size) {
        MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_FLOAT, random(size));
        return backend.hold(new Weight(Format.of(WeightType.F32), data, 1, size));
    }

    /** Rows of a sequence whose cache is full of numbers. */
    Spans span(int position, int rows, int dim) {
        KeyValues cache = backend.newCache(KvFormat.F32, 1, position + rows, dim);
        caches.add(cache);
        Spans spans = new Spans();
        spans.add(cache, 0, position + rows);
        long count = (long) (position + rows) * dim;
        stream.append(numbers(count), numbers(count), spans, 0);
        spans.clear();
        spans.add(cache, position, rows);
        return spans;
    }

    /** What runs in this memory, and frees it when it is closed. */
    OperationCase.Prepared running(IntConsumer operation) {
        return new OperationCase.Prepared() {
            private int calls;

            @Override
            public void run() {
                operation.accept(calls++ & Integer.MAX_VALUE);
                stream.await();
            }

            @Override
            public void close() {
                stream.close();
                caches.forEach(KeyValues::close);
                arena.close();
            }
        };
    }
}
