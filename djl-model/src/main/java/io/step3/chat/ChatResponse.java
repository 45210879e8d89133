package io.step3.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A whole answer.
 *
 * @param reasoning what the model thought; empty if it did not
 * @param answer what it said; may be empty where it only called tools
 * @param toolCalls the tools it wants called, in order
 * @param finishReason why it stopped
 * @param usage what it cost
 * @param timings how fast it was
 * @param logprobs of all tokens; empty unless asked for
 */
public record ChatResponse(
        String reasoning,
        String answer,
        List<ToolCall> toolCalls,
        FinishReason finishReason,
        Usage usage,
        Timings timings,
        List<TokenLogprob> logprobs) {

    public ChatResponse {
        Objects.requireNonNull(reasoning, "reasoning");
        Objects.requireNonNull(answer, "answer");
        toolCalls = List.copyOf(toolCalls);
        Objects.requireNonNull(finishReason, "finishReason");
        Objects.requireNonNull(usage, "usage");
        Objects.requireNonNull(timings, "timings");
        logprobs = List.copyOf(logprobs);
    }

    /**
     * Gathers a stream of chunks up to and including its {@link ChatChunk.Type#DONE}. Reasoning and
     * answer lose their outer whitespace, which only separates them from the marks between them.
     *
     * @throws IllegalArgumentException if the stream ends without {@code DONE}
     */
    public static ChatResponse of(Iterable<ChatChunk> chunks) {
        StringBuilder reasoning = new StringBuilder();
        StringBuilder answer = new StringBuilder();
        List<ToolCall> calls = new ArrayList<>();
        List<TokenLogprob> logprobs = new ArrayList<>();
        for (ChatChunk chunk : chunks) {
            logprobs.addAll(chunk.logprobs());
            switch (chunk.type()) {
                case REASONING -> reasoning.append(chunk.text());
                case ANSWER -> answer.append(chunk.text());
                case TOOL_CALL -> calls.add(chunk.toolCall());
                case DONE -> {
                    return new ChatResponse(
                            reasoning.toString().strip(),
                            answer.toString().strip(),
                            calls,
                            chunk.end().finishReason(),
                            chunk.end().usage(),
                            chunk.end().timings(),
                            logprobs);
                }
            }
        }
        throw new IllegalArgumentException("The stream of chunks ended without its last chunk.");
    }

    /** This answer as a message, to be appended to the conversation before the next question. */
    public ChatMessage toMessage() {
        return ChatMessage.assistant(reasoning, answer, toolCalls);
    }
}
