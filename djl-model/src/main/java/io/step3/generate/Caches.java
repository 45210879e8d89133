package io.step3.generate;

import io.step3.model.Prompt;
import io.step3.model.Sequence;
import io.step3.model.Step3Model;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The sequences of all answers, and those that wait for the next request with their caches full. A
 * request takes the one that shares the longest beginning with its prompt, so that the second turn
 * of a chat computes only what is new, whoever asks; or it begins with a copy of what it shares
 * with any other, one at work too, such as a system prompt.
 *
 * <p>Idle sequences are closed, least recently used first, where all together take too many bytes.
 *
 * <p>For one thread at a time, but {@link #shared} and {@link #bytes} may be called from any.
 */
final class Caches implements AutoCloseable {

    /** Looking through them must not take longer than reading a prompt. */
    private static final int MOST_IDLE = 64;

    private final Step3Model model;
    private final long mostBytes;
    private final long tokenBytes;
    private final List<Sequence> all = new CopyOnWriteArrayList<>();

    /** With the length of the prompt that each read last; least recently used first. */
    private final Map<Sequence, Integer> idle = new LinkedHashMap<>();

    /**
     * No sequences yet.
     *
     * @param mostBytes memory of all sequences together, beyond which no idle one is kept
     */
    Caches(Step3Model model, long mostBytes) {
        this.model = model;
        this.mostBytes = mostBytes;
        this.tokenBytes = model.options().cacheBytesPerToken(model.checkpoint().config().text());
    }

    /** How many leading tokens of a prompt need not be computed, as things stand. */
    int shared(Prompt prompt) {
        int longest = 0;
        for (Sequence sequence : all) {
            longest = Math.max(longest, sequence.shared(prompt));
        }
        return longest;
    }

    /** The sequence best prepared for a prompt. {@link #keep} it or {@link #discard} it. */
    Sequence take(Prompt prompt) {
        Sequence best = null;
        int longest = 0;
        for (Sequence sequence : all) {
            int shared = sequence.shared(prompt);
            if (shared > longest || shared == longest && idle.containsKey(sequence)) {
                best = sequence;
                longest = shared;
            }
        }
        // Another chat that shares little more than a system prompt keeps its cache. What was
        // written after its prompt does not count: the next turn's prompt leaves its reasoning out.
        Integer itsPrompt = best == null ? null : idle.get(best);
        if (longest > 0 && itsPrompt != null && 2 * longest >= itsPrompt) {
            idle.remove(best);
            return best;
        }
        Sequence fresh = model.newSequence();
        all.add(fresh);
        if (longest > 0) {
            fresh.copyFrom(best, longest);
        }
        return fresh;
    }

    /**
     * Keeps a sequence for the next request, as far as there is room.
     *
     * @param promptLength tokens of the prompt that it read
     */
    void keep(Sequence sequence, int promptLength) {
        try {
            sequence.trim();
        } catch (IllegalStateException e) {
            discard(sequence); // it was closed with its model
            return;
        }
        idle.put(sequence, promptLength);
        makeRoom(0);
        if (idle.size() > MOST_IDLE) {
            closeOldest();
        }
    }

    /** Closes a sequence that failed: nobody shall have it after this. */
    void discard(Sequence sequence) {
        all.remove(sequence);
        sequence.close();
    }

    /**
     * Closes idle sequences until there is room for some more tokens.
     *
     * @return whether there is
     */
    boolean makeRoom(int tokens) {
        long most = mostBytes - tokens * tokenBytes;
        while (bytes() > most && !idle.isEmpty()) {
            closeOldest();
        }
        return bytes() <= most;
    }

    /** Whether there would be room for some tokens, if no sequence were idle. */
    boolean couldHold(int tokens) {
        long idleBytes = idle.keySet().stream().mapToLong(Sequence::bytes).sum();
        return bytes() - idleBytes + tokens * tokenBytes <= mostBytes;
    }

    private void closeOldest() {
        Iterator<Sequence> oldest = idle.keySet().iterator();
        Sequence sequence = oldest.next();
        oldest.remove();
        discard(sequence);
    }

    /** Bytes of all sequences. */
    long bytes() {
        long bytes = 0;
        for (Sequence sequence : all) {
            bytes += sequence.bytes();
        }
        return bytes;
    }

    @Override
    public void close() {
        all.forEach(Sequence::close);
        all.clear();
        idle.clear();
    }
}
