package io.step3.desktop.model;

import java.util.List;

/**
 * What the inside panel needs to know of a model.
 *
 * @param moeLayers numbers of the layers with experts, ascending
 * @param experts routed experts of such a layer
 * @param topK how many of them a token visits
 * @param cacheBytesPerToken keys and values of one token in all layers
 */
public record ModelShape(
        int layers, List<Integer> moeLayers, int experts, int topK, long cacheBytesPerToken) {
    public ModelShape {
        moeLayers = List.copyOf(moeLayers);
    }
}
