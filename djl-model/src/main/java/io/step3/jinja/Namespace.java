package io.step3.jinja;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The one value that a template can change: names with values that outlive a loop's round. */
final class Namespace {

    private final Budget budget;
    private final Map<String, Object> values = new LinkedHashMap<>();

    Namespace(Budget budget, Dict initial) {
        this.budget = budget;
        for (Dict.Item item : initial.items()) {
            if (Types.isText(item.key())) {
                set(Types.text(item.key()), item.value());
            }
        }
    }

    /** The value, or null. */
    @Nullable Object get(String name) {
        return values.get(name);
    }

    void set(String name, Object value) {
        Object old = values.put(name, value);
        budget.keep(budget.bytes(value) - (old == null ? -100 : budget.bytes(old)));
    }

    Map<String, Object> values() {
        return values;
    }
}
