package io.step3.chat;

import java.util.OptionalInt;
import java.util.Set;

/**
 * A model that can chat, wherever it computes.
 *
 * <h2>Threads</h2>
 *
 * <p>Threads may share a model and ask it at the same time; each answer is a {@link ChatStream} of
 * its own, which one thread reads. {@link #chat} and {@link #promptTokens} compute in the thread
 * that calls them (templates, tokens, headers of pictures), so a window calls them in another.
 *
 * <h2>Lifetimes</h2>
 *
 * <p>An answer must be read to its end or closed. {@link #close} ends all answers that are open:
 * whoever reads one sees it end as {@link FinishReason#CANCELLED} or fail with an {@link
 * IllegalStateException}, and is not left waiting. What is asked later is refused.
 *
 * <h2>Failures</h2>
 *
 * <p>All are unchecked, and each message is one sentence that says what is wrong and what to do.
 *
 * <ul>
 *   <li>{@link IllegalArgumentException}: this request cannot be answered by this model, however
 *       often it is asked: it is empty, has a picture that cannot be read or that the model cannot
 *       see, or does not fit the context ({@link ContextOverflowException}). As far as the model
 *       can tell, {@link #chat} throws it, before anything is written.
 *   <li>{@link ModelClosedException}: the model is closed.
 *   <li>Any other {@link RuntimeException}: the model failed. A local one whose files are lost says
 *       so with a {@code CheckpointException}, which is an {@link IllegalArgumentException} too.
 * </ul>
 *
 * <p>A stream that is read may throw each of them, where only reading showed it. What it gave
 * before stands; nothing comes after.
 */
public interface ChatModel extends AutoCloseable {

    /** What it is called, by people and on the wire. */
    String name();

    /** Most tokens of prompt and answer together, if that is known. */
    OptionalInt contextLength();

    /** What it can do: the same at every call, of which the first may take a moment. */
    Set<Ability> abilities();

    /** Whether it can do something. */
    default boolean can(Ability ability) {
        return abilities().contains(ability);
    }

    /**
     * Tokens of a request's prompt as {@link Usage#promptTokens} would count them, pictures and
     * begun reply included, whether they fit the context or not.
     *
     * @return empty if the model cannot tell without answering
     * @throws IllegalArgumentException if the request cannot be answered, its length apart
     */
    OptionalInt promptTokens(ChatRequest request);

    /** As {@link #chat(ChatRequest, Cancellation)}, stopped by nothing but closing the stream. */
    default ChatStream chat(ChatRequest request) {
        return chat(request, new Cancellation());
    }

    /**
     * Answers, or goes on with a {@link BegunReply}: then the chunks hold only what is new, and the
     * tokens of the begun reply count as the prompt's.
     *
     * @param cancellation ends the answer with {@code CANCELLED} and with what was written so far;
     *     only looked at, never set: it serves for other requests too
     * @throws IllegalArgumentException if the request cannot be answered; see above
     * @throws ModelClosedException if the model is closed
     */
    ChatStream chat(ChatRequest request, Cancellation cancellation);

    /** Ends all answers and frees what the model holds. A second call does nothing. */
    @Override
    void close();
}
