package io.step3.model;

import io.step3.checkpoint.TextConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where somebody wants the parts of a network to lie. */
public sealed interface PlacementRequest {

    /** On a device what fits and serves best, the rest on the CPU; without a device all of it. */
    PlacementRequest AUTO = new Fitting();

    /** Everything on the CPU; no device is looked for. */
    PlacementRequest CPU = new Given(Where.CPU, List.of());

    /** Everything on the device. */
    PlacementRequest GPU = new Given(Where.GPU, List.of());

    /** What fits. */
    record Fitting() implements PlacementRequest {
        @Override
        public String toString() {
            return "auto";
        }
    }

    /**
     * Everything at one place, but for exceptions, of which later ones go over earlier ones.
     *
     * @param base where what is not named lies
     */
    record Given(Where base, List<Rule> exceptions) implements PlacementRequest {

        /** Copies the list. */
        public Given {
            exceptions = List.copyOf(exceptions);
        }

        /**
         * A class at another place.
         *
         * @param first the first layer that is meant, from 0; only of routed experts
         * @param last the last layer that is meant, or -1 for all that there are
         */
        public record Rule(TensorClass part, int first, int last, Where where) {
            @Override
            public String toString() {
                String layers = last < 0 ? "" : "." + first + (last > first ? "-" + last : "");
                return part.label() + layers + "=" + where.label();
            }
        }

        /**
         * The placement that is meant.
         *
         * @throws IllegalArgumentException if the model has no layer of a number that is named
         */
        public Placement of(TextConfig config) {
            Placement placement = Placement.all(base, config);
            for (Rule rule : exceptions) {
                placement =
                        rule.last() < 0
                                ? placement.with(rule.part(), rule.where())
                                : layers(placement, rule, config.numHiddenLayers());
            }
            return placement;
        }

        private static Placement layers(Placement placement, Rule routed, int layers) {
            if (routed.last() >= layers) {
                throw new IllegalArgumentException(
                        "the placement names layer %d, but this model has layers 0 to %d"
                                .formatted(routed.last(), layers - 1));
            }
            return placement.withRouted(routed.first(), routed.last(), routed.where());
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(base.label());
            exceptions.forEach(rule -> text.append(',').append(rule));
            return text.toString();
        }

        /** Whether anything is asked for there. */
        boolean names(Where where) {
            return base == where || exceptions.stream().anyMatch(e -> e.where() == where);
        }
    }

    /** Whether a device may be used, so that one is to be looked for. */
    default boolean mayUseDevice() {
        return !(this instanceof Given given) || given.names(Where.GPU);
    }

    /**
     * Reads {@code cpu}, {@code gpu}, {@code auto}, or {@code cpu} or {@code gpu} with exceptions:
     * {@code gpu,vision=cpu,routed.9-60=cpu}. An exception names a class ({@code cache}, {@code
     * attention}, {@code shared}, {@code head}, {@code dense}, {@code vision}, {@code routed},
     * {@code embedding}, or {@code routed.N} or {@code routed.N-M} of layer N, or N to M) and its
     * place.
     *
     * @throws IllegalArgumentException if it is none of these
     */
    static PlacementRequest parse(String text) {
        if (text.equals("auto")) {
            return AUTO;
        }
        String[] parts = text.split(",", -1);
        List<Given.Rule> exceptions = new ArrayList<>();
        for (int i = 1; i < parts.length; i++) {
            exceptions.add(rule(parts[i]));
        }
        return new Given(where(parts[0], text), exceptions);
    }

    private static Given.Rule rule(String text) {
        Matcher parts =
                Pattern.compile("([a-z]+)(?:\\.(\\d{1,6})(?:-(\\d{1,6}))?)?=(.*)").matcher(text);
        if (!parts.matches()) {
            throw unknown(text);
        }
        TensorClass part = TensorClass.labelled(parts.group(1)).orElseThrow(() -> unknown(text));
        Where where = where(parts.group(4), text);
        if (parts.group(2) == null) {
            return new Given.Rule(part, 0, -1, where);
        }
        int first = Integer.parseInt(parts.group(2));
        int last = parts.group(3) == null ? first : Integer.parseInt(parts.group(3));
        if (part != TensorClass.ROUTED || last < first) {
            throw unknown(text);
        }
        return new Given.Rule(part, first, last, where);
    }

    private static Where where(String label, String text) {
        return switch (label) {
            case "cpu" -> Where.CPU;
            case "gpu" -> Where.GPU;
            default -> throw unknown(text);
        };
    }

    private static IllegalArgumentException unknown(String text) {
        return new IllegalArgumentException(
                "a placement is cpu, gpu, auto, or one with exceptions such as"
                        + " gpu,vision=cpu,routed.9-60=cpu, not '%s'".formatted(text));
    }
}
