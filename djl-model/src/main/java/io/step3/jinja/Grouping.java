package io.step3.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Items in groups. */
final class Grouping {

    private Grouping() {}

    /** Groups of so many; the last is filled up. */
    static Lazy batch(Budget budget, Object value, @Nullable Object[] bound) {
        long size = Indexes.size(bound[0]);
        Object fill = bound[1] == None.NONE ? null : bound[1];
        Iterator<Object> items = Iteration.of(budget, value);
        if (size == 0) {
            throw TemplateException.value("'batch' makes groups of at least one item");
        }
        return Lazy.of(
                budget,
                () -> {
                    List<Object> group = new ArrayList<>();
                    while (items.hasNext() && group.size() != size) {
                        budget.spend(1);
                        budget.take(8);
                        group.add(items.next());
                    }
                    if (group.isEmpty()) {
                        return null;
                    }
                    if (fill != null && group.size() < size) {
                        budget.spend(size);
                        budget.take(8 * size);
                        while (group.size() < size) {
                            group.add(fill);
                        }
                    }
                    return Sequence.list(budget, group);
                });
    }

    /** So many groups of about equal size; those that lack an item are filled up. */
    static Lazy slice(Budget budget, Object value, @Nullable Object[] bound) {
        List<Object> items = Iteration.list(budget, value);
        int slices = Indexes.size(bound[0]);
        Object fill = bound[1] == None.NONE ? null : bound[1];
        if (slices == 0) {
            throw TemplateException.value("integer division or modulo by zero");
        }
        if (slices < 0) {
            return new Lazy(List.of().iterator());
        }
        int each = items.size() / slices;
        int longer = items.size() % slices;
        int[] next = {0, 0};
        return Lazy.of(
                budget,
                () -> {
                    int slice = next[0]++;
                    if (slice >= slices) {
                        return null;
                    }
                    int start = next[1];
                    int end = start + each + (slice < longer ? 1 : 0);
                    next[1] = end;
                    List<Object> group = new ArrayList<>(items.subList(start, end));
                    if (fill != null && slice >= longer) {
                        group.add(fill);
                    }
                    return Sequence.list(budget, group);
                });
    }

    static Sequence groupBy(Budget budget, Object value, @Nullable Object[] bound) {
        UnaryOperator<Object> key = Keys.comparable(budget, bound[2], bound[0], bound[1]);
        UnaryOperator<Object> shown = Keys.attribute(budget, bound[0], bound[1]);
        Sequence sorted = Sorting.sorted(budget, Iteration.list(budget, value), key, false);
        List<Object> groups = new ArrayList<>();
        List<Object> group = new ArrayList<>();
        Object current = null;
        for (Object item : sorted) {
            Object itemKey = key.apply(item);
            if (!group.isEmpty() && !Equality.same(budget, current, itemKey)) {
                groups.add(group(budget, shown, group));
                group = new ArrayList<>();
            }
            if (group.isEmpty()) {
                current = itemKey;
            }
            group.add(item);
        }
        if (!group.isEmpty()) {
            groups.add(group(budget, shown, group));
        }
        return Sequence.list(budget, groups);
    }

    private static Sequence group(Budget budget, UnaryOperator<Object> shown, List<Object> items) {
        return Sequence.of(
                budget,
                Sequence.Kind.GROUP,
                List.of(shown.apply(items.getFirst()), Sequence.list(budget, items)));
    }
}
