package io.step3.desktop.render;

import io.step3.desktop.markdown.Block;
import io.step3.desktop.markdown.MarkdownStream;
import io.step3.desktop.markdown.Patch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import javafx.animation.AnimationTimer;
import javafx.application.Platform;
import javafx.scene.Scene;

/**
 * Brings streamed text into a view. Any thread gives pieces; once a frame what has come is parsed
 * off the FX thread, and a frame later shown. When showing takes more than 8 ms, this happens half
 * as often, until it is quick again.
 */
public final class StreamFeed {

    private static final long SLOW_NANOS = 8_000_000;
    private static final int LONGEST_INTERVAL = 32;

    private final DocumentView view;
    private final Executor parser;
    private final MarkdownStream stream = new MarkdownStream();
    private final CompletableFuture<Void> finished = new CompletableFuture<>();
    private final AnimationTimer timer =
            new AnimationTimer() {
                @Override
                public void handle(long now) {
                    frame();
                }
            };

    private final Object lock = new Object();
    private final StringBuilder pending = new StringBuilder();
    private Patch ready;
    private boolean parsing;
    private boolean finishing;
    private boolean awake;
    private boolean takenOver;
    private boolean abandoned;

    private int interval = 1;
    private int frames;
    private long applied;
    private long layoutStart;
    private Scene watched;
    private final Runnable beforeLayout = () -> layoutStart = System.nanoTime();
    private final Runnable afterLayout = this::layoutDone;

    /**
     * @param view what it shows stays until the first text comes, and as much of it as begins that
     *     text stays for good
     * @param parser runs the parsing, not on the FX thread; one task at a time is given to it
     */
    public StreamFeed(DocumentView view, Executor parser) {
        this.view = view;
        this.parser = parser;
    }

    /**
     * Takes a piece of text; from any thread, in the order of the text.
     *
     * @throws IllegalStateException after {@link #finish()}
     */
    public void append(String piece) {
        synchronized (lock) {
            if (finishing) {
                throw new IllegalStateException("The stream was finished: no text can follow.");
            }
            if (!abandoned) {
                pending.append(piece);
                wake();
            }
        }
    }

    /**
     * Tells that the text is complete; from any thread.
     *
     * @return completed on the FX thread when all of it is shown
     */
    public CompletableFuture<Void> finish() {
        synchronized (lock) {
            finishing = true;
            if (!abandoned) {
                wake();
            }
        }
        return finished;
    }

    /** Shows nothing more, since nobody looks; what was not shown is dropped. On the FX thread. */
    public void abandon() {
        synchronized (lock) {
            abandoned = true;
            pending.setLength(0);
        }
        timer.stop();
        unwatch();
        finished.cancel(false);
    }

    private void wake() {
        if (!awake) {
            awake = true;
            Platform.runLater(timer::start);
        }
    }

    private void frame() {
        frames++;
        Patch patch;
        boolean last;
        synchronized (lock) {
            if (abandoned) {
                timer.stop();
                return;
            }
            patch = ready;
            ready = null;
            boolean work = pending.length() > 0 || finishing && !finished.isDone();
            last = finishing && !parsing && pending.isEmpty() && patch != null && stream.finished();
            if (work && !parsing && !last && frames >= interval) {
                frames = 0;
                parsing = true;
                parser.execute(this::parse);
            } else if (!work && !parsing && patch == null) {
                sleep();
            }
        }
        if (patch != null) {
            watch();
            long start = System.nanoTime();
            show(patch);
            applied = System.nanoTime() - start;
        }
        if (last) {
            finished.complete(null);
            unwatch();
        }
    }

    private void show(Patch patch) {
        if (takenOver) {
            view.apply(patch);
        } else {
            takenOver = true;
            List<Block> first = new ArrayList<>();
            patch.applyTo(first);
            view.setBlocks(first);
        }
    }

    private void sleep() {
        timer.stop();
        awake = false;
        Platform.runLater(this::unwatch);
    }

    private void parse() {
        String text;
        boolean end;
        synchronized (lock) {
            text = pending.toString();
            pending.setLength(0);
            end = finishing;
        }
        Patch patch = null;
        try {
            patch = end ? stream.finish(text) : stream.append(text);
        } catch (RuntimeException | Error broken) {
            finished.completeExceptionally(broken);
            throw broken;
        } finally {
            synchronized (lock) {
                ready = patch;
                parsing = false;
            }
        }
    }

    private void watch() {
        Scene scene = view.getScene();
        if (scene != watched) {
            unwatch();
            watched = scene;
            if (scene != null) {
                scene.addPreLayoutPulseListener(beforeLayout);
                scene.addPostLayoutPulseListener(afterLayout);
            }
        }
    }

    private void unwatch() {
        if (watched != null) {
            watched.removePreLayoutPulseListener(beforeLayout);
            watched.removePostLayoutPulseListener(afterLayout);
            watched = null;
        }
    }

    private void layoutDone() {
        if (applied == 0) {
            return;
        }
        long cost = applied + System.nanoTime() - layoutStart;
        applied = 0;
        if (cost > SLOW_NANOS) {
            interval = Math.min(LONGEST_INTERVAL, interval * 2);
        } else if (cost < SLOW_NANOS / 2) {
            interval = Math.max(1, interval / 2);
        }
    }
}
