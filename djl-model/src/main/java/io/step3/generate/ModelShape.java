package io.step3.generate;

import java.util.List;

/**
 * The sizes of a network that an inspector needs.
 *
 * @param layers decoder layers
 * @param moeLayers numbers of the layers with experts, ascending, from 0
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
