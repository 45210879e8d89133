package io.step3.desktop.model;

import io.step3.chat.ChatChunk;
import io.step3.model.ForwardObserver;
import io.step3.model.Routing;
import io.step3.model.Stage;
import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;

/**
 * Counts and times an answer, from the network's own passes where they can be watched, and else
 * from the chunks that come. Read by one thread, fed by another.
 */
final class AnswerMeter implements ForwardObserver {

    private final LongSupplier clock;
    private final int prompt;
    private final AnswerUsage earlier;
    private final boolean thinks;
    private final long started;
    private final boolean watching;
    private final RoutingRecorder inside;
    private int read;
    private int tokens;
    private int thought;
    private long firstToken;
    private long lastToken;
    private long thinkingEnded;
    private boolean answering;

    /**
     * Begins to time.
     *
     * @param clock nanoseconds
     * @param prompt tokens of the prompt, those of the answer that are there already included
     * @param earlier what the part of the answer that is there cost
     * @param thinks whether that part ends in a thought
     * @param watching whether the network's passes are seen; otherwise each chunk counts as a token
     * @param inside sees the passes too, while somebody looks
     */
    AnswerMeter(
            LongSupplier clock,
            int prompt,
            AnswerUsage earlier,
            boolean thinks,
            boolean watching,
            RoutingRecorder inside) {
        this.clock = clock;
        this.prompt = prompt;
        this.earlier = earlier;
        this.thinks = thinks;
        this.answering = !thinks;
        this.watching = watching;
        this.inside = inside;
        this.started = clock.getAsLong();
    }

    @Override
    public void tokens(int position, int... ids) {
        inside.tokens(position, ids);
    }

    @Override
    public void attended(
            int layer, int position, int rows, MemorySegment queries, MemorySegment keys) {
        inside.attended(layer, position, rows, queries, keys);
    }

    @Override
    public void spent(Stage stage, long nanoseconds) {
        inside.spent(stage, nanoseconds);
    }

    @Override
    public void embedded(int position, int rows, MemorySegment embeddings) {
        inside.embedded(position, rows, embeddings);
    }

    @Override
    public void layer(int layer, int position, int rows, MemorySegment hidden) {
        inside.layer(layer, position, rows, hidden);
    }

    @Override
    public void routed(Routing routing) {
        // The first layer with experts tells how far the prompt is; see also logits.
        synchronized (this) {
            read = Math.max(read, routing.position() + routing.rows());
        }
        inside.routed(routing);
    }

    @Override
    public synchronized void logits(int position, int rows, MemorySegment logits) {
        read = position + rows;
        // The token that these logits choose.
        written();
    }

    private void written() {
        tokens++;
        lastToken = clock.getAsLong();
        firstToken = firstToken == 0 ? lastToken : firstToken;
        if (!answering) {
            thought++;
        }
    }

    /** Hears what came of the tokens. */
    synchronized void chunk(ChatChunk chunk) {
        if (chunk.type() == ChatChunk.Type.ANSWER && !answering) {
            answering = true;
            thinkingEnded = clock.getAsLong();
        }
        if (!watching && !chunk.text().isEmpty()) {
            read = prompt + tokens;
            written();
        }
    }

    /** How long it has thought by now, the earlier part apart. */
    synchronized long thinkingMillis() {
        return firstToken == 0 || !thinks
                ? 0
                : ((answering ? thinkingEnded : clock.getAsLong()) - firstToken) / 1_000_000;
    }

    synchronized AnswerProgress progress() {
        double seconds = (lastToken - firstToken) * 1e-9;
        var stage =
                firstToken == 0
                        ? AnswerProgress.Stage.READING
                        : answering
                                ? AnswerProgress.Stage.ANSWERING
                                : AnswerProgress.Stage.THINKING;
        return new AnswerProgress(
                stage,
                Math.min(read, prompt),
                prompt,
                earlier.completionTokens() + tokens,
                earlier.reasoningTokens() + thought,
                earlier.thinkingMillis() + thinkingMillis(),
                firstToken == 0 ? 0 : (firstToken - started) / 1_000_000,
                seconds > 0 ? (tokens - 1) / seconds : 0,
                Math.max(read, prompt));
    }
}
