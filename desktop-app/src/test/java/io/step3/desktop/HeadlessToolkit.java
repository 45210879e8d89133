package io.step3.desktop;

import java.util.concurrent.CountDownLatch;
import javafx.application.Platform;

/** JavaFX for tests of whole windows. */
public final class HeadlessToolkit {

    private HeadlessToolkit() {}

    /** Starts it if nobody did, and waits until it runs. */
    public static void start() throws InterruptedException {
        var ready = new CountDownLatch(1);
        try {
            Platform.startup(ready::countDown);
        } catch (IllegalStateException runningAlready) {
            ready.countDown();
        }
        ready.await();
        Platform.setImplicitExit(false);
    }
}
