package io.step3.desktop.model;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Where work is done. Tests give {@code Runnable::run} for all of them.
 *
 * @param ui the thread that owns all properties
 * @param frame the same thread, at its next frame: for what comes many times a second
 * @param engine one thread on which models are loaded and answer
 * @param background for work that is neither the engine's nor the store's
 */
public record Tasks(Executor ui, Executor frame, Executor engine, Executor background) {

    /** Takes a result to the properties' thread. */
    <T> void then(CompletableFuture<T> future, Consumer<T> done, Consumer<Throwable> failed) {
        future.whenComplete(
                (value, failure) ->
                        ui.execute(
                                () -> {
                                    if (failure == null) {
                                        done.accept(value);
                                    } else {
                                        failed.accept(Failures.cause(failure));
                                    }
                                }));
    }
}
