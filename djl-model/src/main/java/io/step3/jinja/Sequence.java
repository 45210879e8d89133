package io.step3.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.UnaryOperator;

/** A list or tuple. Nothing in a sandbox can change one. */
final class Sequence implements Iterable<Object> {

    /** What Python would call it. */
    enum Kind {
        LIST,
        TUPLE,
        /** What {@code groupby} makes: a tuple whose items have names, {@code grouper} and list. */
        GROUP
    }

    private final Kind kind;
    private final List<Object> items;
    private final Size size;

    private Sequence(Kind kind, List<Object> items, Size size) {
        this.kind = kind;
        this.items = items;
        this.size = size;
    }

    /** Takes the items as they are: the caller lets go of the list. */
    static Sequence of(Budget budget, Kind kind, List<Object> items) {
        budget.spend(1 + items.size());
        budget.take(64 + 8L * items.size());
        return new Sequence(kind, items, Size.of(budget, items));
    }

    static Sequence list(Budget budget, List<Object> items) {
        return of(budget, Kind.LIST, items);
    }

    static Sequence tuple(Budget budget, Object... items) {
        return of(budget, Kind.TUPLE, List.of(items));
    }

    /** One of the caller's own, which holds no memory beyond that. */
    static Sequence given(Budget budget, List<Object> items) {
        return new Sequence(Kind.LIST, items, Size.of(budget, items).given());
    }

    boolean isTuple() {
        return kind != Kind.LIST;
    }

    Kind kind() {
        return kind;
    }

    List<Object> items() {
        return items;
    }

    Object get(int index) {
        return items.get(index);
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

    Sequence map(Budget budget, UnaryOperator<Object> change) {
        List<Object> changed = new ArrayList<>(items.size());
        items.forEach(item -> changed.add(change.apply(item)));
        return of(budget, kind, changed);
    }

    @Override
    public Iterator<Object> iterator() {
        return items.iterator();
    }
}
