package io.step3.desktop.model;

import io.step3.generate.ModelShape;
import java.util.Arrays;
import java.util.List;

/**
 * What was seen of the network since the answer began. The arrays belong to the snapshot.
 *
 * @param counts how often each expert was chosen, {@code [layers with experts, experts]}
 * @param current router probability of the experts that the latest token visits, else 0
 * @param confidence mean over tokens and layers of the chosen experts' summed probability, 0 to 1
 * @param cacheBytes keys and values in use
 * @param context tokens in the cache
 * @param times where the time went
 */
public record InsideSnapshot(
        ModelShape shape,
        long[][] counts,
        float[][] current,
        double confidence,
        long cacheBytes,
        int context,
        StageTimes times) {

    /** Nothing was seen. */
    public static final InsideSnapshot EMPTY =
            new InsideSnapshot(
                    new ModelShape(0, List.of(), 0, 0, 0),
                    new long[0][],
                    new float[0][],
                    0,
                    0,
                    0,
                    StageTimes.NONE);

    /** Choices in a layer. */
    public long total(int layer) {
        return Arrays.stream(counts[layer]).sum();
    }

    /** An expert's share of a layer's choices, 0 to 1. */
    public double share(int layer, int expert) {
        long total = total(layer);
        return total == 0 ? 0 : (double) counts[layer][expert] / total;
    }

    /**
     * How evenly a layer's experts are used: the entropy of their shares over that of equal shares,
     * 1 for all alike, 0 for always the same one.
     */
    public double balance(int layer) {
        int experts = counts[layer].length;
        if (experts < 2 || total(layer) == 0) {
            return 0;
        }
        double entropy = 0;
        for (int expert = 0; expert < experts; expert++) {
            double share = share(layer, expert);
            entropy -= share > 0 ? share * Math.log(share) : 0;
        }
        return entropy / Math.log(experts);
    }

    /** The mean balance of all layers. */
    public double balance() {
        double sum = 0;
        for (int layer = 0; layer < counts.length; layer++) {
            sum += balance(layer);
        }
        return counts.length == 0 ? 0 : sum / counts.length;
    }
}
