package io.step3.jinja;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str}. */
final class TextMethods {

    static final Set<String> NAMES =
            Set.of(
                    "capitalize",
                    "casefold",
                    "center",
                    "count",
                    "encode",
                    "endswith",
                    "expandtabs",
                    "find",
                    "format",
                    "format_map",
                    "index",
                    "isalnum",
                    "isalpha",
                    "isascii",
                    "isdecimal",
                    "isdigit",
                    "isidentifier",
                    "islower",
                    "isnumeric",
                    "isprintable",
                    "isspace",
                    "istitle",
                    "isupper",
                    "join",
                    "ljust",
                    "lower",
                    "lstrip",
                    "maketrans",
                    "partition",
                    "removeprefix",
                    "removesuffix",
                    "replace",
                    "rfind",
                    "rindex",
                    "rjust",
                    "rpartition",
                    "rsplit",
                    "rstrip",
                    "split",
                    "splitlines",
                    "startswith",
                    "strip",
                    "swapcase",
                    "title",
                    "translate",
                    "upper",
                    "zfill");

    private TextMethods() {}

    static Object call(Budget budget, String text, String name, Arguments all) {
        return switch (name) {
            case "capitalize", "casefold", "lower", "swapcase", "title", "upper" -> {
                all.bind(name);
                yield Case.change(budget, text, name);
            }
            case "center", "ljust", "rjust" -> {
                @Nullable Object[] bound = all.bind(name, "/width!", "/fillchar");
                yield pad(budget, text, name, Indexes.size(bound[0]), bound[1]);
            }
            case "zfill" -> zfill(budget, text, Indexes.size(all.one(name, "/width")));
            case "count", "find", "index", "rfind", "rindex" -> search(budget, text, name, all);
            case "startswith", "endswith" -> affix(budget, text, name, all);
            case "removeprefix" -> {
                String prefix = string(name, all.one(name, "/prefix"));
                budget.write(text.length());
                yield text.startsWith(prefix) ? text.substring(prefix.length()) : text;
            }
            case "removesuffix" -> {
                String suffix = string(name, all.one(name, "/suffix"));
                budget.write(text.length());
                yield text.endsWith(suffix)
                        ? text.substring(0, text.length() - suffix.length())
                        : text;
            }
            case "strip", "lstrip", "rstrip" -> {
                Object chars = all.bind(name, "/chars")[0];
                yield strip(
                        budget,
                        text,
                        chars == null || chars == None.NONE ? null : string(name, chars),
                        !name.equals("rstrip"),
                        !name.equals("lstrip"));
            }
            case "split", "rsplit", "splitlines", "partition", "rpartition" ->
                    Splitting.call(budget, text, name, all);
            case "replace" -> {
                @Nullable Object[] bound = all.bind(name, "/old!", "/new!", "/count");
                yield replace(
                        budget,
                        text,
                        string(name, bound[0]),
                        string(name, bound[1]),
                        bound[2] == null ? -1 : Indexes.size(bound[2]));
            }
            case "join" -> join(budget, text, all.one(name, "/iterable"));
            case "expandtabs" -> {
                Object size = all.bind(name, "tabsize")[0];
                yield expandTabs(budget, text, size == null ? 8 : Indexes.size(size));
            }
            case "format" -> BraceFormat.format(budget, text, all);
            case "format_map" -> {
                if (!(all.one(name, "/mapping") instanceof Dict map)) {
                    throw TemplateException.value("format_map() takes a dict");
                }
                yield BraceFormat.format(budget, text, map);
            }
            case "maketrans" -> Translation.table(budget, all);
            case "translate" -> Translation.translate(budget, text, all.one(name, "/table"));
            case "encode" ->
                    throw TemplateException.value("'encode' makes bytes, which no prompt holds");
            default -> {
                all.bind(name);
                budget.read(text.length());
                yield is(text, name);
            }
        };
    }

    static String string(String callee, Object value) {
        if (!Types.isText(value)) {
            throw TemplateException.value(
                    "%s() takes a string, not '%s'".formatted(callee, Types.name(value)));
        }
        return Types.text(value);
    }

    private static boolean is(String text, String name) {
        return switch (name) {
            case "isascii" -> text.chars().allMatch(c -> c < 0x80);
            case "isprintable" -> text.codePoints().allMatch(Characters::isPrintable);
            case "isalnum" -> all(text, Characters::isAlnum);
            case "isalpha" -> all(text, Characters::isAlpha);
            case "isdecimal" -> all(text, Characters::isDecimal);
            case "isdigit" -> all(text, Characters::isDigit);
            case "isnumeric" -> all(text, Characters::isNumeric);
            case "isspace" -> all(text, Characters::isSpace);
            case "isidentifier" ->
                    !text.isEmpty()
                            && Characters.isNameStart(text.codePointAt(0))
                            && text.codePoints().allMatch(Characters::isNamePart);
            default -> Case.is(text, name);
        };
    }

    private static boolean all(String text, IntPredicate is) {
        return !text.isEmpty() && text.codePoints().allMatch(is);
    }

    static String pad(Budget budget, String text, String name, int width, @Nullable Object fill) {
        String with = fill == null ? " " : string(name, fill);
        if (with.codePointCount(0, with.length()) != 1) {
            throw TemplateException.value("the fill character must be exactly one character long");
        }
        int missing = width - Characters.count(budget, text);
        if (missing <= 0) {
            return text;
        }
        // Where an odd number is missing, Python's centre leans to the right of an even width.
        int left =
                switch (name) {
                    case "ljust" -> 0;
                    case "rjust" -> missing;
                    default -> missing / 2 + (missing & width & 1);
                };
        return new TextBuilder(budget)
                .repeat(with, left)
                .append(text)
                .repeat(with, missing - left)
                .toString();
    }

    private static String zfill(Budget budget, String text, int width) {
        int missing = width - Characters.count(budget, text);
        int sign = text.startsWith("+") || text.startsWith("-") ? 1 : 0;
        return missing <= 0
                ? text
                : new TextBuilder(budget)
                        .append(text.substring(0, sign))
                        .repeat("0", missing)
                        .append(text.substring(sign))
                        .toString();
    }

    /**
     * The part of a text between two places as UTF-16, null where it begins behind the end.
     *
     * @param start a place in code points, null or None where left out, and so the end
     */
    private static int @Nullable [] part(
            Budget budget, String text, @Nullable Object start, @Nullable Object end) {
        boolean whole = (start == null || start == None.NONE) && (end == null || end == None.NONE);
        if (whole) {
            return new int[] {0, text.length()};
        }
        int count = Characters.count(budget, text);
        long from = start == null || start == None.NONE ? 0 : Indexes.size(start);
        long to = end == null || end == None.NONE ? count : Indexes.size(end);
        from = from < 0 ? Math.max(0, from + count) : from;
        to = to < 0 ? Math.max(0, to + count) : Math.min(to, count);
        if (from > to) {
            return null;
        }
        return new int[] {
            Characters.offset(text, (int) from, count), Characters.offset(text, (int) to, count)
        };
    }

    private static Object search(Budget budget, String text, String name, Arguments all) {
        @Nullable Object[] bound = all.bind(name, "/sub!", "/start", "/end");
        String sub = string(name, bound[0]);
        int[] part = part(budget, text, bound[1], bound[2]);
        if (name.equals("count")) {
            if (part == null) {
                return 0L;
            }
            if (sub.isEmpty()) {
                return (long) text.codePointCount(part[0], part[1]) + 1;
            }
            return (long)
                    TextSearch.all(budget, text, sub, part[0], part[1], Long.MAX_VALUE).length;
        }
        int at = -1;
        if (part != null) {
            at =
                    name.startsWith("r")
                            ? TextSearch.last(budget, text, sub, part[0], part[1])
                            : TextSearch.first(budget, text, sub, part[0], part[1]);
        }
        if (at < 0 && name.endsWith("index")) {
            throw TemplateException.value("substring not found");
        }
        return at < 0 ? -1L : (long) text.codePointCount(0, at);
    }

    private static boolean affix(Budget budget, String text, String name, Arguments all) {
        @Nullable Object[] bound = all.bind(name, "/prefix!", "/start", "/end");
        int[] part = part(budget, text, bound[1], bound[2]);
        List<Object> candidates =
                bound[0] instanceof Sequence tuple && tuple.isTuple()
                        ? tuple.items()
                        : List.of(bound[0]);
        for (Object candidate : candidates) {
            String affix = string(name, candidate);
            budget.read(Math.min(affix.length(), text.length()));
            if (part != null && affix.length() <= part[1] - part[0]) {
                int at = name.equals("startswith") ? part[0] : part[1] - affix.length();
                if (text.startsWith(affix, at)) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Without the characters at its ends.
     *
     * @param chars null for whitespace
     */
    static String strip(
            Budget budget, String text, @Nullable String chars, boolean left, boolean right) {
        budget.write(text.length());
        IntPredicate strips = chars == null ? Characters::isSpace : set(budget, chars);
        int start = 0;
        int end = text.length();
        while (left && start < end && strips.test(text.codePointAt(start))) {
            start += Character.charCount(text.codePointAt(start));
        }
        while (right && end > start && strips.test(text.codePointBefore(end))) {
            end -= Character.charCount(text.codePointBefore(end));
        }
        return text.substring(start, end);
    }

    private static IntPredicate set(Budget budget, String chars) {
        budget.write(chars.length());
        if (chars.length() == 1) {
            char only = chars.charAt(0);
            return c -> c == only;
        }
        Set<Integer> all = new HashSet<>();
        chars.codePoints().forEach(all::add);
        return all::contains;
    }

    static String replace(Budget budget, String text, String old, String with, int count) {
        long max = count < 0 ? Long.MAX_VALUE : count;
        TextBuilder out = new TextBuilder(budget);
        int from = 0;
        if (old.isEmpty()) {
            for (long i = 0; i < max && from <= text.length(); i++) {
                out.append(with);
                if (from == text.length()) {
                    return out.toString();
                }
                int next = text.offsetByCodePoints(from, 1);
                out.append(text, from, next);
                from = next;
            }
            return out.append(text, from, text.length()).toString();
        }
        int[] places = TextSearch.all(budget, text, old, 0, text.length(), max);
        if (places.length == 0) {
            return text;
        }
        for (int at : places) {
            out.append(text, from, at).append(with);
            from = at + old.length();
        }
        return out.append(text, from, text.length()).toString();
    }

    private static String join(Budget budget, String separator, Object items) {
        TextBuilder out = new TextBuilder(budget);
        int index = 0;
        for (Object item : Iteration.list(budget, items)) {
            if (!Types.isText(item)) {
                throw TemplateException.value(
                        "sequence item %d: expected str instance, %s found"
                                .formatted(index, Types.name(item)));
            }
            if (index++ > 0) {
                out.append(separator);
            }
            out.append(Types.text(item));
        }
        return out.toString();
    }

    private static String expandTabs(Budget budget, String text, int size) {
        TextBuilder out = new TextBuilder(budget);
        int column = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (c == '\t') {
                int blanks = size <= 0 ? 0 : size - column % size;
                out.repeat(" ", blanks);
                column += blanks;
            } else {
                out.appendCodePoint(c);
                column = c == '\n' || c == '\r' ? 0 : column + 1;
            }
        }
        return out.toString();
    }
}
