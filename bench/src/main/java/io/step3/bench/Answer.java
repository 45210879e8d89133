package io.step3.bench;

import io.step3.chat.ChatChunk;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatStream;
import io.step3.generate.Step3;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/**
 * An answer that was read to its end, as its reader saw it.
 *
 * @param began {@link System#nanoTime} when it was asked for
 * @param first when its first words were there
 * @param ended when it was over
 * @param longestPause nanoseconds between two pieces of it
 * @param computed tokens of the prompt that were in no cache
 * @param prompt tokens of the prompt
 * @param written tokens
 */
record Answer(
        long began,
        long first,
        long ended,
        long longestPause,
        int computed,
        int prompt,
        int written) {

    /** Called when a piece of the answer has come. */
    interface Listener {
        void piece(long nanoTime);
    }

    /**
     * Asks and reads.
     *
     * @throws CancellationException if it is to stop
     */
    static Answer read(Step3 step3, ChatRequest request, BooleanSupplier stop, Listener listener) {
        long began = System.nanoTime();
        long first = 0;
        long last = 0;
        long pause = 0;
        try (ChatStream stream = step3.chat(request)) {
            while (stream.hasNext()) {
                if (stop.getAsBoolean()) {
                    throw new CancellationException();
                }
                ChatChunk chunk = stream.next();
                long now = System.nanoTime();
                if (first == 0) {
                    first = now;
                } else {
                    pause = Math.max(pause, now - last);
                }
                last = now;
                listener.piece(now);
                if (chunk.end() != null) {
                    var usage = chunk.end().usage();
                    return new Answer(
                            began,
                            first,
                            now,
                            pause,
                            usage.promptTokens() - usage.cachedTokens(),
                            usage.promptTokens(),
                            usage.completionTokens());
                }
            }
        }
        throw new CancellationException();
    }

    static Answer read(Step3 step3, ChatRequest request, BooleanSupplier stop) {
        return read(step3, request, stop, _ -> {});
    }

    /** Seconds until its first words were there. */
    double secondsToFirst() {
        return (first - began) * 1e-9;
    }

    /** Tokens a second after the first. */
    double tokensPerSecond() {
        return (written - 1) / ((ended - first) * 1e-9);
    }
}
