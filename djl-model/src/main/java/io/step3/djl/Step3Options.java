package io.step3.djl;

import io.step3.model.Activations;
import io.step3.model.ModelOptions;
import java.util.Locale;
import java.util.Map;

/**
 * The options that {@code Criteria.optOption} takes: {@code contextLength} and {@code
 * prefillChunk}, both tokens, and {@code activations}, {@code float32} or {@code fp8}; see {@link
 * ModelOptions}.
 */
final class Step3Options {

    private Step3Options() {}

    static ModelOptions parse(Map<String, ?> options) {
        ModelOptions parsed = ModelOptions.DEFAULT;
        if (options == null) {
            return parsed;
        }
        for (Map.Entry<String, ?> option : options.entrySet()) {
            String value = String.valueOf(option.getValue());
            parsed =
                    switch (option.getKey()) {
                        case "contextLength" ->
                                parsed.withContextLength(number("contextLength", value));
                        case "prefillChunk" ->
                                parsed.withPrefillChunk(number("prefillChunk", value));
                        case "activations" -> parsed.withActivations(activations(value));
                        default -> parsed; // DJL passes options of its own through here
                    };
        }
        return parsed;
    }

    private static int number(String name, String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "option %s must be a whole number of tokens, not '%s'".formatted(name, value));
        }
    }

    private static Activations activations(String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "float32" -> Activations.FLOAT32;
            case "fp8" -> Activations.FP8;
            default ->
                    throw new IllegalArgumentException(
                            "option activations must be float32 or fp8, not '%s'".formatted(value));
        };
    }
}
