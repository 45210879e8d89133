package io.step3.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A parsed Jinja expression, such as {@code message.content | trim}. The grammar is that of Jinja
 * 3.1's {@code parser.py}, function by function.
 *
 * <p>It works on nothing but the values of {@link Python}, so there is no way from it to Java.
 */
@FunctionalInterface
interface JinjaExpression {

    /** What an expression sees around it. */
    interface Scope {
        /** The value of a variable; null, which is undefined, if there is none. */
        Object variable(String name);

        /** Calls a function or macro. */
        Object call(String name, List<Object> arguments, Map<String, Object> named);

        Python python();

        PythonMethods methods();

        JinjaFilters filters();
    }

    /**
     * A function or macro that is named without being called; all one can ask is whether it is
     * defined.
     *
     * @param name its name
     */
    record Callable(String name) {}

    /** The value; null means undefined. */
    Object in(Scope scope);

    /**
     * Parses an expression; several with commas between make a list.
     *
     * @throws ChatTemplateException if it is not valid
     */
    static JinjaExpression parse(String text) {
        Parser parser = new Parser(text);
        JinjaExpression expression = parser.tuple();
        parser.requireEnd();
        return expression;
    }

    /**
     * The head of a loop: {@code a, b in items if condition}.
     *
     * @param names what each item, or its parts, are called
     * @param items what the loop runs over
     * @param condition which items it takes, or null for all
     */
    record LoopHead(List<String> names, JinjaExpression items, JinjaExpression condition) {

        static LoopHead parse(String text) {
            Parser parser = new Parser(text);
            List<String> names = new ArrayList<>();
            boolean bracket = parser.accept("(");
            do {
                names.add(parser.name());
            } while (parser.accept(","));
            if (bracket) {
                parser.expect(")");
            }
            parser.expect("in");
            JinjaExpression items = parser.or();
            JinjaExpression condition = parser.accept("if") ? parser.expression() : null;
            parser.requireEnd();
            return new LoopHead(names, items, condition);
        }
    }

    /** The parser, one method for each level of precedence. */
    final class Parser {

        private static final Pattern TOKEN =
                Pattern.compile(
                        "\\s*(?:(?<name>[\\p{L}_][\\p{L}\\p{N}_]*)"
                                + "|(?<float>[0-9][0-9_]*(?:\\.[0-9]+(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+))"
                                + "|(?<int>[0-9][0-9_]*)"
                                + "|(?<string>'(?:[^'\\\\]|\\\\.)*+'|\"(?:[^\"\\\\]|\\\\.)*+\")"
                                + "|(?<operator>//|\\*\\*|==|!=|<=|>=|[-+*/%~<>=()\\[\\]{}.,:|])"
                                + "|(?<end>\\z))",
                        Pattern.DOTALL);

        private enum Kind {
            NAME,
            FLOAT,
            INT,
            STRING,
            OPERATOR,
            END
        }

        private record Token(Kind kind, String text) {
            boolean is(String word) {
                return text.equals(word) && (kind == Kind.NAME || kind == Kind.OPERATOR);
            }
        }

        private final List<Token> tokens = new ArrayList<>();
        private final String text;
        private int next;

        Parser(String text) {
            this.text = text;
            Matcher matcher = TOKEN.matcher(text);
            int position = 0;
            do {
                if (!matcher.region(position, text.length()).lookingAt()) {
                    throw new ChatTemplateException(
                            "'" + text + "' is no expression from character " + position + " on");
                }
                position = matcher.end();
                for (Kind kind : Kind.values()) {
                    String image = matcher.group(kind.name().toLowerCase(Locale.ROOT));
                    if (image != null) {
                        tokens.add(new Token(kind, image));
                    }
                }
            } while (tokens.getLast().kind != Kind.END);
        }

        private Token peek() {
            return tokens.get(next);
        }

        private Token take() {
            return tokens.get(peek().kind == Kind.END ? next : next++);
        }

        boolean accept(String word) {
            boolean found = peek().is(word);
            next += found ? 1 : 0;
            return found;
        }

        void expect(String word) {
            if (!accept(word)) {
                throw unexpected("instead of '" + word + "'");
            }
        }

        String name() {
            if (peek().kind != Kind.NAME) {
                throw unexpected("instead of a name");
            }
            return take().text;
        }

        void requireEnd() {
            if (peek().kind != Kind.END) {
                throw unexpected("after the expression");
            }
        }

        private ChatTemplateException unexpected(String where) {
            String found = peek().kind == Kind.END ? "an end" : "'" + peek().text + "'";
            return new ChatTemplateException(
                    "'" + text.strip() + "' is no expression: there is " + found + " " + where);
        }

        JinjaExpression tuple() {
            JinjaExpression first = expression();
            if (!peek().is(",")) {
                return first;
            }
            List<JinjaExpression> items = new ArrayList<>(List.of(first));
            while (accept(",") && peek().kind != Kind.END && !peek().is(")")) {
                items.add(expression());
            }
            return list(items);
        }

        JinjaExpression expression() {
            JinjaExpression value = or();
            while (accept("if")) {
                JinjaExpression then = value;
                JinjaExpression condition = or();
                JinjaExpression otherwise = accept("else") ? expression() : scope -> null;
                value =
                        scope ->
                                Python.truth(condition.in(scope))
                                        ? then.in(scope)
                                        : otherwise.in(scope);
            }
            return value;
        }

        JinjaExpression or() {
            JinjaExpression value = and();
            while (accept("or")) {
                JinjaExpression left = value;
                JinjaExpression right = and();
                value =
                        scope -> {
                            Object first = left.in(scope);
                            return Python.truth(first) ? first : right.in(scope);
                        };
            }
            return value;
        }

        private JinjaExpression and() {
            JinjaExpression value = not();
            while (accept("and")) {
                JinjaExpression left = value;
                JinjaExpression right = not();
                value =
                        scope -> {
                            Object first = left.in(scope);
                            return Python.truth(first) ? right.in(scope) : first;
                        };
            }
            return value;
        }

        private JinjaExpression not() {
            if (accept("not")) {
                JinjaExpression value = not();
                return scope -> !Python.truth(value.in(scope));
            }
            return comparison();
        }

        /** {@code a < b < c} means {@code a < b and b < c}, with b computed once. */
        private JinjaExpression comparison() {
            JinjaExpression first = sum();
            List<String> operators = new ArrayList<>();
            List<JinjaExpression> operands = new ArrayList<>();
            for (String operator = comparator(); operator != null; operator = comparator()) {
                operators.add(operator);
                operands.add(sum());
            }
            if (operators.isEmpty()) {
                return first;
            }
            return scope -> {
                Object left = first.in(scope);
                for (int i = 0; i < operators.size(); i++) {
                    Object right = operands.get(i).in(scope);
                    if (!compare(scope.python(), operators.get(i), left, right)) {
                        return false;
                    }
                    left = right;
                }
                return true;
            };
        }

        private String comparator() {
            for (String operator : List.of("==", "!=", "<=", ">=", "<", ">", "in")) {
                if (accept(operator)) {
                    return operator;
                }
            }
            if (peek().is("not") && tokens.get(next + 1).is("in")) {
                next += 2;
                return "not in";
            }
            return null;
        }

        private static boolean compare(Python python, String operator, Object a, Object b) {
            return switch (operator) {
                case "==" -> python.equal(a, b);
                case "!=" -> !python.equal(a, b);
                case "<" -> python.compare(a, b) < 0;
                case "<=" -> python.compare(a, b) <= 0;
                case ">" -> python.compare(a, b) > 0;
                case ">=" -> python.compare(a, b) >= 0;
                case "in" -> python.contains(b, a);
                default -> !python.contains(b, a);
            };
        }

        private JinjaExpression sum() {
            JinjaExpression value = concatenation();
            while (peek().is("+") || peek().is("-")) {
                String operator = take().text;
                JinjaExpression left = value;
                JinjaExpression right = concatenation();
                value =
                        operator.equals("+")
                                ? scope -> scope.python().add(left.in(scope), right.in(scope))
                                : arithmetic(operator, left, right);
            }
            return value;
        }

        private JinjaExpression concatenation() {
            JinjaExpression value = product();
            while (accept("~")) {
                JinjaExpression left = value;
                JinjaExpression right = product();
                value =
                        scope -> {
                            Python python = scope.python();
                            return python.add(
                                    python.str(left.in(scope)), python.str(right.in(scope)));
                        };
            }
            return value;
        }

        private JinjaExpression product() {
            JinjaExpression value = power();
            while (peek().is("*") || peek().is("/") || peek().is("//") || peek().is("%")) {
                value = arithmetic(take().text, value, power());
            }
            return value;
        }

        private JinjaExpression power() {
            JinjaExpression value = unary(true);
            while (accept("**")) {
                value = arithmetic("**", value, unary(true));
            }
            return value;
        }

        private static JinjaExpression arithmetic(
                String operator, JinjaExpression left, JinjaExpression right) {
            return scope -> scope.python().arithmetic(operator, left.in(scope), right.in(scope));
        }

        private JinjaExpression unary(boolean withFilters) {
            JinjaExpression value;
            if (accept("-")) {
                JinjaExpression negated = unary(false);
                value = scope -> scope.python().arithmetic("-", 0L, negated.in(scope));
            } else if (accept("+")) {
                value = unary(false);
            } else {
                value = primary();
            }
            value = postfix(value);
            return withFilters ? filters(value) : value;
        }

        private JinjaExpression primary() {
            Token token = take();
            return switch (token.kind) {
                case NAME -> named(token.text);
                case STRING -> {
                    StringBuilder joined = new StringBuilder(unescape(token.text));
                    while (peek().kind == Kind.STRING) {
                        joined.append(unescape(take().text));
                    }
                    yield constant(joined.toString());
                }
                case INT -> constant(Long.valueOf(token.text.replace("_", "")));
                case FLOAT -> constant(Double.valueOf(token.text.replace("_", "")));
                case OPERATOR ->
                        switch (token.text) {
                            case "(" -> {
                                if (accept(")")) {
                                    yield list(List.of());
                                }
                                JinjaExpression nested = tuple();
                                expect(")");
                                yield nested;
                            }
                            case "[" -> list(items("]"));
                            case "{" -> dict();
                            default -> {
                                next--;
                                throw unexpected("instead of a value");
                            }
                        };
                case END -> throw unexpected("instead of a value");
            };
        }

        private static JinjaExpression constant(Object value) {
            return scope -> value;
        }

        private JinjaExpression named(String name) {
            return switch (name) {
                case "true", "True" -> constant(true);
                case "false", "False" -> constant(false);
                case "none", "None" -> constant(None.NONE);
                case "not", "and", "or", "if", "else", "in", "is" -> {
                    next--;
                    throw unexpected("instead of a value");
                }
                default -> {
                    if (accept("(")) {
                        Call call = call();
                        yield scope -> scope.call(name, call.positional(scope), call.named(scope));
                    }
                    yield scope -> scope.variable(name);
                }
            };
        }

        private List<JinjaExpression> items(String end) {
            List<JinjaExpression> items = new ArrayList<>();
            while (!accept(end)) {
                if (!items.isEmpty()) {
                    expect(",");
                    if (accept(end)) {
                        break;
                    }
                }
                items.add(expression());
            }
            return items;
        }

        private static JinjaExpression list(List<JinjaExpression> items) {
            return scope -> {
                List<Object> values = new ArrayList<>(items.size());
                items.forEach(item -> values.add(item.in(scope)));
                return values;
            };
        }

        private JinjaExpression dict() {
            List<JinjaExpression> keys = new ArrayList<>();
            List<JinjaExpression> values = new ArrayList<>();
            while (!accept("}")) {
                if (!keys.isEmpty()) {
                    expect(",");
                    if (accept("}")) {
                        break;
                    }
                }
                keys.add(expression());
                expect(":");
                values.add(expression());
            }
            return scope -> {
                Map<Object, Object> map = new LinkedHashMap<>();
                for (int i = 0; i < keys.size(); i++) {
                    map.put(keys.get(i).in(scope), values.get(i).in(scope));
                }
                return map;
            };
        }

        private JinjaExpression postfix(JinjaExpression operand) {
            JinjaExpression value = operand;
            while (true) {
                JinjaExpression base = value;
                if (accept(".")) {
                    String name = peek().kind == Kind.INT ? take().text : name();
                    if (accept("(")) {
                        Call call = call();
                        value =
                                scope ->
                                        scope.methods()
                                                .call(
                                                        base.in(scope),
                                                        name,
                                                        call.positional(scope),
                                                        call.named(scope));
                    } else {
                        Object key =
                                name.matches("[0-9]{1,9}") ? (Object) Long.valueOf(name) : name;
                        value = scope -> scope.python().item(base.in(scope), key);
                    }
                } else if (accept("[")) {
                    value = subscript(base);
                } else {
                    return value;
                }
            }
        }

        private JinjaExpression subscript(JinjaExpression base) {
            JinjaExpression start = peek().is(":") ? null : expression();
            if (!accept(":")) {
                expect("]");
                return scope -> scope.python().item(base.in(scope), start.in(scope));
            }
            JinjaExpression stop = peek().is(":") || peek().is("]") ? null : expression();
            JinjaExpression step = accept(":") && !peek().is("]") ? expression() : null;
            expect("]");
            return scope ->
                    scope.python()
                            .slice(
                                    base.in(scope),
                                    bound(start, scope),
                                    bound(stop, scope),
                                    bound(step, scope));
        }

        private static Object bound(JinjaExpression bound, Scope scope) {
            Object value = bound == null ? null : bound.in(scope);
            return value == None.NONE ? null : value;
        }

        private JinjaExpression filters(JinjaExpression operand) {
            JinjaExpression value = operand;
            while (true) {
                JinjaExpression base = value;
                if (accept("|")) {
                    String name = name();
                    Call call = accept("(") ? call() : Call.NONE;
                    value =
                            scope ->
                                    scope.filters()
                                            .filter(
                                                    name,
                                                    base.in(scope),
                                                    call.positional(scope),
                                                    call.named(scope));
                } else if (accept("is")) {
                    value = test(base);
                } else {
                    return value;
                }
            }
        }

        private JinjaExpression test(JinjaExpression base) {
            boolean negated = accept("not");
            // The comparison operators have names here only: "is in", "is eq".
            String name = name();
            List<JinjaExpression> arguments = List.of();
            if (accept("(")) {
                arguments = call().positional;
            } else if (startsArgument()) {
                arguments = List.of(postfix(primary()));
            }
            List<JinjaExpression> given = arguments;
            return scope ->
                    scope.filters().test(name, base.in(scope), values(given, scope)) != negated;
        }

        /** A test may have one argument without parentheses. */
        private boolean startsArgument() {
            Token token = peek();
            return switch (token.kind) {
                case NAME ->
                        !List.of("else", "or", "and", "if", "is", "in", "not").contains(token.text);
                case STRING, INT, FLOAT -> true;
                case OPERATOR -> token.is("[") || token.is("{");
                case END -> false;
            };
        }

        private record Call(List<JinjaExpression> positional, Map<String, JinjaExpression> named) {

            private static final Call NONE = new Call(List.of(), Map.of());

            List<Object> positional(Scope scope) {
                return values(positional, scope);
            }

            Map<String, Object> named(Scope scope) {
                Map<String, Object> values = new LinkedHashMap<>();
                named.forEach((name, value) -> values.put(name, value.in(scope)));
                return values;
            }
        }

        private static List<Object> values(List<JinjaExpression> expressions, Scope scope) {
            List<Object> values = new ArrayList<>(expressions.size());
            expressions.forEach(expression -> values.add(expression.in(scope)));
            return values;
        }

        private Call call() {
            List<JinjaExpression> positional = new ArrayList<>();
            Map<String, JinjaExpression> named = new LinkedHashMap<>();
            while (!accept(")")) {
                if (!positional.isEmpty() || !named.isEmpty()) {
                    expect(",");
                    if (accept(")")) {
                        break;
                    }
                }
                if (peek().kind == Kind.NAME && tokens.get(next + 1).is("=")) {
                    String name = name();
                    expect("=");
                    named.put(name, expression());
                } else {
                    positional.add(expression());
                }
            }
            return new Call(positional, named);
        }

        /** The escapes of Python's string literals. */
        private static String unescape(String literal) {
            StringBuilder out = new StringBuilder();
            for (int i = 1; i < literal.length() - 1; i++) {
                char c = literal.charAt(i);
                if (c != '\\') {
                    out.append(c);
                    continue;
                }
                c = literal.charAt(++i);
                int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
                if (digits > 0) {
                    out.appendCodePoint(codePoint(literal, i + 1, digits));
                    i += digits;
                    continue;
                }
                switch (c) {
                    case 'n' -> out.append('\n');
                    case 't' -> out.append('\t');
                    case 'r' -> out.append('\r');
                    case 'b' -> out.append('\b');
                    case 'f' -> out.append('\f');
                    case 'v' -> out.append('\u000B');
                    case 'a' -> out.append('\u0007');
                    case '0' -> out.append('\0');
                    case '\\', '\'', '"' -> out.append(c);
                    case '\n' -> {}
                    default -> out.append('\\').append(c);
                }
            }
            return out.toString();
        }

        private static int codePoint(String literal, int from, int digits) {
            int end = from + digits;
            String hex = end < literal.length() ? literal.substring(from, end) : "";
            int codePoint = hex.matches("[0-9a-fA-F]+") ? Integer.parseUnsignedInt(hex, 16) : -1;
            if (!Character.isValidCodePoint(codePoint)) {
                throw new ChatTemplateException("the escape in " + literal + " names no character");
            }
            return codePoint;
        }
    }
}
