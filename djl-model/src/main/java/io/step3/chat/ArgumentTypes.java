package io.step3.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import io.step3.json.StrictJson;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The types that a tool's JSON schema declares for its arguments. The model writes every value as
 * text; it becomes the first declared type that fits, and stays a string where none does.
 */
final class ArgumentTypes {

    static final ArgumentTypes UNDECLARED = new ArgumentTypes(new JsonObject());

    private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]+");
    private static final Pattern NUMBER =
            Pattern.compile("[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?");

    private static final int MAX_DIGITS = StrictJson.MAX_NUMBER_LENGTH;

    private final Map<String, List<String>> types = new HashMap<>();

    ArgumentTypes(JsonObject schema) {
        if (schema.get("properties") instanceof JsonObject properties) {
            for (Map.Entry<String, JsonElement> property : properties.entrySet()) {
                if (property.getValue() instanceof JsonObject declaration) {
                    types.put(property.getKey(), declaredTypes(declaration));
                }
            }
        }
    }

    private static List<String> declaredTypes(JsonObject declaration) {
        List<String> names = new ArrayList<>();
        addTypes(declaration.get("type"), names);
        for (String union : List.of("anyOf", "oneOf")) {
            if (declaration.get(union) instanceof JsonArray alternatives) {
                for (JsonElement alternative : alternatives) {
                    if (alternative instanceof JsonObject one) {
                        addTypes(one.get("type"), names);
                    }
                }
            }
        }
        return names;
    }

    private static void addTypes(JsonElement type, List<String> names) {
        if (type instanceof JsonArray several) {
            several.forEach(one -> addTypes(one, names));
        } else if (type instanceof JsonPrimitive one && one.isString()) {
            names.add(one.getAsString());
        }
    }

    /** The value of an argument as the first declared type that it fits, else as a string. */
    JsonElement typed(String name, String value) {
        for (String type : types.getOrDefault(name, List.of())) {
            JsonElement typed = as(type, value);
            if (typed != null) {
                return typed;
            }
        }
        return new JsonPrimitive(value);
    }

    /** The value as a type, or null where it does not fit. */
    private static @Nullable JsonElement as(String type, String value) {
        return switch (type) {
            case "string" -> new JsonPrimitive(value);
            case "integer" -> integer(value);
            case "number" -> number(value);
            case "boolean" ->
                    value.equalsIgnoreCase("true") || value.equalsIgnoreCase("false")
                            ? new JsonPrimitive(Boolean.valueOf(value))
                            : null;
            case "null" -> value.equalsIgnoreCase("null") ? JsonNull.INSTANCE : null;
            case "object" -> json(value) instanceof JsonObject object ? object : null;
            case "array" -> json(value) instanceof JsonArray array ? array : null;
            default -> null;
        };
    }

    private static @Nullable JsonElement integer(String value) {
        boolean fits = value.length() <= MAX_DIGITS && INTEGER.matcher(value).matches();
        return fits ? new JsonPrimitive(new BigInteger(value)) : null;
    }

    private static @Nullable JsonElement number(String value) {
        JsonElement whole = integer(value);
        if (whole != null) {
            return whole;
        }
        if (value.length() > MAX_DIGITS || !NUMBER.matcher(value).matches()) {
            return null;
        }
        double number = Double.parseDouble(value);
        return Double.isInfinite(number) ? null : new JsonPrimitive(number);
    }

    private static @Nullable JsonElement json(String value) {
        try {
            return StrictJson.parse(value);
        } catch (JsonParseException e) {
            return null;
        }
    }
}
