package io.step3.desktop.model;

/**
 * Where the time of an answer went.
 *
 * @param visionNanos looking at the prompt's pictures
 * @param readNanos reading the rest of the prompt, all layers and the first logits
 * @param written passes after the prompt, a token each
 * @param attentionNanos of those passes
 * @param expertsNanos of those passes
 * @param outputNanos of those passes: last norm and logits
 * @param sampled tokens chosen
 * @param samplingNanos choosing them
 */
public record StageTimes(
        long visionNanos,
        long readNanos,
        long written,
        long attentionNanos,
        long expertsNanos,
        long outputNanos,
        long sampled,
        long samplingNanos) {

    /** Nothing was timed. */
    public static final StageTimes NONE = new StageTimes(0, 0, 0, 0, 0, 0, 0, 0);
}
