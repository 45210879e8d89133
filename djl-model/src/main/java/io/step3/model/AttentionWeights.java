package io.step3.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Attention weights, recomputed from the queries and keys of {@link ForwardObserver#attended}. */
public final class AttentionWeights {

    private AttentionWeights() {}

    /**
     * The weights of one row: {@code softmax(q k^T / sqrt(headDim))} over the positions up to its
     * own. Costs {@code heads * positions * headDim} multiplications, in Java.
     *
     * @param queries float32 {@code [rows, heads, headDim]}, rotated
     * @param keys float32 {@code [at least position + row + 1, headDim]}, rotated
     * @param position of the first row
     * @param row which row
     * @return {@code [heads, position + row + 1]}; each head's weights sum to 1
     */
    public static float[] of(
            MemorySegment queries,
            MemorySegment keys,
            int position,
            int row,
            int heads,
            int headDim) {
        int visible = position + row + 1;
        float[] query = new float[headDim];
        float[] key = new float[headDim];
        float[] weights = new float[heads * visible];
        double scale = 1 / Math.sqrt(headDim);
        for (int head = 0; head < heads; head++) {
            long at = ((long) row * heads + head) * headDim * Float.BYTES;
            MemorySegment.copy(queries, ValueLayout.JAVA_FLOAT, at, query, 0, headDim);
            double max = Double.NEGATIVE_INFINITY;
            for (int p = 0; p < visible; p++) {
                long from = (long) p * headDim * Float.BYTES;
                MemorySegment.copy(keys, ValueLayout.JAVA_FLOAT, from, key, 0, headDim);
                double score = 0;
                for (int i = 0; i < headDim; i++) {
                    score += (double) query[i] * key[i];
                }
                weights[head * visible + p] = (float) (score * scale);
                max = Math.max(max, score * scale);
            }
            normalise(weights, head * visible, visible, max);
        }
        return weights;
    }

    private static void normalise(float[] scores, int from, int count, double max) {
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            scores[i] = (float) Math.exp(scores[i] - max);
            sum += scores[i];
        }
        for (int i = from; i < from + count; i++) {
            scores[i] = (float) (scores[i] / sum);
        }
    }
}
