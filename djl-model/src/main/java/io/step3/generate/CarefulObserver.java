package io.step3.generate;

import io.step3.model.ForwardObserver;
import io.step3.model.Routing;
import io.step3.model.Stage;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Tells another observer what it sees until that one throws, and never throws itself: a pass is
 * computed for many, and the failure is told to the one whom it concerns.
 */
final class CarefulObserver implements ForwardObserver {

    private final ForwardObserver observer;
    private @Nullable Throwable failure;

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

    @Override
    public void tokens(int position, int... ids) {
        if (failure == null) {
            try {
                observer.tokens(position, ids);
            } catch (Throwable e) {
                failure = e;
            }
        }
    }

    @Override
    public void embedded(int position, int rows, MemorySegment embeddings) {
        if (failure == null) {
            try {
                observer.embedded(position, rows, embeddings);
            } catch (Throwable e) {
                failure = e;
            }
        }
    }

    @Override
    public void attended(
            int layer, int position, int rows, MemorySegment queries, MemorySegment keys) {
        if (failure == null) {
            try {
                observer.attended(layer, position, rows, queries, keys);
            } catch (Throwable e) {
                failure = e;
            }
        }
    }

    @Override
    public void layer(int layer, int position, int rows, MemorySegment hidden) {
        if (failure == null) {
            try {
                observer.layer(layer, position, rows, hidden);
            } catch (Throwable e) {
                failure = e;
            }
        }
    }

    @Override
    public void routed(Routing routing) {
        if (failure == null) {
            try {
                observer.routed(routing);
            } catch (Throwable e) {
                failure = e;
            }
        }
    }

    @Override
    public boolean wantsAllLogits() {
        if (failure == null) {
            try {
                return observer.wantsAllLogits();
            } catch (Throwable e) {
                failure = e;
            }
        }
        return false;
    }

    @Override
    public void spent(Stage stage, long nanoseconds) {
        if (failure == null) {
            try {
                observer.spent(stage, nanoseconds);
            } catch (Throwable e) {
                failure = e;
            }
        }
    }

    @Override
    public void logits(int position, int rows, MemorySegment logits) {
        if (failure == null) {
            try {
                observer.logits(position, rows, logits);
            } catch (Throwable e) {
                failure = e;
            }
        }
    }
}
