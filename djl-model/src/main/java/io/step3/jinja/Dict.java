package io.step3.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A dict in the order of its keys. Nothing in a sandbox can change one. */
final class Dict {

    /**
     * A key as it was given, and its value.
     *
     * @param key the first of equal keys, as in Python
     */
    record Item(Object key, Object value) {}

    private final Map<Object, Item> items;
    private final Size size;

    private Dict(Map<Object, Item> items, Size size) {
        this.items = items;
        this.size = size;
    }

    /** Collects items; later values of a key replace earlier ones. */
    static final class Builder {
        private final Budget budget;
        private final Map<Object, Item> items = new LinkedHashMap<>();

        Builder(Budget budget) {
            this.budget = budget;
        }

        Builder put(Object key, Object value) {
            budget.spend(2);
            budget.take(100);
            Object hashed = Equality.key(budget, key);
            Item old = items.get(hashed);
            items.put(hashed, new Item(old == null ? key : old.key(), value));
            return this;
        }

        Builder putAll(Dict other) {
            other.items.values().forEach(item -> put(item.key(), item.value()));
            return this;
        }

        Dict build() {
            return new Dict(items, sizeOf(budget, items));
        }

        /** One of the caller's own, which holds no memory beyond that. */
        Dict given() {
            return new Dict(items, sizeOf(budget, items).given());
        }
    }

    private static Size sizeOf(Budget budget, Map<Object, Item> items) {
        List<Object> keys = new ArrayList<>(items.size());
        List<Object> values = new ArrayList<>(items.size());
        for (Item item : items.values()) {
            keys.add(item.key());
            values.add(item.value());
        }
        return Size.of(budget, keys).plus(budget, Size.of(budget, values));
    }

    /** The value, or null. */
    @Nullable Object get(Budget budget, Object key) {
        Item item = items.get(Equality.key(budget, key));
        return item == null ? null : item.value();
    }

    boolean has(Budget budget, Object key) {
        return items.containsKey(Equality.key(budget, key));
    }

    Iterable<Item> items() {
        return items.values();
    }

    List<Object> keys() {
        List<Object> keys = new ArrayList<>(items.size());
        items.values().forEach(item -> keys.add(item.key()));
        return keys;
    }

    List<Object> values() {
        List<Object> values = new ArrayList<>(items.size());
        items.values().forEach(item -> values.add(item.value()));
        return values;
    }

    int size() {
        return items.size();
    }

    long bytes() {
        return size.bytes();
    }

    Size weight() {
        return size;
    }
}
