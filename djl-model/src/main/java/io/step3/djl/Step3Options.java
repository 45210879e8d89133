package io.step3.djl;

import io.step3.model.Activations;
import io.step3.model.ModelOptions;
import io.step3.model.PlacementRequest;
import io.step3.ops.KvFormat;
import java.util.Locale;
import java.util.Map;

/**
 * The options that {@code Criteria.optOption} takes: {@code contextLength} and {@code
 * prefillChunk}, both tokens, {@code activations}, {@code float32} or {@code fp8}, {@code
 * cacheMegabytes}, {@code cache}, {@code float32}, {@code f16}, {@code bf16} or {@code fp8}, {@code
 * liveMarks}, {@code true} or {@code false}, {@code threads}, and {@code placement}, {@code cpu},
 * {@code gpu} or {@code auto}, with exceptions if need be; see {@link ModelOptions}.
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
                                parsed.withContextLength(number("contextLength", "tokens", value));
                        case "prefillChunk" ->
                                parsed.withPrefillChunk(number("prefillChunk", "tokens", value));
                        case "activations" -> parsed.withActivations(activations(value));
                        case "cacheMegabytes" ->
                                parsed.withCacheMemory(
                                        number("cacheMegabytes", "megabytes", value) * 1_000_000L);
                        case "cache" -> parsed.withCacheFormat(cacheFormat(value));
                        case "threads" -> parsed.withThreads(number("threads", "threads", value));
                        case "placement" -> parsed.withPlacement(placement(value));
                        case "liveMarks" -> parsed.withLiveMarks(flag("liveMarks", value));
                        default -> parsed; // DJL passes options of its own through here
                    };
        }
        return parsed;
    }

    private static int number(String name, String unit, String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "option %s must be a whole number of %s, not '%s'"
                            .formatted(name, unit, value));
        }
    }

    private static boolean flag(String name, String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default ->
                    throw new IllegalArgumentException(
                            "option %s must be true or false, not '%s'".formatted(name, value));
        };
    }

    private static KvFormat cacheFormat(String value) {
        try {
            return ModelOptions.cacheFormat(value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("option cache: " + e.getMessage(), e);
        }
    }

    private static PlacementRequest placement(String value) {
        try {
            return PlacementRequest.parse(value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("option placement: " + e.getMessage(), e);
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
