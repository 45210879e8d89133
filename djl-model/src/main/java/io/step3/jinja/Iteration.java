package io.step3.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/** Going through whatever Python can go through. */
final class Iteration {

    private Iteration() {}

    static boolean isIterable(Object value) {
        return switch (value) {
            case Sequence sequence -> true;
            case Dict dict -> true;
            case DictView view -> true;
            case Range range -> true;
            case Lazy lazy -> true;
            case Undefined undefined -> true;
            case Loop loop -> true;
            default -> Types.isText(value);
        };
    }

    static Iterator<Object> of(Budget budget, Object value) {
        return switch (value) {
            case Sequence sequence -> sequence.iterator();
            case Dict dict -> dict.keys().iterator();
            case DictView view -> view.list(budget).iterator();
            case Range range -> range.items().iterator();
            case Lazy lazy -> lazy.items();
            case Undefined undefined -> Collections.emptyIterator();
            case String text -> characters(text, false);
            case Markup markup -> characters(markup.text(), true);
            default ->
                    throw TemplateException.value(
                            "'" + Types.name(value) + "' object is not iterable");
        };
    }

    private static Iterator<Object> characters(String text, boolean markup) {
        return new Iterator<>() {
            private int at;

            @Override
            public boolean hasNext() {
                return at < text.length();
            }

            @Override
            public Object next() {
                int end = text.offsetByCodePoints(at, 1);
                String character = text.substring(at, end);
                at = end;
                return markup ? new Markup(character) : character;
            }
        };
    }

    /** All items, in a list of its own that may be changed. */
    static List<Object> list(Budget budget, Object value) {
        List<Object> list = new ArrayList<>();
        Iterator<Object> items = of(budget, value);
        while (items.hasNext()) {
            Object item = items.next();
            budget.spend(1);
            budget.take(Types.isText(item) && !(value instanceof Sequence) ? 56 : 8);
            list.add(item);
        }
        return list;
    }

    /** How many items there are, where that is known without going through them; else -1. */
    static int size(Budget budget, Object value) {
        return switch (value) {
            case Sequence sequence -> sequence.size();
            case Dict dict -> dict.size();
            case DictView view -> view.size();
            case Range range -> range.size();
            case Undefined undefined -> 0;
            case String text -> Characters.count(budget, text);
            case Markup markup -> Characters.count(budget, markup.text());
            case Loop loop -> loop.length(budget);
            default -> -1;
        };
    }

    static long length(Budget budget, Object value) {
        int size = size(budget, value);
        if (size < 0) {
            throw TemplateException.value(
                    "object of type '" + Types.name(value) + "' has no len()");
        }
        return size;
    }
}
