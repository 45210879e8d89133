package io.step3.desktop.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import io.step3.chat.SamplingOptions;
import io.step3.json.StrictJson;
import java.util.List;
import java.util.function.Function;

/** Sampling parameters as the JSON object that conversations and presets keep. */
public final class SamplingJson {

    private SamplingJson() {}

    /** As JSON; what is left to the model is left out. */
    public static String write(SamplingOptions options) {
        JsonObject json = new JsonObject();
        add(json, "temperature", options.temperature());
        add(json, "top_k", options.topK());
        add(json, "top_p", options.topP());
        add(json, "min_p", options.minP());
        add(json, "repetition_penalty", options.repetitionPenalty());
        add(json, "presence_penalty", options.presencePenalty());
        add(json, "frequency_penalty", options.frequencyPenalty());
        add(json, "seed", options.seed());
        add(json, "max_tokens", options.maxTokens());
        add(json, "think_budget", options.thinkBudget());
        if (!options.stop().isEmpty()) {
            JsonArray stop = new JsonArray();
            options.stop().forEach(stop::add);
            json.add("stop", stop);
        }
        return json.toString();
    }

    private static void add(JsonObject json, String key, Number value) {
        if (value != null) {
            json.addProperty(key, value);
        }
    }

    /** From JSON, which may come from a file: a field that makes no sense is left to the model. */
    public static SamplingOptions read(String text) {
        JsonObject json;
        try {
            json = StrictJson.object(text);
        } catch (JsonParseException e) {
            return SamplingOptions.DEFAULT;
        }
        try {
            return SamplingOptions.builder()
                    .temperature(number(json, "temperature", JsonElement::getAsDouble))
                    .topK(number(json, "top_k", JsonElement::getAsInt))
                    .topP(number(json, "top_p", JsonElement::getAsDouble))
                    .minP(number(json, "min_p", JsonElement::getAsDouble))
                    .repetitionPenalty(number(json, "repetition_penalty", JsonElement::getAsDouble))
                    .presencePenalty(number(json, "presence_penalty", JsonElement::getAsDouble))
                    .frequencyPenalty(number(json, "frequency_penalty", JsonElement::getAsDouble))
                    .seed(number(json, "seed", JsonElement::getAsLong))
                    .maxTokens(number(json, "max_tokens", JsonElement::getAsInt))
                    .thinkBudget(number(json, "think_budget", JsonElement::getAsInt))
                    .stop(stop(json))
                    .build();
        } catch (IllegalArgumentException e) {
            return SamplingOptions.DEFAULT;
        }
    }

    private static List<String> stop(JsonObject json) {
        try {
            return json.has("stop")
                    ? json.getAsJsonArray("stop").asList().stream()
                            .map(JsonElement::getAsString)
                            .toList()
                    : List.of();
        } catch (RuntimeException e) {
            return List.of();
        }
    }

    private static <T> T number(JsonObject json, String key, Function<JsonElement, T> as) {
        try {
            return json.has(key) ? as.apply(json.get(key)) : null;
        } catch (RuntimeException e) {
            return null;
        }
    }
}
