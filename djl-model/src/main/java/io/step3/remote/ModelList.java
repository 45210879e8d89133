package io.step3.remote;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.step3.chat.Ability;
import io.step3.json.StrictJson;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/** What {@code GET /models} tells. */
record ModelList(List<Entry> models) {

    /** The most bytes of a list that is read. */
    static final int MOST_BYTES = 1 << 20;

    /** The most names that a sentence lists. */
    private static final int MOST_NAMED = 10;

    private static final int MOST_NAME_CHARS = 512;

    /**
     * One model.
     *
     * @param abilities what the server says it can do; all of Step3's where it says nothing
     */
    record Entry(String name, OptionalInt contextLength, Set<Ability> abilities) {}

    /**
     * Reads a list; entries without a name are left out.
     *
     * @throws IllegalArgumentException if it is none
     * @throws com.google.gson.JsonParseException if it is not JSON
     */
    static ModelList parse(String json) {
        if (!(StrictJson.object(json).get("data") instanceof JsonArray data)) {
            throw new IllegalArgumentException("it has no data");
        }
        List<Entry> models = new ArrayList<>();
        for (JsonElement element : data) {
            if (element instanceof JsonObject model
                    && model.get("id") instanceof JsonPrimitive id
                    && id.isString()
                    && id.getAsString().length() <= MOST_NAME_CHARS) {
                models.add(
                        new Entry(
                                id.getAsString(),
                                length(model.get("max_model_len")),
                                abilities(model.get("abilities"))));
            }
        }
        return new ModelList(models);
    }

    private static OptionalInt length(JsonElement value) {
        if (value instanceof JsonPrimitive number && number.isNumber()) {
            double length = Double.parseDouble(number.getAsString());
            if (length >= 1 && length == (int) length) {
                return OptionalInt.of((int) length);
            }
        }
        return OptionalInt.empty();
    }

    private static Set<Ability> abilities(JsonElement value) {
        if (!(value instanceof JsonArray words)) {
            return Set.of(Ability.values());
        }
        Set<Ability> abilities = EnumSet.noneOf(Ability.class);
        for (Ability ability : Ability.values()) {
            var name = new JsonPrimitive(ability.name().toLowerCase(Locale.ROOT));
            if (words.contains(name)) {
                abilities.add(ability);
            }
        }
        return Set.copyOf(abilities);
    }

    /**
     * The model of a name, or the only one where no name is given.
     *
     * @throws IllegalArgumentException if there is no such model; the message says which there are
     */
    Entry choose(String name, String host) {
        if (name.isEmpty() && models.size() == 1) {
            return models.getFirst();
        }
        if (name.isEmpty()) {
            throw new IllegalArgumentException(
                    models.isEmpty()
                            ? "the server at %s has no model".formatted(host)
                            : "the server at %s has several models (%s): choose one with ?model=NAME"
                                    .formatted(host, names()));
        }
        return models.stream()
                .filter(model -> model.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "the server at %s has no model %s (it has: %s)"
                                                .formatted(host, name, names())));
    }

    private String names() {
        String named =
                models.stream()
                        .limit(MOST_NAMED)
                        .map(Entry::name)
                        .collect(Collectors.joining(", "));
        return models.size() > MOST_NAMED ? named + ", ..." : named;
    }
}
