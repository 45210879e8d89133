package io.step3.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The caller's values as those of templates. */
final class Values {

    /** The worth of any value, in characters, when work is granted for it. */
    private static final int GRANT = 32;

    private Values() {}

    static Object of(Budget budget, Object value) {
        budget.grant(GRANT);
        return switch (value) {
            case String text -> {
                budget.grant(text);
                yield text;
            }
            case Integer number -> number.longValue();
            case Boolean _, Long _, Double _, None _ -> value;
            case BigInteger number -> Numbers.shrink(number);
            case List<?> list -> {
                List<Object> items = new ArrayList<>(list.size());
                list.forEach(item -> items.add(of(budget, item)));
                yield Sequence.given(budget, items);
            }
            case Map<?, ?> map -> {
                Dict.Builder dict = new Dict.Builder(budget);
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    dict.put(of(budget, entry.getKey()), of(budget, entry.getValue()));
                }
                yield dict.given();
            }
            case null, default ->
                    throw new IllegalArgumentException("A template has no values like " + value);
        };
    }
}
