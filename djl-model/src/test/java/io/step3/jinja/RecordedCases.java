package io.step3.jinja;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Templates and what Python made of them.
 *
 * @param variables what all templates see
 */
record RecordedCases(Map<String, Object> variables, List<Case> cases) {

    /**
     * One template.
     *
     * @param expected null where Python refuses
     */
    record Case(String template, String expected) {}

    static RecordedCases read(String name) throws IOException {
        try (InputStreamReader in =
                new InputStreamReader(
                        RecordedCases.class.getResourceAsStream(name), StandardCharsets.UTF_8)) {
            JsonObject file = JsonParser.parseReader(in).getAsJsonObject();
            List<Case> cases = new ArrayList<>();
            for (JsonElement one : file.getAsJsonArray("cases")) {
                JsonElement expected = one.getAsJsonObject().get("expected");
                cases.add(
                        new Case(
                                one.getAsJsonObject().get("template").getAsString(),
                                expected.isJsonNull() ? null : expected.getAsString()));
            }
            Map<String, Object> variables = new LinkedHashMap<>();
            file.getAsJsonObject("variables")
                    .asMap()
                    .forEach((key, value) -> variables.put(key, value(value)));
            return new RecordedCases(variables, cases);
        }
    }

    private static Object value(JsonElement json) {
        return switch (json) {
            case JsonObject object -> {
                Map<String, Object> map = new LinkedHashMap<>();
                object.asMap().forEach((key, value) -> map.put(key, value(value)));
                yield map;
            }
            case JsonArray array -> array.asList().stream().map(RecordedCases::value).toList();
            case JsonNull none -> None.NONE;
            case JsonPrimitive one when one.isString() -> one.getAsString();
            case JsonPrimitive one when one.isBoolean() -> one.getAsBoolean();
            case JsonPrimitive number ->
                    number.getAsString().matches("-?[0-9]+")
                            ? new BigInteger(number.getAsString())
                            : (Object) number.getAsDouble();
            default -> throw new IllegalArgumentException(json.toString());
        };
    }
}
