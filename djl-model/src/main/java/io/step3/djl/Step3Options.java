package io.step3.djl;

import io.step3.model.Activations;
import io.step3.model.ModelOptions;
import io.step3.model.PlacementRequest;
import io.step3.ops.KvFormat;
import io.step3.remote.ApiKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The options that {@code Criteria.optOption} takes: {@code contextLength} and {@code
 * prefillChunk}, both tokens, {@code activations}, {@code float32} or {@code fp8}, {@code
 * cacheMegabytes}, {@code cache}, {@code float32}, {@code f16}, {@code bf16} or {@code fp8}, {@code
 * liveMarks}, {@code true} or {@code false}, {@code threads}, and {@code placement}, {@code cpu},
 * {@code gpu} or {@code auto}, with exceptions if need be; see {@link ModelOptions}. A model on a
 * server takes {@code apiKeyFile} alone.
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

    /**
     * The key for a server: {@code apiKeyFile} names the file that holds it, else the environment
     * variable does. It is no option itself, for DJL writes options into its log.
     */
    static Optional<ApiKey> key(@Nullable Map<String, ?> options) throws IOException {
        if (options != null && options.containsKey("apiKey")) {
            throw new IllegalArgumentException(
                    "option apiKey would show the key in DJL's log: name a file that holds it with option apiKeyFile, or set "
                            + ApiKey.VARIABLE);
        }
        Object file = options == null ? null : options.get("apiKeyFile");
        return file == null
                ? ApiKey.ofEnvironment()
                : Optional.of(ApiKey.ofFile(Path.of(file.toString())));
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
