package io.step3.model;

import io.step3.checkpoint.Step3Tensor;
import io.step3.checkpoint.TextConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Where the parts of a network lie, by class of tensor. Each is computed where its weights are, and
 * activations cross where two neighbours lie apart.
 *
 * @param parts a place for each class but the routed experts
 * @param routed a place for the routed experts of each layer, from layer 0; of no account for
 *     layers that have none
 */
public record Placement(Map<TensorClass, Where> parts, List<Where> routed) {

    /** Copies what it is given. */
    public Placement {
        parts = Collections.unmodifiableMap(new EnumMap<>(parts));
        routed = List.copyOf(routed);
        if (parts.size() != TensorClass.values().length - 1
                || parts.containsKey(TensorClass.ROUTED)) {
            throw new IllegalArgumentException(
                    "a placement needs a place for each class, not only for " + parts.keySet());
        }
    }

    /** Everything at one place. */
    public static Placement all(Where where, TextConfig config) {
        Map<TensorClass, Where> parts = new EnumMap<>(TensorClass.class);
        for (TensorClass part : TensorClass.values()) {
            parts.put(part, where);
        }
        parts.remove(TensorClass.ROUTED);
        return new Placement(parts, Collections.nCopies(config.numHiddenLayers(), where));
    }

    /** The same with a class at another place; of the routed experts those of all layers. */
    public Placement with(TensorClass part, Where where) {
        if (part == TensorClass.ROUTED) {
            return withRouted(0, routed.size() - 1, where);
        }
        Map<TensorClass, Where> changed = new EnumMap<>(parts);
        changed.put(part, where);
        return new Placement(changed, routed);
    }

    /**
     * The same with the routed experts of some layers at another place.
     *
     * @param first layer, from 0
     * @param last layer, this one too
     */
    public Placement withRouted(int first, int last, Where where) {
        List<Where> changed = new ArrayList<>(routed);
        changed.subList(first, last + 1).replaceAll(_ -> where);
        return new Placement(parts, changed);
    }

    /** Where attention's projections, norms and routers are, and the residual stream. */
    public Where attention() {
        return parts.get(TensorClass.ATTENTION);
    }

    /** Where keys and values are. */
    public Where cache() {
        return parts.get(TensorClass.CACHE);
    }

    /** Where the shared experts are. */
    public Where shared() {
        return parts.get(TensorClass.SHARED);
    }

    /** Where the feed-forward of dense layers is. */
    public Where dense() {
        return parts.get(TensorClass.DENSE);
    }

    /** Where the vision tower is. */
    public Where vision() {
        return parts.get(TensorClass.VISION);
    }

    /** Where last norm and head are. */
    public Where head() {
        return parts.get(TensorClass.HEAD);
    }

    /** Where the embedding is, and pictures are put over it. */
    public Where embedding() {
        return parts.get(TensorClass.EMBEDDING);
    }

    /** Where a tensor of a layer is. */
    public Where of(Step3Tensor tensor, int layer) {
        TensorClass part = TensorClass.of(tensor);
        return part == TensorClass.ROUTED ? routed.get(layer) : parts.get(part);
    }

    /** Whether anything is there. */
    public boolean uses(Where where) {
        return parts.containsValue(where) || routed.contains(where);
    }

    /** Whether anything but the vision tower is there. */
    boolean decodes(Where where) {
        return routed.contains(where)
                || parts.entrySet().stream()
                        .anyMatch(p -> p.getKey() != TensorClass.VISION && p.getValue() == where);
    }

    /** As {@link PlacementRequest#parse} reads it. */
    @Override
    public String toString() {
        Where base = attention();
        StringBuilder text = new StringBuilder(base.label());
        for (TensorClass part : TensorClass.values()) {
            Where where = parts.getOrDefault(part, base);
            if (where != base) {
                text.append(',').append(part.label()).append('=').append(where.label());
            }
        }
        for (int from = 0; from < routed.size(); from++) {
            int to = from;
            while (to < routed.size() && routed.get(to) != base) {
                to++;
            }
            if (from == 0 && to == routed.size()) {
                text.append(",routed=").append(routed.getFirst().label());
            } else if (to > from) {
                text.append(",routed.").append(from);
                text.append(to == from + 1 ? "" : "-" + (to - 1));
                text.append('=').append(routed.get(from).label());
            }
            from = to;
        }
        return text.toString();
    }
}
