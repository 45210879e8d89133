package io.step3.desktop.store;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A conversation without its messages.
 *
 * @param folder the folder it lies in, if any
 * @param updated when something was last said in it
 * @param systemPrompt may be empty
 * @param sampling a JSON object of sampling parameters
 * @param model what answers in it, as the model picker names it; empty for whichever is in use
 * @param currentLeaf the last message of the branch that is shown; empty before the first message
 * @param contextStart the first message that the model is given, where older turns were dropped
 *     from the context
 * @param deleted when it was deleted, if it was
 */
public record Conversation(
        long id,
        String title,
        OptionalLong folder,
        boolean pinned,
        Instant created,
        Instant updated,
        String systemPrompt,
        String sampling,
        String model,
        OptionalLong currentLeaf,
        OptionalLong contextStart,
        Optional<Instant> deleted) {}
