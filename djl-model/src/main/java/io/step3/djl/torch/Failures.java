package io.step3.djl.torch;

import static java.lang.System.Logger.Level.WARNING;

import org.jspecify.annotations.Nullable;

/**
 * What went wrong in a thread's calls of operators. A kernel cannot throw: no exception may leave
 * an upcall, and libtorch's functions for kernels have no error. Kept here, it waits for who asks.
 */
final class Failures {
    private static final System.Logger LOG = System.getLogger("io.step3.djl.torch");

    private final ThreadLocal<Throwable> last = new ThreadLocal<>();

    /** Whether the thread's caller asks as soon as the call is over. */
    private final ThreadLocal<Boolean> awaited = new ThreadLocal<>();

    /** Keeps a failure, and tells it to the log where nobody may ever ask. */
    void keep(Operator operator, Throwable failure) {
        last.set(failure);
        if (awaited.get() == null) {
            LOG.log(
                    WARNING,
                    "%s::%s failed, its result is NaN: %s"
                            .formatted(Operator.NAMESPACE, operator.name(), failure.getMessage()));
        }
    }

    /** Hands the last failure of this thread out and forgets it; null if there is none. */
    @Nullable Throwable take() {
        Throwable failure = last.get();
        last.remove();
        return failure;
    }

    /** Runs a call of an operator in this thread. What it fails with; null if it does not. */
    @Nullable Throwable of(Runnable call) {
        Throwable before = take();
        awaited.set(true);
        try {
            call.run();
            return take();
        } finally {
            awaited.remove();
            if (before != null) {
                last.set(before);
            }
        }
    }
}
