package io.step3.jinja;

import java.util.ArrayList;
import java.util.List;

/**
 * Python's {@code range}: whole numbers in equal steps.
 *
 * @param size how many
 */
record Range(long start, long stop, long step, int size) {

    /** As long as Jinja's sandbox allows. */
    private static final int MAX_SIZE = 100_000;

    static Range of(long start, long stop, long step) {
        if (step == 0) {
            throw TemplateException.value("range() arg 3 must not be zero");
        }
        boolean empty = step > 0 ? start >= stop : start <= stop;
        // Unsigned, as the distance of two longs may be twice the largest of them.
        long distance = step > 0 ? stop - start : start - stop;
        long stride = step > 0 ? step : -step;
        long size = empty ? 0 : Long.divideUnsigned(distance - 1, stride) + 1;
        if (size < 0 || size > MAX_SIZE) {
            throw TemplateException.limit(
                    "a range of more than " + MAX_SIZE + " items is not for templates");
        }
        return new Range(start, stop, step, (int) size);
    }

    Long get(int index) {
        return start + index * step;
    }

    boolean has(Object number) {
        if (!Numbers.is(number)
                || size == 0
                || (number instanceof Double real && real != Math.rint(real))) {
            return false;
        }
        Object key =
                number instanceof Double real
                        ? Numbers.shrink(Numbers.toInteger(real))
                        : Numbers.shrink(Numbers.big(number));
        if (!(key instanceof Long whole)) {
            return false;
        }
        long first = Math.min(start, get(size - 1));
        long last = Math.max(start, get(size - 1));
        return whole >= first && whole <= last && (whole - start) % step == 0;
    }

    List<Object> items() {
        List<Object> items = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            items.add(get(i));
        }
        return items;
    }

    boolean sameItems(Range other) {
        return size == other.size
                && (size == 0 || start == other.start && (size == 1 || step == other.step));
    }

    @Override
    public String toString() {
        return "range(%s, %s%s)".formatted(start, stop, step == 1 ? "" : ", " + step);
    }
}
