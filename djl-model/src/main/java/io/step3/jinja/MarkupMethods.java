package io.step3.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The methods of text that is HTML: what comes in is escaped, what comes out is HTML. */
final class MarkupMethods {

    static final Set<String> NAMES = Set.of("escape", "striptags", "unescape");

    private static final Set<String> ESCAPING =
            Set.of(
                    "capitalize",
                    "title",
                    "lower",
                    "upper",
                    "replace",
                    "ljust",
                    "rjust",
                    "lstrip",
                    "rstrip",
                    "center",
                    "strip",
                    "translate",
                    "expandtabs",
                    "swapcase",
                    "zfill",
                    "casefold",
                    "removeprefix",
                    "removesuffix",
                    "join",
                    "format");

    private static final Set<String> CUTTING =
            Set.of("split", "rsplit", "splitlines", "partition", "rpartition");

    private MarkupMethods() {}

    static Object call(Budget budget, Markup markup, String name, Arguments all) {
        if (NAMES.contains(name)) {
            return switch (name) {
                case "escape" -> Markup.escape(budget, all.one(name, "/s"));
                case "striptags" -> Html.stripTags(budget, markup.text());
                default -> Html.unescape(budget, markup.text());
            };
        }
        Arguments given = ESCAPING.contains(name) ? escaped(budget, name, all) : all;
        Object result = TextMethods.call(budget, markup.text(), name, given);
        return ESCAPING.contains(name) || CUTTING.contains(name)
                ? Markup.of(budget, result)
                : result;
    }

    private static Arguments escaped(Budget budget, String name, Arguments all) {
        List<Object> positional = new ArrayList<>();
        for (Object value : all.positional()) {
            positional.add(
                    name.equals("join")
                            ? Sequence.list(budget, escapedItems(budget, value))
                            : escaped(budget, name, value));
        }
        Map<String, Object> named = new LinkedHashMap<>();
        all.named().forEach((key, value) -> named.put(key, escaped(budget, name, value)));
        return new Arguments(positional, named);
    }

    private static List<Object> escapedItems(Budget budget, Object items) {
        List<Object> escaped = Iteration.list(budget, items);
        escaped.replaceAll(item -> Markup.escape(budget, item).text());
        return escaped;
    }

    private static Object escaped(Budget budget, String name, Object value) {
        boolean escapes = Types.isText(value) || name.equals("format") && !Numbers.is(value);
        return escapes ? Markup.escape(budget, value).text() : value;
    }
}
