package io.step3.training;

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.LongFunction;

/** Makes the batches of the next steps while one is learned. */
final class Feeder implements AutoCloseable {

    private static final int AHEAD = 4;

    /** A batch, or why there is none. */
    private record Entry(List<MicroBatch> batch, Throwable failure) {}

    private final BlockingQueue<Entry> queue = new ArrayBlockingQueue<>(AHEAD);
    private final Thread thread;

    /**
     * @param source the batch of a step, from 0
     * @param from the first step
     * @param to the step after the last
     */
    Feeder(LongFunction<List<MicroBatch>> source, long from, long to) {
        thread = Thread.ofPlatform().daemon().name("lessons").start(() -> feed(source, from, to));
    }

    private void feed(LongFunction<List<MicroBatch>> source, long from, long to) {
        try {
            for (long step = from; step < to; step++) {
                queue.put(new Entry(source.apply(step), null));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Throwable e) {
            // Whoever waits for the next batch must learn that none will come.
            fail(e);
        }
    }

    private void fail(Throwable failure) {
        try {
            queue.put(new Entry(null, failure));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * The next step's batch.
     *
     * @throws IllegalStateException if it could not be made
     */
    List<MicroBatch> next() throws InterruptedException {
        Entry entry = queue.take();
        if (entry.failure() != null) {
            throw new IllegalStateException(
                    "The lessons of the next step could not be made: " + entry.failure(),
                    entry.failure());
        }
        return entry.batch();
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
