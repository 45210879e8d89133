package io.step3.bench;

import io.step3.ops.Weight;
import io.step3.ops.WeightType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;

/** The memory of one case that is not weights. */
final class Activations {

    private final Arena arena = Arena.ofShared();
    private final SplittableRandom random = new SplittableRandom(7);

    /** Float32 numbers between -1 and 1. */
    MemorySegment numbers(long count) {
        MemorySegment numbers = zeros(count);
        for (long i = 0; i < count; i++) {
            numbers.setAtIndex(
                    ValueLayout.JAVA_FLOAT, i, (float) random.nextInt(-1024, 1025) / 1024);
        }
        return numbers;
    }

    /** Float32 or int32 numbers that are 0. */
    MemorySegment zeros(long count) {
        return bytes(count * Float.BYTES);
    }

    MemorySegment bytes(long count) {
        return arena.allocate(Math.max(count, 4), 64);
    }

    MemorySegment integers(int... values) {
        return arena.allocateFrom(ValueLayout.JAVA_INT, values);
    }

    /** A gain or bias. */
    Weight vector(long size) {
        return Weight.plain(WeightType.F32, numbers(size), 1, size);
    }

    /** What runs in this memory, and frees it when it is closed. */
    OperationCase.Prepared running(IntConsumer operation) {
        return new OperationCase.Prepared() {
            private int calls;

            @Override
            public void run() {
                operation.accept(calls++ & Integer.MAX_VALUE);
            }

            @Override
            public void close() {
                arena.close();
            }
        };
    }
}
