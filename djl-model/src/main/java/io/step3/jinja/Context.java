package io.step3.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a template was given, and what it has set outside of all scopes.
 *
 * @param given the caller's variables and the functions that every template has
 * @param set the template's own
 */
record Context(Map<String, Object> given, Map<String, Object> set) {

    Context(Map<String, Object> given) {
        this(given, new HashMap<>());
    }

    /** The value, or null. */
    @Nullable Object get(String name) {
        Object own = set.get(name);
        if (own != null) {
            return own;
        }
        return given.get(name);
    }
}
