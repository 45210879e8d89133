package io.step3.chat;

/**
 * What an answer cost, in tokens.
 *
 * @param promptTokens the prompt, pictures included
 * @param cachedTokens how many of the prompt's tokens were still in a KV cache
 * @param reasoningTokens how many of the completion's tokens were thought
 * @param completionTokens all that the model wrote, reasoning included
 */
public record Usage(int promptTokens, int cachedTokens, int reasoningTokens, int completionTokens) {

    /** Nothing was computed. */
    public static final Usage NONE = new Usage(0, 0, 0, 0);

    public Usage {
        if (Math.min(
                        Math.min(promptTokens, cachedTokens),
                        Math.min(reasoningTokens, completionTokens))
                < 0) {
            throw new IllegalArgumentException("Token counts must not be negative.");
        }
    }
}
