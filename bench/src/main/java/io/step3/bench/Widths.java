package io.step3.bench;

/**
 * The widths of a model whose operations are measured.
 *
 * @param hidden width of the residual stream
 * @param shareQ width between the two factors of the query projection
 * @param heads query heads
 * @param headDim of queries, keys and values
 * @param dense width of a dense layer's feed forward
 * @param experts routed experts of a layer
 * @param topK how many of them a token visits
 * @param expert width of a routed expert
 * @param vocabulary rows of the head
 * @param vision width of the vision tower
 * @param visionHeads its heads
 * @param visionMlp width of its feed forward
 * @param visionGrid patches on a side of a picture
 * @param patch pixels on a side of a patch
 */
public record Widths(
        int hidden,
        int shareQ,
        int heads,
        int headDim,
        int dense,
        int experts,
        int topK,
        int expert,
        int vocabulary,
        int vision,
        int visionHeads,
        int visionMlp,
        int visionGrid,
        int patch) {

    /** Those of the published model. */
    public static final Widths PUBLISHED =
            new Widths(7168, 2048, 64, 256, 18432, 48, 3, 5120, 128815, 1792, 16, 15360, 52, 14);

    /** Bytes of one expert's three matrices in fp8. */
    long expertBytes() {
        return 3L * hidden * expert;
    }

    /** Tokens of a picture in the vision tower: its patches, and four that are dropped later. */
    int visionTokens() {
        return visionGrid * visionGrid + 4;
    }

    /** Bytes of the largest matrix but the experts: the head, in bf16. */
    long largestMatrix() {
        return 2L * hidden * Math.max(vocabulary, dense);
    }
}
