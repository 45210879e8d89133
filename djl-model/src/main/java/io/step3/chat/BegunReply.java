package io.step3.chat;

import java.util.Objects;
import java.util.Optional;

/**
 * The beginning of a reply that the model is to continue, in the middle of a sentence or of its
 * reasoning: a prefilled assistant message ({@code continue_final_message} in vLLM).
 *
 * <p>The texts are those of the stream's chunks, whitespace included, and are put into the prompt
 * as they are: {@code reasoning + "</think>" + answer}. They are text and nothing else: a special
 * token that is written out in them does not become one.
 *
 * <p>The prompt then reads as if the model had written it without a pause. Where the tokenizer cuts
 * the texts as the model did, which is the rule, the model is in the same state as before, and what
 * it writes greedily is what it would have written. Where it cuts them otherwise, as it may where
 * the model chose unusual tokens, the text up to there is still the same to the letter.
 *
 * @param reasoning what was thought; empty if nothing was
 * @param answer what was answered; empty while the thought is to go on, present (even as an empty
 *     text) when it is done
 */
public record BegunReply(String reasoning, Optional<String> answer) {

    /** Nothing was thought or said: the model begins. */
    public static final BegunReply NOTHING = new BegunReply("", Optional.empty());

    public BegunReply {
        Objects.requireNonNull(reasoning, "reasoning");
        Objects.requireNonNull(answer, "answer");
    }

    /** A thought that is to go on. */
    public static BegunReply thinking(String reasoning) {
        return new BegunReply(reasoning, Optional.empty());
    }

    /**
     * An answer that is to go on, from texts that may have lost their outer whitespace, as those of
     * {@link ChatResponse} and of the wire have: Step3 writes {@code </think>} on a line of its
     * own, so the newlines around it are put back where they are missing.
     */
    public static BegunReply answering(String reasoning, String answer) {
        boolean thought = !reasoning.isEmpty();
        return new BegunReply(
                thought && !reasoning.endsWith("\n") ? reasoning + "\n" : reasoning,
                Optional.of(
                        thought && !answer.isEmpty() && !answer.startsWith("\n")
                                ? "\n" + answer
                                : answer));
    }

    /** This and what was written after it. */
    public BegunReply followedBy(BegunReply rest) {
        return answer.isPresent()
                ? new BegunReply(reasoning, Optional.of(answer.get() + rest.answer.orElse("")))
                : new BegunReply(reasoning + rest.reasoning, rest.answer);
    }
}
