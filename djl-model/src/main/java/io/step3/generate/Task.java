package io.step3.generate;

import io.step3.chat.Cancellation;
import io.step3.model.ForwardObserver;
import io.step3.model.Prompt;
import io.step3.model.Reading;
import io.step3.model.Sequence;
import io.step3.model.Span;
import io.step3.model.Stage;
import io.step3.model.Step3Model;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * The computing of one answer: a prompt that is read into a sequence, then a token after the other.
 * Its sequence may be taken from it at any time between two passes; it then reads what it has lost
 * into another.
 *
 * <p>Knows nothing of whoever reads the answer, so that an answer that nobody can reach any more
 * can be collected while its task is still there to be ended. For one thread at a time, but {@link
 * #stop} may be called from any.
 */
final class Task {

    private final Step3Model model;
    private final Prompt prompt;
    private final Decoding decoding;
    private final ForwardObserver observer;
    private final Cancellation cancellation;
    private final float[] logits;
    private long number;
    private boolean paused;

    /** Null while it waits. */
    private @Nullable Sequence sequence;

    /** What is being read; null while tokens are written. */
    private @Nullable Reading reading;

    private boolean begun;

    /** Tokens of the answer that the sequence has read. */
    private int read;

    private @Nullable Throwable failure;

    /**
     * An answer that is still to be begun.
     *
     * @param observer as {@link CarefulObserver#of} gives it
     * @param caller the caller's own token, which is never cancelled here
     */
    Task(
            Step3Model model,
            Prompt prompt,
            Decoding decoding,
            ForwardObserver observer,
            Cancellation caller) {
        this.model = model;
        this.prompt = prompt;
        this.decoding = decoding;
        this.observer = observer;
        this.cancellation = Cancellation.within(caller);
        this.logits = new float[model.vocabulary()];
    }

    /** Which in the order of arrival. */
    long number() {
        return number;
    }

    /** Arrives. */
    void arrive(long number) {
        this.number = number;
    }

    /** Whether nobody reads what it writes. */
    boolean isPaused() {
        return paused;
    }

    void setPaused(boolean paused) {
        this.paused = paused;
    }

    Decoding decoding() {
        return decoding;
    }

    /** Asks to stop, at the next pass or layer of a picture. */
    void stop() {
        cancellation.cancel();
    }

    boolean isStopped() {
        return cancellation.isCancelled();
    }

    /** Tokens so far, those of the prompt included. */
    int length() {
        return prompt.length() + decoding.written();
    }

    /** Takes a sequence of its own and begins to read into it. */
    void begin(Caches caches) {
        if (!begun) {
            observer.tokens(0, prompt.ids());
            CarefulObserver.check(observer);
        }
        Prompt wanted = lost();
        sequence = caches.take(wanted);
        reading = sequence.read(wanted);
        read = wanted.length() - prompt.length();
        if (!begun) {
            decoding.begin(reading.cached());
            begun = true;
        }
    }

    /**
     * The prompt and what of the answer can be read like one: a picture's token that the model
     * wrote is a word like any other, and in a prompt it would stand for a picture.
     */
    private Prompt lost() {
        int[] ids = prompt.ids();
        int most = Math.max(0, decoding.written() - 1);
        int[] all = Arrays.copyOf(ids, ids.length + most);
        int length = ids.length;
        for (int i = 0; i < most; i++) {
            int token = decoding.token(i);
            if (token == model.imageTokenId() && !prompt.images().isEmpty()) {
                break;
            }
            all[length++] = token;
        }
        return length == ids.length
                ? prompt
                : new Prompt(Arrays.copyOf(all, length), prompt.images());
    }

    /** Lets go of its sequence, which others may use from now on. */
    void release(Caches caches) {
        closeReading();
        if (sequence != null) {
            caches.keep(sequence, prompt.length());
            sequence = null;
        }
    }

    /** Ends with a failure; what it has computed is of no use to others either. */
    void fail(Throwable reason, Caches caches) {
        failure = reason;
        closeReading();
        if (sequence != null) {
            caches.discard(sequence);
            sequence = null;
        }
    }

    private void closeReading() {
        if (reading != null) {
            reading.close();
            reading = null;
        }
    }

    /** Why it could not be ended, or null. */
    Throwable failure() {
        return failure;
    }

    /** Whether nothing more is to be computed. */
    boolean isOver() {
        return failure != null || decoding.isDone();
    }

    /** Whether it reads more than one token at a time. */
    boolean isReading() {
        return reading != null;
    }

    /** Tokens that could be computed next, at least 1. */
    int left() {
        return reading == null ? 1 : reading.left();
    }

    /** Whether a picture must be looked at before its next span. */
    boolean hasUnseen() {
        return reading != null && reading.hasUnseen();
    }

    /**
     * Looks at the next picture.
     *
     * @throws CancellationException if stopped
     */
    void look() {
        long began = System.nanoTime();
        reading.look(cancellation::isCancelled);
        observer.spent(Stage.VISION, System.nanoTime() - began);
    }

    /**
     * What to compute next.
     *
     * @param most tokens, where it is reading
     */
    Span next(int most) {
        boolean again = decoding.written() > 0;
        if (reading != null) {
            return again
                    ? reading.next(most, null, ForwardObserver.NONE)
                    : reading.next(most, logits, observer);
        }
        int token = decoding.token(read);
        return read == decoding.written() - 1
                ? sequence.next(token, logits, observer)
                : sequence.next(token, null, ForwardObserver.NONE);
    }

    /**
     * Takes what {@link #next} asked for.
     *
     * @throws ArithmeticException if the network computed NaN
     */
    void computed() {
        CarefulObserver.check(observer);
        if (reading != null) {
            if (reading.left() > 0) {
                return;
            }
            closeReading();
        } else {
            read++;
        }
        if (read == decoding.written()) {
            decoding.accept(logits);
            CarefulObserver.check(observer);
        }
    }
}
