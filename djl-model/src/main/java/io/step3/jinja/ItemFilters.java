package io.step3.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Filters of lists and whatever else has items. */
final class ItemFilters {

    private final Interpreter interpreter;
    private final Budget budget;

    private ItemFilters(Interpreter interpreter) {
        this.interpreter = interpreter;
        this.budget = interpreter.budget();
    }

    static Object apply(Interpreter interpreter, String name, Object value, Arguments all) {
        return new ItemFilters(interpreter).apply(name, value, all);
    }

    private Object apply(String name, Object value, Arguments all) {
        return switch (name) {
            case "count", "length" -> {
                all.bind(name);
                yield Iteration.length(budget, value);
            }
            case "list" -> {
                all.bind(name);
                yield Sequence.list(budget, Iteration.list(budget, value));
            }
            case "first" -> {
                all.bind(name);
                Iterator<Object> items = Iteration.of(budget, value);
                yield items.hasNext()
                        ? items.next()
                        : new Undefined("No first item, sequence was empty.");
            }
            case "last" -> {
                all.bind(name);
                List<Object> reversed = reversible(value);
                yield reversed.isEmpty()
                        ? new Undefined("No last item, sequence was empty.")
                        : reversed.getLast();
            }
            case "reverse" -> {
                all.bind(name);
                yield reverse(value);
            }
            case "items" -> {
                all.bind(name);
                yield items(value);
            }
            case "join" -> join(value, all.bind(name, "d", "attribute"));
            case "map" -> map(value, all);
            case "select" -> select(value, all, false, true);
            case "reject" -> select(value, all, false, false);
            case "selectattr" -> select(value, all, true, true);
            case "rejectattr" -> select(value, all, true, false);
            case "batch" ->
                    Grouping.batch(budget, value, all.bind(name, "linecount!", "fill_with"));
            case "slice" -> Grouping.slice(budget, value, all.bind(name, "slices!", "fill_with"));
            case "groupby" ->
                    Grouping.groupBy(
                            budget,
                            value,
                            all.bind(name, "attribute!", "default", "case_sensitive"));
            case "sort" ->
                    Sorting.sort(
                            budget,
                            value,
                            all.bind(name, "reverse", "case_sensitive", "attribute"));
            case "dictsort" ->
                    Sorting.dictSort(
                            budget, value, all.bind(name, "case_sensitive", "by", "reverse"));
            case "min", "max" ->
                    extreme(name, value, all.bind(name, "case_sensitive", "attribute"));
            case "unique" -> unique(value, all.bind(name, "case_sensitive", "attribute"));
            default -> sum(value, all.bind(name, "attribute", "start"));
        };
    }

    private List<Object> reversible(Object value) {
        if (value instanceof Lazy) {
            throw TemplateException.value("'generator' object is not reversible");
        }
        return Iteration.list(budget, value);
    }

    private Object reverse(Object value) {
        if (Types.isText(value)) {
            String text = Types.text(value);
            budget.write(text.length());
            String reversed = new StringBuilder(text).reverse().toString();
            return value instanceof Markup ? new Markup(reversed) : reversed;
        }
        List<Object> items = Iteration.list(budget, value);
        Collections.reverse(items);
        return value instanceof Lazy ? Sequence.list(budget, items) : new Lazy(items.iterator());
    }

    private Object items(Object value) {
        if (value instanceof Undefined) {
            return new Lazy(Collections.emptyIterator());
        }
        if (!(value instanceof Dict dict)) {
            throw TemplateException.value("Can only get item pairs from a mapping.");
        }
        return new Lazy(new DictView(DictView.Kind.ITEMS, dict).list(budget).iterator());
    }

    private Object join(Object value, @Nullable Object[] bound) {
        UnaryOperator<Object> part = Keys.attribute(budget, bound[1], null);
        List<Object> parts = Iteration.list(budget, value);
        Object separator = bound[0] == null ? "" : bound[0];
        if (interpreter.autoescape()) {
            List<Object> mapped = new ArrayList<>();
            parts.forEach(item -> mapped.add(part.apply(item)));
            boolean escapes =
                    separator instanceof Markup
                            || mapped.stream().anyMatch(Markup.class::isInstance);
            if (escapes) {
                return new Method(Markup.escape(budget, separator), "join")
                        .call(budget, Arguments.of(Sequence.list(budget, mapped)));
            }
        }
        String between = Repr.str(budget, separator);
        TextBuilder out = new TextBuilder(budget);
        for (int i = 0; i < parts.size(); i++) {
            if (i > 0) {
                out.append(between);
            }
            out.append(Repr.str(budget, part.apply(parts.get(i))));
        }
        return out.toString();
    }

    /** Each item changed when it is asked for; nothing where the value is false. */
    private Object map(Object value, Arguments all) {
        if (!Types.truth(budget, value)) {
            return new Lazy(Collections.emptyIterator());
        }
        UnaryOperator<Object> change = change(all);
        Iterator<Object> items = Iteration.of(budget, value);
        return Lazy.of(
                budget,
                () -> {
                    budget.spend(1);
                    return items.hasNext() ? change.apply(items.next()) : null;
                });
    }

    private UnaryOperator<Object> change(Arguments all) {
        if (all.positional().isEmpty()) {
            @Nullable Object[] bound = all.bind("map", "attribute!", "default");
            return Keys.attribute(budget, bound[0], bound[1]);
        }
        String filter = TextMethods.string("map", all.positional().getFirst());
        Arguments rest = all.from(1);
        return item -> {
            budget.enter();
            Object changed = Filters.apply(interpreter, filter, item, rest);
            budget.leave();
            return changed;
        };
    }

    private Object select(Object value, Arguments all, boolean byAttribute, boolean wanted) {
        if (!Types.truth(budget, value)) {
            return new Lazy(Collections.emptyIterator());
        }
        Predicate<Object> test = test(all, byAttribute);
        Iterator<Object> items = Iteration.of(budget, value);
        return Lazy.of(
                budget,
                () -> {
                    while (items.hasNext()) {
                        budget.spend(1);
                        Object item = items.next();
                        if (test.test(item) == wanted) {
                            return item;
                        }
                    }
                    return null;
                });
    }

    private Predicate<Object> test(Arguments all, boolean byAttribute) {
        int first = byAttribute ? 1 : 0;
        if (byAttribute && all.positional().isEmpty()) {
            throw TemplateException.value("Missing parameter for attribute name");
        }
        UnaryOperator<Object> part =
                byAttribute
                        ? Keys.attribute(budget, all.positional().getFirst(), null)
                        : UnaryOperator.identity();
        if (all.positional().size() == first) {
            return item -> Types.truth(budget, part.apply(item));
        }
        String test = TextMethods.string("select", all.positional().get(first));
        Arguments rest = all.from(first + 1);
        return item -> {
            budget.enter();
            boolean holds =
                    Types.truth(budget, Tests.apply(interpreter, test, part.apply(item), rest));
            budget.leave();
            return holds;
        };
    }

    private Object extreme(String name, Object value, @Nullable Object[] bound) {
        UnaryOperator<Object> key = Keys.comparable(budget, bound[0], bound[1], null);
        Object best = null;
        Object bestKey = null;
        Iterator<Object> items = Iteration.of(budget, value);
        while (items.hasNext()) {
            Object item = items.next();
            Object itemKey = key.apply(item);
            boolean better =
                    best == null
                            || (name.equals("min")
                                    ? Equality.compare(budget, "<", itemKey, bestKey) < 0
                                    : Equality.compare(budget, ">", itemKey, bestKey) > 0);
            if (better) {
                best = item;
                bestKey = itemKey;
            }
        }
        return best != null ? best : new Undefined("No aggregated item, sequence was empty.");
    }

    private Object unique(Object value, @Nullable Object[] bound) {
        UnaryOperator<Object> key = Keys.comparable(budget, bound[0], bound[1], null);
        Iterator<Object> items = Iteration.of(budget, value);
        Set<Object> seen = new HashSet<>();
        return Lazy.of(
                budget,
                () -> {
                    while (items.hasNext()) {
                        budget.spend(2);
                        budget.take(60);
                        Object item = items.next();
                        if (seen.add(Equality.key(budget, key.apply(item)))) {
                            return item;
                        }
                    }
                    return null;
                });
    }

    private Object sum(Object value, @Nullable Object[] bound) {
        UnaryOperator<Object> part = Keys.attribute(budget, bound[0], null);
        Object sum = bound[1] == null ? (Object) 0L : bound[1];
        if (Types.isText(sum)) {
            throw TemplateException.value("sum() can't sum strings [use ''.join(seq) instead]");
        }
        Iterator<Object> items = Iteration.of(budget, value);
        while (items.hasNext()) {
            sum = Operators.apply(budget, "+", sum, part.apply(items.next()));
        }
        return sum;
    }
}
