package io.step3.generate;

import io.step3.model.ForwardObserver;
import io.step3.model.Stage;
import java.lang.foreign.MemorySegment;

/**
 * Tells another observer what it sees until that one throws, and never throws itself: a pass is
 * computed for many, and the failure is told to the one whom it concerns.
 */
final class CarefulObserver implements ForwardObserver {

    private final ForwardObserver observer;
    private Throwable failure;

    private CarefulObserver(ForwardObserver observer) {
        this.observer = observer;
    }

    /** {@link ForwardObserver#NONE} stays what it is, as it costs nothing. */
    static ForwardObserver of(ForwardObserver observer) {
        return observer == NONE ? NONE : new CarefulObserver(observer);
    }

    /** Throws what the other observer threw, if it did. */
    static void check(ForwardObserver observer) {
        if (observer instanceof CarefulObserver careful) {
            switch (careful.failure) {
                case null -> {}
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new IllegalStateException(e);
            }
        }
    }

    private void tell(Runnable call) {
        if (failure == null) {
            try {
                call.run();
            } catch (Throwable e) {
                failure = e;
            }
        }
    }

    @Override
    public void tokens(int position, int... ids) {
        tell(() -> observer.tokens(position, ids));
    }

    @Override
    public void embedded(int position, int rows, MemorySegment embeddings) {
        tell(() -> observer.embedded(position, rows, embeddings));
    }

    @Override
    public void attended(
            int layer, int position, int rows, MemorySegment queries, MemorySegment keys) {
        tell(() -> observer.attended(layer, position, rows, queries, keys));
    }

    @Override
    public void layer(int layer, int position, int rows, MemorySegment hidden) {
        tell(() -> observer.layer(layer, position, rows, hidden));
    }

    @Override
    public void routed(
            int layer,
            int position,
            int rows,
            MemorySegment ids,
            MemorySegment weights,
            MemorySegment probabilities) {
        tell(() -> observer.routed(layer, position, rows, ids, weights, probabilities));
    }

    @Override
    public boolean wantsAllLogits() {
        boolean[] wants = {false};
        tell(() -> wants[0] = observer.wantsAllLogits());
        return wants[0];
    }

    @Override
    public void spent(Stage stage, long nanoseconds) {
        tell(() -> observer.spent(stage, nanoseconds));
    }

    @Override
    public void logits(int position, int rows, MemorySegment logits) {
        tell(() -> observer.logits(position, rows, logits));
    }
}
