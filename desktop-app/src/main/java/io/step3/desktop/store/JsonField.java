package io.step3.desktop.store;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;

/** Checks the fields that hold JSON for others: the store keeps them without reading them. */
final class JsonField {

    private static final Gson GSON = new Gson();

    private JsonField() {}

    /** Gives the text back if it is a JSON object. */
    static String object(String name, String json) throws StoreException.Refused {
        if (!parse(name, json).isJsonObject()) {
            throw new StoreException.Refused("The " + name + " must be a JSON object.");
        }
        return json;
    }

    /** Gives the text back if it is a JSON array. */
    static String array(String name, String json) throws StoreException.Refused {
        if (!parse(name, json).isJsonArray()) {
            throw new StoreException.Refused("The " + name + " must be a JSON array.");
        }
        return json;
    }

    private static JsonElement parse(String name, String json) throws StoreException.Refused {
        try {
            return GSON.getAdapter(JsonElement.class).fromJson(json);
        } catch (JsonParseException | java.io.IOException e) {
            throw new StoreException.Refused(
                    "The " + name + " is not valid JSON: " + e.getMessage(), e);
        }
    }
}
