package io.step3.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * What a dict's {@code keys()}, {@code values()} and {@code items()} are: no lists.
 *
 * @param dict whose they are
 */
record DictView(Kind kind, Dict dict) {

    enum Kind {
        KEYS,
        VALUES,
        ITEMS
    }

    int size() {
        return dict.size();
    }

    String typeName() {
        return switch (kind) {
            case KEYS -> "dict_keys";
            case VALUES -> "dict_values";
            case ITEMS -> "dict_items";
        };
    }

    List<Object> list(Budget budget) {
        budget.spend(size());
        budget.take(8L * size());
        return switch (kind) {
            case KEYS -> dict.keys();
            case VALUES -> dict.values();
            case ITEMS -> {
                List<Object> items = new ArrayList<>(size());
                for (Dict.Item item : dict.items()) {
                    items.add(Sequence.tuple(budget, item.key(), item.value()));
                }
                yield items;
            }
        };
    }
}
