package io.step3.desktop.model;

/**
 * How far an answer is.
 *
 * @param read tokens of the prompt that were read
 * @param prompt tokens of the prompt, 0 if that is not known yet
 * @param tokens tokens written, reasoning included
 * @param thought tokens of reasoning
 * @param thinkingMillis how long it has thought, or did
 * @param firstTokenMillis from the question to the first token, 0 before
 * @param tokensPerSecond since the first token
 * @param context tokens of the context in use
 */
public record AnswerProgress(
        Stage stage,
        int read,
        int prompt,
        int tokens,
        int thought,
        long thinkingMillis,
        long firstTokenMillis,
        double tokensPerSecond,
        int context) {

    /** What the model is at. */
    public enum Stage {
        /** Nothing: the answer has ended, or is from before. */
        NONE,
        /** Another answer is being written. */
        WAITING,
        /** It reads the prompt, and looks at pictures. */
        READING,
        /** It thinks. */
        THINKING,
        /** It answers. */
        ANSWERING
    }

    /** Nothing is going on. */
    public static final AnswerProgress NONE =
            new AnswerProgress(Stage.NONE, 0, 0, 0, 0, 0, 0, 0, 0);

    /** It was asked for; what is there of the answer may have cost something. */
    static AnswerProgress waiting(AnswerUsage earlier) {
        return new AnswerProgress(
                Stage.WAITING,
                0,
                0,
                earlier.completionTokens(),
                earlier.reasoningTokens(),
                earlier.thinkingMillis(),
                earlier.firstTokenMillis(),
                0,
                0);
    }

    /** It has ended, and cost this. */
    static AnswerProgress ended(AnswerUsage usage) {
        return new AnswerProgress(
                Stage.NONE,
                usage.promptTokens(),
                usage.promptTokens(),
                usage.completionTokens(),
                usage.reasoningTokens(),
                usage.thinkingMillis(),
                usage.firstTokenMillis(),
                usage.tokensPerSecond(),
                usage.contextUsed());
    }
}
