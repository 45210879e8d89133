package io.step3.ops;

import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/** Whether work is shared by threads. */
final class Sharing {
    /** Below this many multiplications other threads cost more than they help. */
    private static final long WORTH_SHARING = 1 << 17;

    private Sharing() {}

    /**
     * Runs tasks that each cost {@code costOfOne} multiplications, by several threads if worth it.
     */
    static void forEach(long tasks, long costOfOne, LongConsumer task) {
        LongStream all = LongStream.range(0, tasks);
        if (tasks * costOfOne >= WORTH_SHARING) {
            all.parallel().forEach(task);
        } else {
            all.forEach(task);
        }
    }
}
