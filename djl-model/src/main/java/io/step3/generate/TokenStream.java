package io.step3.generate;

import io.step3.chat.FinishReason;
import io.step3.model.ForwardObserver;
import io.step3.model.Prompt;
import io.step3.model.Session;
import io.step3.model.Stage;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * A generation token by token. {@link #next} reads the prompt at the first call and appends the
 * token before at every other, so that nothing is computed that nobody asked for.
 */
final class TokenStream {

    private final Lease lease;
    private final Prompt prompt;
    private final Sampler sampler;
    private final Set<Integer> ends;
    private final int least;
    private final int most;
    private final ForwardObserver observer;
    private final float[] logits;
    private final float[] distribution;

    /** The session that has read the prompt and all but the last of what was written. */
    private Session session;

    private int cached;
    private int[] tokens = new int[64];
    private int written;
    private FinishReason finish;

    /**
     * Prepares a generation; nothing is computed yet.
     *
     * @param lease not ended here; it says when to stop, too
     * @param ends tokens that end the answer and are not part of it
     * @param least tokens to write before one of {@code ends} may be chosen
     * @param most tokens to write
     * @param distributions whether {@link #distribution} is wanted
     */
    TokenStream(
            Lease lease,
            Prompt prompt,
            Sampler sampler,
            Set<Integer> ends,
            int least,
            int most,
            int vocabulary,
            boolean distributions,
            ForwardObserver observer) {
        this.lease = lease;
        this.prompt = prompt;
        this.sampler = sampler;
        this.ends = ends;
        this.least = least;
        this.most = most;
        this.observer = observer;
        this.logits = new float[vocabulary];
        this.distribution = distributions ? new float[vocabulary] : null;
    }

    /**
     * Writes the next token.
     *
     * @param forced the token to write whatever the model thinks of it, or -1 to let it choose
     * @return its id, or -1 at the end: then {@link #finish} says why
     * @throws IllegalArgumentException if the prompt does not fit
     * @throws ArithmeticException if the network computes NaN
     */
    int next(int forced) {
        if (finish != null) {
            return -1;
        }
        if (written == most) {
            return end(FinishReason.LENGTH);
        }
        try {
            lease.cancellation().throwIfCancelled();
            Session held = lease.enter();
            try {
                return next(held, forced);
            } finally {
                lease.leave();
            }
        } catch (CancellationException e) {
            return end(FinishReason.CANCELLED);
        }
    }

    private int next(Session held, int forced) {
        if (session == null) {
            observer.tokens(0, prompt.ids());
            cached = held.read(prompt, lease.cancellation()::isCancelled, observer);
        } else {
            if (session != held) {
                readAgain(held);
            }
            if (held.position() == held.capacity()) {
                return end(FinishReason.LENGTH);
            }
            held.append(tokens[written - 1], observer);
        }
        session = held;
        long began = System.nanoTime();
        session.logits(logits);
        if (distribution != null) {
            System.arraycopy(logits, 0, distribution, 0, logits.length);
        }
        int token = forced;
        if (forced >= 0) {
            sampler.count(forced);
        } else {
            if (written < least) {
                ends.forEach(end -> logits[end] = Float.NEGATIVE_INFINITY);
            }
            token = sampler.sample(logits);
        }
        observer.spent(Stage.SAMPLING, System.nanoTime() - began);
        if (ends.contains(token)) {
            return end(FinishReason.STOP);
        }
        if (written == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * written);
        }
        tokens[written++] = token;
        observer.tokens(session.position(), token);
        return token;
    }

    /**
     * Brings another session to where the last one was. Token by token, as they were written: so
     * the numbers are the same, and the id of a picture's row is a word like any other.
     */
    private void readAgain(Session other) {
        other.read(prompt, lease.cancellation()::isCancelled, ForwardObserver.NONE);
        for (int i = 0; i < written - 1; i++) {
            lease.cancellation().throwIfCancelled();
            other.append(tokens[i], ForwardObserver.NONE);
        }
    }

    private int end(FinishReason reason) {
        finish = reason;
        return -1;
    }

    /** Why the stream ended, or null while it has not. */
    FinishReason finish() {
        return finish;
    }

    /** The logits that the last token was chosen from, before any penalty. */
    float[] distribution() {
        return distribution;
    }

    /** Tokens of the prompt that were in the cache. */
    int cached() {
        return cached;
    }

    /** Tokens written. */
    int written() {
        return written;
    }
}
