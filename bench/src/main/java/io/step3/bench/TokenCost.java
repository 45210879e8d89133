package io.step3.bench;

import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.TensorInfo;
import io.step3.checkpoint.TextConfig;
import io.step3.model.Step3Model;

/**
 * What a token costs, by the sizes of the tensors that it passes.
 *
 * @param weightBytes read to decode one token alone
 * @param weights that each token of a prompt is multiplied with: without the head, which only the
 *     last one sees
 * @param allWeights that a token which is written is multiplied with
 * @param cacheBytes of keys and values that decoding reads for each token before
 */
record TokenCost(long weightBytes, long weights, long allWeights, long cacheBytes) {

    static TokenCost of(Step3Model model) {
        Checkpoint checkpoint = model.checkpoint();
        TextConfig text = checkpoint.config().text();
        double chosen = (double) text.moeTopK() / text.moeNumExperts();
        double bytes = 0;
        double weights = 0;
        double head = 0;
        for (TensorInfo info : checkpoint.tensors().infos()) {
            String name = info.name();
            if (!name.startsWith("model.") && !name.startsWith("lm_head.")
                    || name.contains("embed_tokens")) {
                continue; // the vision tower; one row of the embedding
            }
            boolean routed = name.contains(".moe.") && !name.contains(".moe.gate.");
            double share = routed ? chosen : 1;
            bytes += share * info.bytes();
            if (name.startsWith("lm_head.")) {
                head += info.elements();
            } else if (!name.endsWith("_scale_inv")) {
                weights += share * info.elements();
            }
        }
        long cache = model.options().cacheBytesPerToken(text);
        return new TokenCost((long) bytes, (long) weights, (long) (weights + head), cache);
    }
}
