package io.step3.generate;

import io.step3.chat.FinishReason;
import java.util.Arrays;
import java.util.Set;

/** The tokens of an answer, chosen one after the other from logits. For one thread at a time. */
final class TokenWriter {

    private final Sampler sampler;
    private final Set<Integer> ends;
    private final int least;
    private final int most;
    private final int room;
    private int[] tokens = new int[64];
    private int written;

    /**
     * Nothing is written yet.
     *
     * @param ends tokens that end the answer and are not part of it
     * @param least tokens to write before one of {@code ends} may be chosen
     * @param most tokens that the answer is allowed, from 1
     * @param room tokens that the context has room for, from 1
     */
    TokenWriter(Sampler sampler, Set<Integer> ends, int least, int most, int room) {
        this.sampler = sampler;
        this.ends = ends;
        this.least = least;
        this.most = most;
        this.room = room;
    }

    /**
     * Writes the next token.
     *
     * @param logits {@code [vocabulary]}; changed by penalties
     * @param forced the token to write whatever the model thinks of it, or -1 to let it choose
     * @return its id, or -1 if the model ends the answer
     * @throws ArithmeticException if a logit is NaN
     */
    int write(float[] logits, int forced) {
        int token = forced;
        if (forced >= 0) {
            sampler.count(forced);
        } else {
            if (written < least) {
                ends.forEach(end -> logits[end] = Float.NEGATIVE_INFINITY);
            }
            token = sampler.sample(logits);
        }
        if (ends.contains(token)) {
            return -1;
        }
        if (written == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * written);
        }
        tokens[written++] = token;
        return token;
    }

    /** Whether no more tokens may be written. */
    boolean isFull() {
        return written == Math.min(most, room);
    }

    /** Why no more tokens may be written. */
    FinishReason limit() {
        return written == most ? FinishReason.LENGTH : FinishReason.CONTEXT_FULL;
    }

    /** Tokens written. */
    int written() {
        return written;
    }

    /** A token that was written, from 0. */
    int token(int i) {
        return tokens[i];
    }
}
