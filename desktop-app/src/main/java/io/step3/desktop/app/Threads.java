package io.step3.desktop.app;

import io.step3.desktop.model.Tasks;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javafx.animation.AnimationTimer;
import javafx.application.Platform;

/** The program's threads. All but the FX thread are daemons: none keeps the program alive. */
final class Threads {

    private final ExecutorService engine =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().name("step3-engine").factory());
    private final ExecutorService background =
            Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("step3-background-", 0).factory());
    private final Queue<Runnable> nextFrame = new ArrayDeque<>();
    private final AnimationTimer frames =
            new AnimationTimer() {
                @Override
                public void handle(long now) {
                    runFrame();
                }
            };

    Tasks tasks() {
        return new Tasks(Threads::onFx, this::onFrame, engine, background);
    }

    private static void onFx(Runnable task) {
        if (Platform.isFxApplicationThread()) {
            task.run();
        } else {
            Platform.runLater(task);
        }
    }

    private void onFrame(Runnable task) {
        synchronized (nextFrame) {
            nextFrame.add(task);
            if (nextFrame.size() > 1) {
                return;
            }
        }
        Platform.runLater(frames::start);
    }

    private void runFrame() {
        Runnable[] tasks;
        synchronized (nextFrame) {
            tasks = nextFrame.toArray(Runnable[]::new);
            nextFrame.clear();
            frames.stop();
        }
        for (Runnable task : tasks) {
            task.run();
        }
    }

    /** Waits until the engine is free, at most so long. */
    boolean awaitEngine(long millis) throws InterruptedException {
        engine.shutdown();
        return engine.awaitTermination(millis, TimeUnit.MILLISECONDS);
    }
}
