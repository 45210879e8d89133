package io.step3.jinja;

import java.util.Set;

/** The filters of Jinja, and {@code tojson} as chat templates know it. */
final class Filters {

    private static final Set<String> TEXT =
            Set.of(
                    "capitalize",
                    "center",
                    "format",
                    "indent",
                    "lower",
                    "replace",
                    "string",
                    "title",
                    "trim",
                    "truncate",
                    "upper",
                    "wordcount",
                    "wordwrap");

    private static final Set<String> ITEMS =
            Set.of(
                    "batch",
                    "count",
                    "dictsort",
                    "first",
                    "groupby",
                    "items",
                    "join",
                    "last",
                    "length",
                    "list",
                    "map",
                    "max",
                    "min",
                    "reject",
                    "rejectattr",
                    "reverse",
                    "select",
                    "selectattr",
                    "slice",
                    "sort",
                    "sum",
                    "unique");

    private static final Set<String> HTML =
            Set.of(
                    "e",
                    "escape",
                    "forceescape",
                    "safe",
                    "striptags",
                    "urlencode",
                    "urlize",
                    "xmlattr");

    private static final Set<String> VALUE =
            Set.of(
                    "abs",
                    "attr",
                    "d",
                    "default",
                    "filesizeformat",
                    "float",
                    "int",
                    "pprint",
                    "random",
                    "round",
                    "tojson");

    private Filters() {}

    static boolean has(String name) {
        return TEXT.contains(name)
                || ITEMS.contains(name)
                || HTML.contains(name)
                || VALUE.contains(name);
    }

    static Object apply(Interpreter interpreter, String name, Object value, Arguments all) {
        if (VALUE.contains(name)) {
            return ValueFilters.apply(interpreter.budget(), name, value, all);
        }
        if (TEXT.contains(name)) {
            return TextFilters.apply(interpreter, name, value, all);
        }
        if (HTML.contains(name)) {
            return HtmlFilters.apply(interpreter, name, value, all);
        }
        if (ITEMS.contains(name)) {
            return ItemFilters.apply(interpreter, name, value, all);
        }
        throw TemplateException.value("there is no filter named '" + name + "'");
    }
}
