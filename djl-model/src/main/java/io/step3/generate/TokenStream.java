package io.step3.generate;

import io.step3.chat.FinishReason;
import io.step3.model.Cancellation;
import io.step3.model.ForwardObserver;
import io.step3.model.Prompt;
import io.step3.model.Session;
import io.step3.model.Stage;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * A generation token by token. {@link #next} reads the prompt at the first call and appends the
 * token before at every other, so that nothing is computed that nobody asked for.
 */
final class TokenStream {

    private final Session session;
    private final Prompt prompt;
    private final Sampler sampler;
    private final Set<Integer> ends;
    private final int most;
    private final Cancellation cancellation;
    private final ForwardObserver observer;
    private final float[] logits;
    private final float[] distribution;

    private int cached;
    private int written;
    private int last = -1;
    private FinishReason finish;

    /**
     * Prepares a generation; nothing is computed yet.
     *
     * @param session not closed here
     * @param ends tokens that end the answer and are not part of it
     * @param most tokens to write
     * @param distributions whether {@link #distribution} is wanted
     */
    TokenStream(
            Session session,
            Prompt prompt,
            Sampler sampler,
            Set<Integer> ends,
            int most,
            int vocabulary,
            boolean distributions,
            Cancellation cancellation,
            ForwardObserver observer) {
        this.session = session;
        this.prompt = prompt;
        this.sampler = sampler;
        this.ends = ends;
        this.most = most;
        this.cancellation = cancellation;
        this.observer = observer;
        this.logits = new float[vocabulary];
        this.distribution = distributions ? new float[vocabulary] : null;
    }

    /**
     * Writes the next token.
     *
     * @param forced the token to write whatever the model thinks of it, or -1 to let it choose
     * @return its id, or -1 at the end: then {@link #finish} says why
     * @throws io.step3.model.ContextOverflowException if the prompt does not fit
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
            cancellation.throwIfCancelled();
            if (last < 0) {
                cached = session.read(prompt, cancellation, observer);
            } else if (session.position() == session.capacity()) {
                return end(FinishReason.LENGTH);
            } else {
                session.append(last, observer);
            }
        } catch (CancellationException e) {
            return end(FinishReason.CANCELLED);
        }
        long began = System.nanoTime();
        session.logits(logits);
        if (distribution != null) {
            System.arraycopy(logits, 0, distribution, 0, logits.length);
        }
        int token = forced;
        if (forced >= 0) {
            sampler.count(forced);
        } else {
            token = sampler.sample(logits);
        }
        observer.spent(Stage.SAMPLING, System.nanoTime() - began);
        if (ends.contains(token)) {
            return end(FinishReason.STOP);
        }
        written++;
        last = token;
        return token;
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
