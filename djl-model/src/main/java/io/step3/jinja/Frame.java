package io.step3.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A scope while it is being rendered: the values of its names. */
final class Frame {

    private final Budget budget;
    private final Names names;
    private final @Nullable Frame parent;
    private final Context context;
    private final Map<String, Object> values = new HashMap<>();

    Frame(Budget budget, Names names, @Nullable Frame parent, Context context) {
        this.budget = budget;
        this.names = names;
        this.parent = parent;
        this.context = context;
    }

    Context context() {
        return context;
    }

    /** Gives the names what they are at the beginning; parameters are set afterwards. */
    void enter() {
        for (Map.Entry<String, Names.Origin> name : names.origins().entrySet()) {
            switch (name.getValue()) {
                case PARAMETER -> {}
                case CONTEXT -> put(name.getKey(), context.get(name.getKey()));
                case OUTER -> put(name.getKey(), parent.find(name.getKey()));
                case UNSET -> put(name.getKey(), null);
            }
        }
    }

    /** Forgets all values. */
    void leave() {
        values.values().forEach(value -> budget.keep(-budget.bytes(value)));
        values.clear();
    }

    void put(String name, @Nullable Object value) {
        budget.spend(1);
        Object old = value == null ? values.remove(name) : values.put(name, value);
        budget.keep(budget.bytes(value) - budget.bytes(old));
    }

    /** The value of a name; null where it has none. */
    @Nullable Object find(String name) {
        for (Frame frame = this; frame != null; frame = frame.parent) {
            if (frame.names.has(name)) {
                return frame.values.get(name);
            }
        }
        return context.get(name);
    }

    /** Whether these are the names it is for. */
    boolean isOf(Names other) {
        return names == other;
    }

    /** What was set in this scope and those around, for a block that sees them. */
    Map<String, Object> locals() {
        Map<String, Object> locals = new HashMap<>();
        for (Frame frame = this; frame != null; frame = frame.parent) {
            for (String name : frame.names.stored()) {
                Object value = frame.values.get(name);
                if (value != null) {
                    locals.putIfAbsent(name, value);
                }
            }
        }
        return locals;
    }
}
