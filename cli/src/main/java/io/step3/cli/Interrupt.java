package io.step3.cli;

import io.step3.chat.Cancellation;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns Ctrl-C into a cancellation. The virtual machine runs its shutdown hooks while the answer is
 * still being computed: the hook asks it to stop and waits until it has, so that the last chunk is
 * printed and everything is freed.
 */
final class Interrupt implements AutoCloseable {

    /** What a shell expects of a command that Ctrl-C ended: 128 and SIGINT. */
    static final int EXIT_CODE = 130;

    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook;

    Interrupt(Cancellation cancellation) {
        this(cancellation, Duration.ofSeconds(10));
    }

    /**
     * As the other.
     *
     * @param patience how long whoever is asked to stop has time for it
     */
    Interrupt(Cancellation cancellation, Duration patience) {
        hook =
                new Thread(
                        () -> {
                            cancellation.cancel();
                            try {
                                finished.await(patience.toMillis(), TimeUnit.MILLISECONDS);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "step3-interrupt");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    @Override
    public void close() {
        finished.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The machine is going down already: the hook is running, which is what it is for.
        }
    }
}
