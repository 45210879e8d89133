package io.step3.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.step3.jinja.Json;
import io.step3.jinja.None;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** JSON as a template sees it, and as Python writes it. */
final class PythonJson {

    private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,1000}");

    private PythonJson() {}

    /** One line, with a space after every comma and colon. */
    static String write(JsonElement json) {
        return Json.write(value(json));
    }

    /** A JSON value as a template's value. */
    static Object value(JsonElement json) {
        return switch (json) {
            case JsonObject object -> {
                Map<String, Object> map = new LinkedHashMap<>();
                object.entrySet().forEach(e -> map.put(e.getKey(), value(e.getValue())));
                yield map;
            }
            case JsonArray array -> {
                List<Object> list = new ArrayList<>(array.size());
                array.forEach(item -> list.add(value(item)));
                yield list;
            }
            case JsonPrimitive primitive when primitive.isString() -> primitive.getAsString();
            case JsonPrimitive primitive when primitive.isBoolean() -> primitive.getAsBoolean();
            case JsonPrimitive number -> number(number.getAsString());
            default -> None.NONE;
        };
    }

    private static Object number(String text) {
        return WHOLE.matcher(text).matches() ? (Object) new BigInteger(text) : Double.valueOf(text);
    }
}
