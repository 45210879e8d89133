package io.step3.model;

/**
 * How a model is run.
 *
 * @param contextLength most tokens a session may hold; 0 for what the checkpoint allows
 * @param prefillChunk tokens that a prefill computes at once: more is faster and takes more working
 *     memory, and a cancelled prefill stops at the next chunk
 * @param activations precision of the inputs of fp8 layers
 */
public record ModelOptions(int contextLength, int prefillChunk, Activations activations) {

    /** The checkpoint's own context, chunks of 256 tokens, float32 activations. */
    public static final ModelOptions DEFAULT = new ModelOptions(0, 256, Activations.FLOAT32);

    /** Checks the ranges. */
    public ModelOptions {
        if (contextLength < 0) {
            throw new IllegalArgumentException(
                    "contextLength must be 0 (the checkpoint's own) or more, not " + contextLength);
        }
        if (prefillChunk < 1 || prefillChunk > 8192) {
            throw new IllegalArgumentException(
                    "prefillChunk must be between 1 and 8192, not " + prefillChunk);
        }
    }

    /** The same with another context length. */
    public ModelOptions withContextLength(int tokens) {
        return new ModelOptions(tokens, prefillChunk, activations);
    }

    /** The same with another prefill chunk. */
    public ModelOptions withPrefillChunk(int tokens) {
        return new ModelOptions(contextLength, tokens, activations);
    }

    /** The same with other activations. */
    public ModelOptions withActivations(Activations precision) {
        return new ModelOptions(contextLength, prefillChunk, precision);
    }
}
