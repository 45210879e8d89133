package io.step3.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A JSON value that comes from outside, and where it stood, so that errors can say where. */
record JsonPath(String path, JsonElement value) {

    /** A field of this object; nothing where it is absent or null. */
    Optional<JsonPath> get(String name) {
        JsonElement field = object().get(name);
        return field == null || field instanceof JsonNull
                ? Optional.empty()
                : Optional.of(new JsonPath(under(name), field));
    }

    private String under(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /** A field that must be there. */
    JsonPath require(String name) {
        return get(name)
                .orElseThrow(() -> new FieldException(under(name), under(name) + " is missing."));
    }

    JsonObject object() {
        if (value instanceof JsonObject object) {
            return object;
        }
        throw wrong("an object");
    }

    List<JsonPath> items() {
        if (!(value instanceof JsonArray array)) {
            throw wrong("an array");
        }
        List<JsonPath> items = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            items.add(new JsonPath(path + "[" + i + "]", array.get(i)));
        }
        return items;
    }

    boolean isString() {
        return value instanceof JsonPrimitive primitive && primitive.isString();
    }

    boolean isArray() {
        return value instanceof JsonArray;
    }

    String string() {
        if (isString()) {
            return value.getAsString();
        }
        throw wrong("a string");
    }

    boolean bool() {
        if (value instanceof JsonPrimitive primitive && primitive.isBoolean()) {
            return primitive.getAsBoolean();
        }
        throw wrong("true or false");
    }

    double number() {
        if (value instanceof JsonPrimitive primitive && primitive.isNumber()) {
            return Double.parseDouble(primitive.getAsString());
        }
        throw wrong("a number");
    }

    int integer() {
        double number = number();
        if (number == (int) number) {
            return (int) number;
        }
        throw wrong("an integer");
    }

    long longInteger() {
        number();
        try {
            return Long.parseLong(value.getAsString());
        } catch (NumberFormatException e) {
            throw wrong("an integer of 64 bits");
        }
    }

    private IllegalArgumentException wrong(String wanted) {
        return refuse((path.isEmpty() ? "The JSON text" : path) + " must be " + wanted + ".");
    }

    /** An exception that says what is wrong here. */
    FieldException refuse(String message) {
        return new FieldException(path, message);
    }
}
