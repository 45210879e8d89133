package io.step3.jinja;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Items by their place, counted from the end where it is negative, and slices. */
final class Indexes {

    private Indexes() {}

    /**
     * {@code from:to:step}.
     *
     * @param from None where it is left out, and so with the others
     */
    record Slice(Object from, Object to, Object step) {}

    /** A whole number in the range of a long. */
    static long whole(Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.refuse();
        }
        if (!Numbers.isWhole(value)) {
            throw TemplateException.value(
                    "'" + Types.name(value) + "' object cannot be interpreted as an integer");
        }
        return clamp(value);
    }

    private static long clamp(Object whole) {
        return switch (whole) {
            case Long number -> number;
            case Boolean truth -> truth ? 1 : 0;
            default -> Numbers.big(whole).signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        };
    }

    /** As {@link #whole}, but never so large that sums of it overflow an int. */
    static int size(Object value) {
        return Math.clamp(whole(value), -(1 << 30), 1 << 30);
    }

    /** The item; null where there is none, whatever the reason. */
    static @Nullable Object find(Budget budget, Object value, Object index) {
        if (value instanceof Dict dict) {
            return isHashable(index) ? dict.get(budget, index) : null;
        }
        if (!Numbers.isWhole(index)) {
            return null;
        }
        long at = clamp(index);
        return switch (value) {
            case Sequence sequence -> {
                long place = place(at, sequence.size());
                yield place < 0 ? null : sequence.get((int) place);
            }
            case Range range -> {
                long place = place(at, range.size());
                yield place < 0 ? null : range.get((int) place);
            }
            case String text -> character(budget, text, at);
            case Markup markup -> {
                Object character = character(budget, markup.text(), at);
                yield character == null ? null : new Markup((String) character);
            }
            default -> null;
        };
    }

    private static boolean isHashable(Object index) {
        if (index instanceof Sequence tuple && tuple.isTuple()) {
            for (Object item : tuple) {
                if (!isHashable(item)) {
                    return false;
                }
            }
            return true;
        }
        return !(index instanceof Sequence || index instanceof Dict || index instanceof Slice);
    }

    private static long place(long index, int size) {
        long place = index < 0 ? index + size : index;
        return place >= 0 && place < size ? place : -1;
    }

    private static @Nullable String character(Budget budget, String text, long index) {
        // Near an end nothing has to be counted.
        if (index >= 0 && index < 64 || index < 0 && index >= -64) {
            return near(text, (int) index);
        }
        int count = Characters.count(budget, text);
        long place = place(index, count);
        if (place < 0) {
            return null;
        }
        int at = Characters.offset(text, (int) place, count);
        return text.substring(at, text.offsetByCodePoints(at, 1));
    }

    private static @Nullable String near(String text, int index) {
        int at = index < 0 ? text.length() : 0;
        for (int i = 0; i < Math.abs(index); i++) {
            if (index < 0 ? at == 0 : at == text.length()) {
                return null;
            }
            at = text.offsetByCodePoints(at, index < 0 ? -1 : 1);
        }
        return at == text.length() ? null : text.substring(at, text.offsetByCodePoints(at, 1));
    }

    /** The items that a slice means. */
    static Object slice(Budget budget, Object value, Slice slice) {
        return switch (value) {
            case String text -> sliceText(budget, text, slice);
            case Markup markup -> new Markup(sliceText(budget, markup.text(), slice));
            case Sequence sequence -> {
                Range places = places(slice, sequence.size());
                List<Object> items = new ArrayList<>(places.size());
                for (int i = 0; i < places.size(); i++) {
                    items.add(sequence.get(places.get(i).intValue()));
                }
                yield Sequence.of(
                        budget,
                        sequence.isTuple() ? Sequence.Kind.TUPLE : Sequence.Kind.LIST,
                        items);
            }
            case Range range -> {
                Range places = places(slice, range.size());
                yield new Range(
                        range.start() + places.start() * range.step(),
                        range.start() + places.stop() * range.step(),
                        range.step() * places.step(),
                        places.size());
            }
            case Undefined undefined -> throw undefined.refuse();
            default ->
                    throw TemplateException.value(
                            "'" + Types.name(value) + "' object cannot be sliced");
        };
    }

    private static String sliceText(Budget budget, String text, Slice slice) {
        int count = Characters.count(budget, text);
        Range places = places(slice, count);
        if (places.step() == 1) {
            int start = Characters.offset(text, (int) places.start(), count);
            int end =
                    places.size() == 0
                            ? start
                            : Characters.offset(text, (int) places.start() + places.size(), count);
            budget.write(end - start);
            return text.substring(start, end);
        }
        int[] codePoints = text.codePoints().toArray();
        budget.write(2L * count);
        TextBuilder out = new TextBuilder(budget);
        for (int i = 0; i < places.size(); i++) {
            out.appendCodePoint(codePoints[places.get(i).intValue()]);
        }
        return out.toString();
    }

    /** The places that a slice means of so many. */
    private static Range places(Slice slice, int size) {
        if (!isBound(slice.from()) || !isBound(slice.to()) || !isBound(slice.step())) {
            throw TemplateException.value("slice indices must be integers or None");
        }
        long step = slice.step() == None.NONE ? 1 : clamp(slice.step());
        if (step == 0) {
            throw TemplateException.value("slice step cannot be zero");
        }
        step = Math.clamp(step, -Integer.MAX_VALUE, Integer.MAX_VALUE);
        long low = step < 0 ? -1 : 0;
        long high = step < 0 ? size - 1L : size;
        long from = bound(slice.from(), step < 0 ? high : low, low, high, size);
        long to = bound(slice.to(), step < 0 ? low : high, low, high, size);
        long count = step < 0 ? (from - to - step - 1) / -step : (to - from + step - 1) / step;
        return new Range(from, to, step, (int) Math.max(0, count));
    }

    private static boolean isBound(Object value) {
        return value == None.NONE || Numbers.isWhole(value);
    }

    private static long bound(Object value, long otherwise, long low, long high, int size) {
        if (value == None.NONE) {
            return otherwise;
        }
        long index = clamp(value);
        return Math.clamp(index < 0 ? Math.max(index, -size - 1L) + size : index, low, high);
    }
}
