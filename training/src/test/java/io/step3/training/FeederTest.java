package io.step3.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The generous limits only guard against waiting for ever. */
class FeederTest {

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aFeederThatDiesEndsTheRunWithItsError() throws InterruptedException {
        for (Throwable failure :
                List.of(new IllegalStateException("no font"), new OutOfMemoryError("heap"))) {
            try (var feeder = new Feeder(step -> stepOrFail(step, failure), 3, 100)) {
                assertEquals(List.of(), feeder.next());
                assertEquals(List.of(), feeder.next());
                var thrown = assertThrows(IllegalStateException.class, feeder::next);
                assertEquals(failure, thrown.getCause());
                assertTrue(thrown.getMessage().contains(failure.getMessage()));
            }
        }
    }

    private static List<MicroBatch> stepOrFail(long step, Throwable failure) {
        if (step == 5) {
            if (failure instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) failure;
        }
        return List.of();
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void itGivesEveryStepOnceAndInOrder() throws InterruptedException {
        var made = new java.util.concurrent.ConcurrentLinkedQueue<Long>();
        try (var feeder =
                new Feeder(
                        step -> {
                            made.add(step);
                            return List.of();
                        },
                        7,
                        27)) {
            for (int i = 0; i < 20; i++) {
                feeder.next();
            }
        }
        assertEquals(java.util.stream.LongStream.range(7, 27).boxed().toList(), List.copyOf(made));
    }
}
