package io.step3.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What a filter looks at of an item: {@code attribute='function.name'}. */
final class Keys {

    private Keys() {}

    /**
     * An attribute of an item, or of an attribute of it.
     *
     * @param attribute null or None for the item itself
     * @param otherwise what stands for what is undefined, or null
     */
    static UnaryOperator<Object> attribute(
            Budget budget, @Nullable Object attribute, @Nullable Object otherwise) {
        if (attribute == null || attribute == None.NONE) {
            return UnaryOperator.identity();
        }
        Object missing = otherwise == None.NONE ? null : otherwise;
        List<Object> parts = parts(budget, attribute);
        return item -> {
            Object value = item;
            for (Object part : parts) {
                budget.spend(1);
                value = Attributes.item(budget, value, part);
                if (missing != null && value instanceof Undefined) {
                    value = missing;
                }
            }
            return value;
        };
    }

    private static List<Object> parts(Budget budget, Object attribute) {
        if (!Types.isText(attribute)) {
            return List.of(attribute);
        }
        List<Object> parts = new ArrayList<>();
        for (Object part :
                Splitting.split(budget, Types.text(attribute), ".", Long.MAX_VALUE, false)) {
            String name = (String) part;
            boolean index =
                    !name.isEmpty()
                            && name.length() < 10
                            && name.chars().allMatch(Character::isDigit);
            parts.add(index ? (Object) Long.valueOf(name) : name);
        }
        return parts;
    }

    /** As {@link #attribute}, and texts without their case unless that matters. */
    static UnaryOperator<Object> comparable(
            Budget budget,
            @Nullable Object caseSensitive,
            @Nullable Object attribute,
            @Nullable Object otherwise) {
        UnaryOperator<Object> part = attribute(budget, attribute, otherwise);
        if (caseSensitive != null && Types.truth(budget, caseSensitive)) {
            return part;
        }
        return item -> withoutCase(budget, part.apply(item));
    }

    static Object withoutCase(Budget budget, Object value) {
        return Types.isText(value) ? Case.change(budget, Types.text(value), "lower") : value;
    }
}
