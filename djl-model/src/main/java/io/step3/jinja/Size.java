package io.step3.jinja;

import java.util.Collection;

/**
 * How large a list or dict is with all that it holds. What is held twice counts twice, as whoever
 * walks through it meets it twice: so a value that would never end to be printed, compared or
 * hashed is refused when it is built.
 *
 * @param weight steps to walk through it
 * @param depth lists within lists
 * @param bytes memory beyond that of the caller's own variables
 */
record Size(long weight, int depth, long bytes) {

    private static final int MAX_DEPTH = 200;

    static Size of(Budget budget, Collection<?> items) {
        long weight = 1;
        int depth = 0;
        long bytes = 64;
        for (Object item : items) {
            Size inner = of(item);
            weight += inner.weight;
            depth = Math.max(depth, inner.depth);
            bytes += 8 + (inner.depth == 0 ? budget.bytes(item) : inner.bytes);
        }
        return new Size(weight, depth + 1, bytes).checked(budget);
    }

    private static Size of(Object item) {
        return switch (item) {
            case Sequence sequence -> sequence.weight();
            case Dict dict -> dict.weight();
            case String text -> new Size(1 + text.length() / Budget.CHARS_A_STEP, 0, 0);
            case Markup markup -> new Size(1 + markup.text().length() / Budget.CHARS_A_STEP, 0, 0);
            case null, default -> new Size(1, 0, 0);
        };
    }

    /** Two collections as one. */
    Size plus(Budget budget, Size other) {
        return new Size(weight + other.weight, Math.max(depth, other.depth), bytes + other.bytes)
                .checked(budget);
    }

    Size given() {
        return new Size(weight, depth, 0);
    }

    private Size checked(Budget budget) {
        if (depth > MAX_DEPTH) {
            throw TemplateException.limit("it builds a value that nests too deeply");
        }
        if (weight > budget.maxWeight()) {
            throw TemplateException.limit("it builds a value that is too large");
        }
        return this;
    }
}
