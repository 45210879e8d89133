package io.step3.desktop.store;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import io.step3.json.StrictJson;

/** Checks the fields that hold JSON for others: the store keeps them without reading them. */
final class JsonField {

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
            return StrictJson.parse(json);
        } catch (JsonParseException e) {
            throw new StoreException.Refused(
                    "The " + name + " is not valid JSON: " + e.getMessage(), e);
        }
    }
}
