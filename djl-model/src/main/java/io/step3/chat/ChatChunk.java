package io.step3.chat;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A piece of an answer while it is being written. A stream is any number of pieces of reasoning and
 * answer and of tool calls, then exactly one {@link Type#DONE}.
 *
 * @param type what the piece is
 * @param text words of {@link Type#REASONING} or {@link Type#ANSWER}, otherwise empty: printing
 *     every chunk's text prints all the model said
 * @param toolCall the call, for {@link Type#TOOL_CALL}, otherwise null
 * @param end how it ended, for {@link Type#DONE}, otherwise null
 * @param logprobs of the tokens since the last chunk; empty unless asked for
 */
public record ChatChunk(
        Type type,
        String text,
        @Nullable ToolCall toolCall,
        @Nullable End end,
        List<TokenLogprob> logprobs) {

    /** What a chunk is. */
    public enum Type {
        /** A piece of the reasoning. */
        REASONING,
        /** A piece of the answer. */
        ANSWER,
        /** A complete call of a tool. */
        TOOL_CALL,
        /** The end of the stream. */
        DONE
    }

    /**
     * How a stream ended.
     *
     * @param finishReason why the model stopped
     * @param stopText which of {@link SamplingOptions#stop} ended it, if one did; it is not part of
     *     the text
     * @param usage what it cost
     * @param timings how fast it was
     */
    public record End(
            FinishReason finishReason, Optional<String> stopText, Usage usage, Timings timings) {
        public End {
            Objects.requireNonNull(finishReason, "finishReason");
            Objects.requireNonNull(stopText, "stopText");
            Objects.requireNonNull(usage, "usage");
            Objects.requireNonNull(timings, "timings");
        }

        /** An end that no stop text made. */
        public End(FinishReason finishReason, Usage usage, Timings timings) {
            this(finishReason, Optional.empty(), usage, timings);
        }
    }

    public ChatChunk {
        Objects.requireNonNull(text, "text");
        logprobs = List.copyOf(logprobs);
        if ((type == Type.TOOL_CALL) != (toolCall != null)
                || (type == Type.DONE) != (end != null)) {
            throw new IllegalArgumentException(
                    "A chunk of type " + type + " has the wrong fields set.");
        }
    }

    /** A piece of reasoning. */
    public static ChatChunk reasoning(String text) {
        return new ChatChunk(Type.REASONING, text, null, null, List.of());
    }

    /** A piece of the answer. */
    public static ChatChunk answer(String text) {
        return new ChatChunk(Type.ANSWER, text, null, null, List.of());
    }

    /** A call of a tool. */
    public static ChatChunk toolCall(ToolCall call) {
        return new ChatChunk(Type.TOOL_CALL, "", call, null, List.of());
    }

    /** An end that no stop text made. */
    public static ChatChunk done(FinishReason reason, Usage usage, Timings timings) {
        return done(new End(reason, usage, timings));
    }

    /** The end. */
    public static ChatChunk done(End end) {
        return new ChatChunk(Type.DONE, "", null, end, List.of());
    }

    /** The same chunk with log-probabilities. */
    public ChatChunk withLogprobs(List<TokenLogprob> values) {
        return new ChatChunk(type, text, toolCall, end, values);
    }
}
