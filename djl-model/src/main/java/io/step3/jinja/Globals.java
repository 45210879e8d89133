package io.step3.jinja;

import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions that every template has. */
final class Globals {

    private Globals() {}

    static Map<String, Object> all(LocalDateTime now) {
        Map<String, Object> functions = new HashMap<>();
        put(functions, "range", Globals::range);
        put(functions, "dict", Globals::dict);
        put(functions, "namespace", (budget, all) -> new Namespace(budget, dict(budget, all)));
        put(functions, "cycler", Cycler::new);
        put(functions, "joiner", Joiner::new);
        put(
                functions,
                "lipsum",
                (budget, all) -> {
                    throw TemplateException.value("'lipsum' writes at random, which no prompt may");
                });
        put(
                functions,
                "raise_exception",
                (budget, all) -> {
                    Object message = all.one("raise_exception", "message");
                    throw new TemplateException(
                            TemplateException.Kind.REFUSED, Repr.str(budget, message));
                });
        put(
                functions,
                "strftime_now",
                (budget, all) -> {
                    Object format = all.one("strftime_now", "format");
                    if (!Types.isText(format)) {
                        throw TemplateException.value("strftime_now() takes a string");
                    }
                    return Strftime.format(budget, Types.text(format), now);
                });
        return functions;
    }

    private static void put(Map<String, Object> functions, String name, Callable function) {
        functions.put(name, function);
    }

    private static Object range(Budget budget, Arguments arguments) {
        @Nullable Object[] bound = arguments.bind("range", "/start!", "/stop", "/step");
        if (bound[1] == null) {
            return Range.of(0, Indexes.whole(bound[0]), 1);
        }
        return Range.of(
                Indexes.whole(bound[0]),
                Indexes.whole(bound[1]),
                bound[2] == null ? 1 : Indexes.whole(bound[2]));
    }

    private static Dict dict(Budget budget, Arguments arguments) {
        if (arguments.positional().size() > 1) {
            throw TemplateException.value("dict expected at most 1 argument");
        }
        Dict.Builder dict = new Dict.Builder(budget);
        if (!arguments.positional().isEmpty()) {
            Object first = arguments.positional().getFirst();
            if (first instanceof Dict other) {
                dict.putAll(other);
            } else {
                for (Object pair : Iteration.list(budget, first)) {
                    List<Object> parts = Iteration.list(budget, pair);
                    if (parts.size() != 2) {
                        throw TemplateException.value(
                                "dict() needs pairs, not items of " + parts.size());
                    }
                    dict.put(parts.get(0), parts.get(1));
                }
            }
        }
        arguments.named().forEach(dict::put);
        return dict.build();
    }
}
