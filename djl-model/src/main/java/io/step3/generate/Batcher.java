package io.step3.generate;

import io.step3.model.Span;
import io.step3.model.Step3Model;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * Forms passes: which answers go on, and by how much. Running ones write a token each, all in one
 * pass; prompts are read beside them in chunks that are small enough for the others to flow on, and
 * share a chunk evenly, so that a short prompt does not wait for a long one. Answers are begun in
 * the order of their arrival; where memory is short the youngest wait.
 *
 * <p>For one thread at a time.
 */
final class Batcher implements AutoCloseable {

    /** Answers in one pass. Beyond this a pass takes longer by as much as it brings. */
    private static final int MOST_AT_ONCE = 32;

    /** Tokens of prompts that are read in one pass while others write. */
    private static final int BESIDE_WRITING = 32;

    /** Tokens that each answer shall be able to write before memory is short again. */
    private static final int HEADROOM = 64;

    private final Step3Model model;
    private final Caches caches;

    /** Without sequences, by arrival. */
    private final List<Task> waiting = new ArrayList<>();

    /** With sequences, by arrival. */
    private final List<Task> running = new ArrayList<>();

    /** A batcher of a model, with sequences of these caches, which are closed with it. */
    Batcher(Step3Model model, Caches caches) {
        this.model = model;
        this.caches = caches;
    }

    private static void insert(List<Task> tasks, Task task) {
        int place = tasks.size();
        while (place > 0 && tasks.get(place - 1).number() > task.number()) {
            place--;
        }
        tasks.add(place, task);
    }

    /** Takes an answer on. */
    void add(Task task) {
        insert(waiting, task);
    }

    /** Lets go of an answer; others may use what it has computed. */
    void drop(Task task) {
        remove(task);
        task.release(caches);
    }

    private void remove(Task task) {
        waiting.remove(task);
        running.remove(task);
    }

    /**
     * Computes one pass, and looks at one picture before it. At least one answer comes nearer to
     * its end, if there is one that is not paused.
     */
    void turn() {
        for (int i = running.size() - 1; i >= 0; i--) {
            Task task = running.get(i);
            if (task.isStopped()) {
                cancel(task);
            } else if (task.isPaused()) {
                park(task);
            }
        }
        admit();
        look();
        step();
    }

    private void admit() {
        boolean full = false;
        for (int next = 0; next < waiting.size(); ) {
            Task task = waiting.get(next);
            if (task.isStopped()) {
                cancel(task);
            } else if (task.isPaused()) {
                next++;
            } else if (full || !hasRoomFor(task)) {
                full = true; // for those that came after it, too
                next++;
            } else {
                begin(task);
            }
        }
    }

    private boolean hasRoomFor(Task task) {
        int tokens = task.length() + HEADROOM * (running.size() + 1);
        return running.isEmpty() || running.size() < MOST_AT_ONCE && caches.couldHold(tokens);
    }

    private void begin(Task task) {
        waiting.remove(task);
        insert(running, task);
        try {
            task.begin(caches);
        } catch (RuntimeException | Error e) {
            end(task, e);
        }
    }

    /** Looks at the next picture of the oldest that waits for it. */
    private void look() {
        for (Task task : running) {
            if (task.hasUnseen()) {
                try {
                    task.look();
                } catch (RuntimeException | Error e) {
                    end(task, e);
                }
                return;
            }
        }
    }

    private void step() {
        List<Task> batch = batch();
        int share = share(batch);
        while (!caches.makeRoom(tokens(batch, share)) && batch.size() > 1) {
            park(running.getLast());
            batch = batch();
            share = share(batch);
        }
        if (batch.size() < 2 || !computes(batch, share)) {
            // One of them is the reason: the others shall not suffer for it.
            for (Task task : batch) {
                try {
                    compute(List.of(task), share);
                } catch (RuntimeException | Error e) {
                    end(task, e);
                }
            }
        }
        for (Task task : batch) {
            if (!task.isOver()) {
                accept(task);
            }
        }
    }

    private void accept(Task task) {
        try {
            task.computed();
            if (task.isOver()) {
                drop(task);
            }
        } catch (RuntimeException | Error e) {
            end(task, e);
        }
    }

    /** Those of the running that can go on. */
    private List<Task> batch() {
        List<Task> batch = new ArrayList<>(running.size());
        for (Task task : running) {
            if (!task.hasUnseen()) {
                batch.add(task);
            }
        }
        return batch;
    }

    /** Most tokens that each prompt of a batch reads in a pass. */
    private int share(List<Task> batch) {
        int readers = 0;
        for (Task task : batch) {
            readers += task.isReading() ? 1 : 0;
        }
        int alone = model.options().prefillChunk();
        int all = readers == batch.size() ? alone : Math.min(alone, BESIDE_WRITING);
        return Math.max(1, all / Math.max(1, readers));
    }

    /** Tokens of a pass. */
    private static int tokens(List<Task> batch, int share) {
        int tokens = 0;
        for (Task task : batch) {
            tokens += Math.min(share, task.left());
        }
        return tokens;
    }

    private boolean computes(List<Task> batch, int share) {
        try {
            compute(batch, share);
            return true;
        } catch (RuntimeException e) {
            return false;
        }
    }

    private void compute(List<Task> batch, int share) {
        List<Span> spans = new ArrayList<>(batch.size());
        for (Task task : batch) {
            spans.add(task.next(share));
        }
        model.step(spans);
    }

    /** Ends an answer for what was thrown while something was done for it alone. */
    private void end(Task task, Throwable reason) {
        if (reason instanceof CancellationException) {
            cancel(task);
        } else {
            fail(task, reason);
        }
    }

    private void fail(Task task, Throwable reason) {
        remove(task);
        task.fail(reason, caches);
    }

    /** Ends an answer with what it has. */
    private void cancel(Task task) {
        drop(task);
        task.decoding().cancel();
    }

    /** Leaves an answer's sequence to others for a while. */
    private void park(Task task) {
        drop(task);
        insert(waiting, task);
    }

    private List<Task> all() {
        List<Task> all = new ArrayList<>(running);
        all.addAll(waiting);
        return all;
    }

    /** Ends all answers with a failure. */
    void failAll(Throwable reason) {
        for (Task task : all()) {
            fail(task, reason);
        }
    }

    /** Ends all answers as cancelled, and closes all sequences. */
    @Override
    public void close() {
        for (Task task : all()) {
            cancel(task);
        }
        caches.close();
    }
}
