package io.step3.chat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An answer, while it is being written or whole. Iterating gives chunk after chunk as they are
 * computed; every other question about it first reads what is still to come.
 *
 * <pre>{@code
 * try (ChatResponse response = ...) {
 *     for (ChatChunk chunk : response) {
 *         System.out.print(chunk.text());
 *     }
 * }
 * }</pre>
 *
 * <p>The answer to a request with a {@link BegunReply} holds only what is new: the whole reply is
 * {@code begun.followedBy(response.toBegun())}.
 *
 * <p>For one thread at a time; {@link #close} may come from any thread and stops the writing.
 */
public final class ChatResponse implements Iterable<ChatChunk>, AutoCloseable {

    private final ChatStream stream;
    private final StringBuilder reasoning = new StringBuilder();
    private final StringBuilder answer = new StringBuilder();
    private final List<ToolCall> toolCalls = new ArrayList<>();
    private final List<TokenLogprob> logprobs = new ArrayList<>();
    private ChatChunk.@Nullable End end;

    private ChatResponse(ChatStream stream) {
        this.stream = stream;
    }

    /** An answer that is still to come; closing it closes the stream. */
    public static ChatResponse of(ChatStream stream) {
        return new ChatResponse(stream);
    }

    /** An answer whose chunks are known. */
    public static ChatResponse of(List<ChatChunk> chunks) {
        Iterator<ChatChunk> iterator = List.copyOf(chunks).iterator();
        return new ChatResponse(
                new ChatStream() {
                    @Override
                    public boolean hasNext() {
                        return iterator.hasNext();
                    }

                    @Override
                    public ChatChunk next() {
                        return iterator.next();
                    }

                    @Override
                    public void close() {}
                });
    }

    /** An answer that is known whole. */
    static ChatResponse of(
            String reasoning,
            String answer,
            List<ToolCall> toolCalls,
            ChatChunk.End end,
            List<TokenLogprob> logprobs) {
        List<ChatChunk> chunks = new ArrayList<>();
        chunks.add(ChatChunk.reasoning(reasoning));
        chunks.add(ChatChunk.answer(answer));
        toolCalls.forEach(call -> chunks.add(ChatChunk.toolCall(call)));
        chunks.add(ChatChunk.done(end).withLogprobs(logprobs));
        return of(chunks);
    }

    /** The same answer without what was thought; reading one of both reads the other. */
    public ChatResponse withoutReasoning() {
        Iterator<ChatChunk> all = iterator();
        return new ChatResponse(
                new ChatStream() {
                    private @Nullable ChatChunk next;

                    @Override
                    public boolean hasNext() {
                        while (next == null && all.hasNext()) {
                            ChatChunk chunk = all.next();
                            next = chunk.type() == ChatChunk.Type.REASONING ? null : chunk;
                        }
                        return next != null;
                    }

                    @Override
                    public ChatChunk next() {
                        if (!hasNext()) {
                            throw new NoSuchElementException("the answer has ended");
                        }
                        ChatChunk chunk = next;
                        next = null;
                        return chunk;
                    }

                    @Override
                    public void close() {
                        stream.close();
                    }
                });
    }

    /** The chunks that are still to come, up to and with the last; once for the whole answer. */
    @Override
    public Iterator<ChatChunk> iterator() {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return stream.hasNext();
            }

            @Override
            public ChatChunk next() {
                ChatChunk chunk = stream.next();
                keep(chunk);
                return chunk;
            }
        };
    }

    private void keep(ChatChunk chunk) {
        logprobs.addAll(chunk.logprobs());
        switch (chunk.type()) {
            case REASONING -> reasoning.append(chunk.text());
            case ANSWER -> answer.append(chunk.text());
            case TOOL_CALL -> toolCalls.add(chunk.toolCall());
            case DONE -> end = chunk.end();
        }
    }

    /**
     * Reads the rest of the answer and closes it.
     *
     * @return this
     * @throws IllegalStateException if it was closed, or broke off, before its end
     */
    public ChatResponse complete() {
        if (end == null) {
            iterator().forEachRemaining(chunk -> {});
            stream.close();
            if (end == null) {
                throw new IllegalStateException("the answer was closed before its end");
            }
        }
        return this;
    }

    /** What the model thought, without outer whitespace; empty if it did not. */
    public String reasoning() {
        return complete().reasoning.toString().strip();
    }

    /** What it said, without outer whitespace; may be empty where it only called tools. */
    public String answer() {
        return complete().answer.toString().strip();
    }

    /** The tools it wants called, in order. */
    public List<ToolCall> toolCalls() {
        return List.copyOf(complete().toolCalls);
    }

    /** Why it stopped. */
    public FinishReason finishReason() {
        return complete().end.finishReason();
    }

    /** Which of the request's stop texts ended it, if one did. */
    public Optional<String> stopText() {
        return complete().end.stopText();
    }

    /** What it cost. */
    public Usage usage() {
        return complete().end.usage();
    }

    /** How fast it was. */
    public Timings timings() {
        return complete().end.timings();
    }

    /** Of all tokens; empty unless asked for. */
    public List<TokenLogprob> logprobs() {
        return List.copyOf(complete().logprobs);
    }

    /** This answer as a message, to be appended to the conversation before the next question. */
    public ChatMessage toMessage() {
        boolean onlyCalls = answer().isEmpty() && !toolCalls().isEmpty();
        return onlyCalls
                ? new ChatMessage(Role.ASSISTANT, List.of(), reasoning(), toolCalls(), "")
                : ChatMessage.assistant(reasoning(), answer(), toolCalls());
    }

    /**
     * What was written, to the letter, for a request that goes on with it.
     *
     * @throws IllegalStateException if tools were called: such a reply cannot be continued
     */
    public BegunReply toBegun() {
        if (!toolCalls().isEmpty()) {
            throw new IllegalStateException("the reply called tools and cannot be continued");
        }
        return answer.isEmpty()
                ? BegunReply.thinking(reasoning.toString())
                : new BegunReply(reasoning.toString(), Optional.of(answer.toString()));
    }

    /** Stops the writing, if it has not ended. */
    @Override
    public void close() {
        stream.close();
    }
}
