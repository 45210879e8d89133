package io.step3.chat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/**
 * The methods of Python's strings, dicts and lists that chat templates call; there are no others.
 */
final class PythonMethods {

    private final Python python;

    PythonMethods(Python python) {
        this.python = python;
    }

    /**
     * Calls a method.
     *
     * @throws ChatTemplateException if there is no such method, or it cannot take the arguments
     */
    Object call(Object value, String method, List<Object> arguments, Map<String, Object> named) {
        Arguments given = new Arguments(method, arguments, named);
        Object result =
                switch (value) {
                    case String text -> string(text, method, given);
                    case Map<?, ?> map -> dict(map, method, given);
                    case List<?> list -> list(list, method, given);
                    case null, default -> throw unknown(value, method);
                };
        given.requireAllUsed();
        return result;
    }

    private static ChatTemplateException unknown(Object value, String method) {
        return new ChatTemplateException(
                "it calls '" + method + "' of " + Python.typeName(value) + ", which has none");
    }

    private Object string(String text, String method, Arguments given) {
        python.spend(text.length());
        return switch (method) {
            case "strip" -> strip(text, given.get("chars"), true, true);
            case "lstrip" -> strip(text, given.get("chars"), true, false);
            case "rstrip" -> strip(text, given.get("chars"), false, true);
            case "split" -> split(text, given.get("sep"), given.get("maxsplit"));
            case "rsplit" -> rsplit(text, given.string("sep"), given.get("maxsplit"));
            case "splitlines" -> List.of((Object[]) text.split("\r\n|\r|\n", 0));
            case "startswith" -> any(given.get("prefix"), text::startsWith);
            case "endswith" -> any(given.get("suffix"), text::endsWith);
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "title" -> title(text);
            case "capitalize" -> capitalize(text);
            case "replace" ->
                    replace(text, given.string("old"), given.string("new"), given.get("count"));
            case "find" -> (long) python.find(text, given.string("sub"), 0);
            case "rfind" -> (long) text.lastIndexOf(given.string("sub"));
            case "count" -> count(text, given.string("sub"));
            case "join" -> join(text, python.iterate(given.get("iterable")));
            case "isdigit" -> all(text, Character::isDigit);
            case "isalpha" -> all(text, Character::isLetter);
            case "isalnum" -> all(text, Character::isLetterOrDigit);
            case "isspace" -> all(text, c -> Whitespace.is((char) c));
            case "isupper" ->
                    text.chars().anyMatch(Character::isUpperCase)
                            && text.chars().noneMatch(Character::isLowerCase);
            case "islower" ->
                    text.chars().anyMatch(Character::isLowerCase)
                            && text.chars().noneMatch(Character::isUpperCase);
            case "removeprefix" -> {
                String prefix = given.string("prefix");
                yield text.startsWith(prefix) ? text.substring(prefix.length()) : text;
            }
            case "removesuffix" -> {
                String suffix = given.string("suffix");
                yield text.endsWith(suffix)
                        ? text.substring(0, text.length() - suffix.length())
                        : text;
            }
            case "format" -> format(text, given);
            default -> throw unknown(text, method);
        };
    }

    private Object dict(Map<?, ?> map, String method, Arguments given) {
        python.spend(map.size());
        return switch (method) {
            case "items" -> items(map);
            case "keys" -> new ArrayList<Object>(map.keySet());
            case "values" -> new ArrayList<Object>(map.values());
            case "get" -> {
                Object key = given.get("key");
                Object otherwise = given.get("default");
                Object found = map.get(key);
                yield found != null ? found : otherwise != null ? otherwise : None.NONE;
            }
            default -> throw unknown(map, method);
        };
    }

    private Object list(List<?> list, String method, Arguments given) {
        python.spend(list.size());
        Object item = given.get("value");
        return switch (method) {
            case "index" -> {
                for (int i = 0; i < list.size(); i++) {
                    if (python.equal(list.get(i), item)) {
                        yield (long) i;
                    }
                }
                throw new ChatTemplateException("it asks for the index of what is not in the list");
            }
            case "count" -> list.stream().filter(one -> python.equal(one, item)).count();
            default -> throw unknown(list, method);
        };
    }

    static List<Object> items(Map<?, ?> map) {
        List<Object> items = new ArrayList<>();
        map.forEach((key, value) -> items.add(Arrays.asList(key, value)));
        return items;
    }

    static String strip(String text, Object characters, boolean left, boolean right) {
        IntPredicate stripped =
                characters instanceof String set
                        ? c -> set.indexOf(c) >= 0
                        : c -> Whitespace.is((char) c);
        int start = 0;
        int end = text.length();
        while (left && start < end && stripped.test(text.charAt(start))) {
            start++;
        }
        while (right && end > start && stripped.test(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    private List<Object> split(String text, Object separator, Object maxSplit) {
        long most = maxSplit == null ? -1 : Python.integer(maxSplit);
        List<Object> parts = new ArrayList<>();
        if (separator instanceof String mark) {
            requireNotEmpty(mark);
            int from = 0;
            for (int at = python.find(text, mark, 0);
                    at >= 0 && parts.size() != most;
                    at = python.find(text, mark, from)) {
                parts.add(text.substring(from, at));
                from = at + mark.length();
            }
            parts.add(text.substring(from));
            return parts;
        }
        String rest = strip(text, null, true, false);
        while (!rest.isEmpty()) {
            int end = 0;
            while (end < rest.length() && !Whitespace.is(rest.charAt(end))) {
                end++;
            }
            python.spend(rest.length());
            parts.add(parts.size() == most ? rest : rest.substring(0, end));
            rest =
                    parts.size() > most && most >= 0
                            ? ""
                            : strip(rest.substring(end), null, true, false);
        }
        return parts;
    }

    private List<Object> rsplit(String text, String mark, Object maxSplit) {
        requireNotEmpty(mark);
        long most = maxSplit == null ? -1 : Python.integer(maxSplit);
        List<Object> parts = new ArrayList<>();
        String rest = text;
        for (int at = rest.lastIndexOf(mark);
                at >= 0 && parts.size() != most;
                at = rest.lastIndexOf(mark)) {
            python.spend(rest.length());
            parts.add(rest.substring(at + mark.length()));
            rest = rest.substring(0, at);
        }
        parts.add(rest);
        Collections.reverse(parts);
        return parts;
    }

    private static void requireNotEmpty(String mark) {
        if (mark.isEmpty()) {
            throw new ChatTemplateException("it splits at an empty string");
        }
    }

    private static boolean any(Object candidates, Predicate<String> test) {
        return switch (candidates) {
            case String one -> test.test(one);
            case List<?> several -> several.stream().anyMatch(one -> any(one, test));
            case null, default -> throw Python.unsupported("match", "", candidates);
        };
    }

    private static boolean all(String text, IntPredicate test) {
        return !text.isEmpty() && text.chars().allMatch(test);
    }

    private long count(String text, String part) {
        long count = 0;
        for (int at = python.find(text, part, 0);
                at >= 0 && at <= text.length() && !part.isEmpty();
                at = python.find(text, part, at + part.length())) {
            count++;
        }
        return part.isEmpty() ? python.length(text) + 1 : count;
    }

    String replace(String text, String old, String replacement, Object count) {
        long most = count == null ? Long.MAX_VALUE : Python.integer(count);
        if (old.isEmpty()) {
            throw new ChatTemplateException("it replaces an empty string");
        }
        StringBuilder out = new StringBuilder();
        int from = 0;
        for (int at = python.find(text, old, 0);
                at >= 0 && most-- > 0;
                at = python.find(text, old, from)) {
            python.spend(replacement.length());
            requireSmall(out);
            out.append(text, from, at).append(replacement);
            from = at + old.length();
        }
        return out.append(text, from, text.length()).toString();
    }

    String join(String separator, List<?> parts) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            python.spend(separator.length());
            requireSmall(out);
            out.append(i == 0 ? "" : separator).append(python.str(parts.get(i)));
        }
        return out.toString();
    }

    private static void requireSmall(StringBuilder out) {
        if (out.length() > JinjaTemplate.MAX_OUTPUT_CHARS) {
            throw new ChatTemplateException("it makes a value that is too large");
        }
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.offsetByCodePoints(0, 1);
        return text.substring(0, first).toUpperCase(Locale.ROOT)
                + text.substring(first).toLowerCase(Locale.ROOT);
    }

    static String title(String text) {
        StringBuilder out = new StringBuilder();
        boolean inWord = false;
        for (char c : text.toCharArray()) {
            out.append(inWord ? Character.toLowerCase(c) : Character.toUpperCase(c));
            inWord = Character.isLetter(c);
        }
        return out.toString();
    }

    /** {@code {}}, {@code {0}} and {@code {name}}; no format after a colon, no attributes. */
    private String format(String text, Arguments given) {
        StringBuilder out = new StringBuilder();
        int next = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean doubled = i + 1 < text.length() && text.charAt(i + 1) == c;
            if ((c == '{' || c == '}') && doubled) {
                out.append(c);
                i++;
            } else if (c == '{') {
                int end = text.indexOf('}', i);
                String field = end < 0 ? ":" : text.substring(i + 1, end);
                if (!field.matches("\\w*")) {
                    throw new ChatTemplateException("it formats with '" + field + "'");
                }
                boolean number = !field.isEmpty() && Character.isDigit(field.charAt(0));
                Object value =
                        field.isEmpty()
                                ? given.at(next++)
                                : number ? given.at(Integer.parseInt(field)) : given.named(field);
                out.append(python.str(value));
                i = end;
            } else {
                out.append(c);
            }
        }
        given.useAll();
        return out.toString();
    }
}
