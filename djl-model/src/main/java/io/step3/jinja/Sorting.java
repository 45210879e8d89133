package io.step3.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Items in order. */
final class Sorting {

    private record Keyed(Object key, Object item) {}

    private Sorting() {}

    static Sequence sort(Budget budget, Object value, @Nullable Object[] bound) {
        Object sensitive = bound[1];
        Object attribute = bound[2];
        List<UnaryOperator<Object>> keys = new ArrayList<>();
        if (attribute != null && Types.isText(attribute)) {
            String names = Types.text(attribute);
            Splitting.split(budget, names, ",", Long.MAX_VALUE, false)
                    .forEach(one -> keys.add(Keys.comparable(budget, sensitive, one, null)));
        } else {
            keys.add(Keys.comparable(budget, sensitive, attribute, null));
        }
        UnaryOperator<Object> key =
                item -> {
                    List<Object> parts = new ArrayList<>();
                    keys.forEach(one -> parts.add(one.apply(item)));
                    return Sequence.list(budget, parts);
                };
        boolean reverse = bound[0] != null && Types.truth(budget, bound[0]);
        return sorted(budget, Iteration.list(budget, value), key, reverse);
    }

    static Sequence dictSort(Budget budget, Object value, @Nullable Object[] bound) {
        if (!(value instanceof Dict dict)) {
            throw value instanceof Undefined undefined
                    ? undefined.refuse()
                    : TemplateException.value("'dictsort' takes a dict");
        }
        Object by = bound[1] == null ? "key" : bound[1];
        if (!by.equals("key") && !by.equals("value")) {
            throw TemplateException.value("You can only sort by either \"key\" or \"value\"");
        }
        long place = by.equals("key") ? 0 : 1;
        boolean reverse = bound[2] != null && Types.truth(budget, bound[2]);
        return sorted(
                budget,
                new DictView(DictView.Kind.ITEMS, dict).list(budget),
                Keys.comparable(budget, bound[0], place, null),
                reverse);
    }

    /** In the order of their keys; equal ones stay as they were. */
    static Sequence sorted(
            Budget budget, List<Object> items, UnaryOperator<Object> key, boolean reverse) {
        List<Keyed> keyed = new ArrayList<>(items.size());
        for (Object item : items) {
            budget.spend(1);
            budget.take(40);
            keyed.add(new Keyed(key.apply(item), item));
        }
        if (reverse) {
            Collections.reverse(keyed);
        }
        try {
            keyed.sort((a, b) -> Equality.compare(budget, "<", a.key(), b.key()));
        } catch (IllegalArgumentException e) {
            throw TemplateException.value("it sorts what has no order");
        }
        if (reverse) {
            Collections.reverse(keyed);
        }
        List<Object> sorted = new ArrayList<>(items.size());
        keyed.forEach(one -> sorted.add(one.item()));
        return Sequence.list(budget, sorted);
    }
}
