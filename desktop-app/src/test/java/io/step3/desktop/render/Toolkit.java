package io.step3.desktop.render;

import static org.junit.jupiter.api.Assertions.assertTrue;

import atlantafx.base.theme.PrimerLight;

import javafx.application.Application;
import javafx.application.Platform;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The headless toolkit, started once for all tests of this module. */
final class Toolkit {

    private Toolkit() {}

    /** Its initialiser runs once and does not wait for the FX thread. */
    private static final class Started {
        static final boolean HERE = start();

        private static boolean start() {
            try {
                Platform.startup(Started::theme);
            } catch (IllegalStateException startedAlready) {
                Platform.runLater(Started::theme);
            }
            Platform.setImplicitExit(false);
            return true;
        }

        private static void theme() {
            Application.setUserAgentStylesheet(new PrimerLight().getUserAgentStylesheet());
        }
    }

    /** Runs on the FX thread and waits. */
    static void onFx(Runnable work) {
        onFx(
                () -> {
                    work.run();
                    return null;
                });
    }

    /** Runs on the FX thread and waits for the result. */
    static <T> T onFx(Supplier<T> work) {
        assertTrue(Started.HERE);
        var result = new CompletableFuture<T>();
        Platform.runLater(
                () -> {
                    try {
                        result.complete(work.get());
                    } catch (RuntimeException | Error broken) {
                        result.completeExceptionally(broken);
                    }
                });
        try {
            return result.get(60, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException broken) {
            if (broken.getCause() instanceof Error error) {
                throw error;
            }
            throw new AssertionError(broken.getCause());
        } catch (InterruptedException | java.util.concurrent.TimeoutException stuck) {
            throw new AssertionError(stuck);
        }
    }

    static RenderSettings settings() {
        return new RenderSettings(
                _ -> {}, new Formulas(Runnable::run, Platform::runLater), RenderTexts.english());
    }
}
