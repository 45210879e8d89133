package io.step3.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Python's {@code format % values}. */
final class PercentFormat {

    private final Budget budget;
    private final String format;
    private final Object values;
    private final List<Object> tuple;
    private final boolean escapes;
    private final TextBuilder out;
    private int at;
    private int used;
    private boolean byName;

    private PercentFormat(Budget budget, String format, Object values, boolean escapes) {
        this.budget = budget;
        this.format = format;
        this.values = values;
        this.escapes = escapes;
        this.out = new TextBuilder(budget);
        this.tuple =
                values instanceof Sequence sequence && sequence.isTuple()
                        ? sequence.items()
                        : List.of(values);
    }

    static Object format(Budget budget, Object format, Object values) {
        boolean markup = format instanceof Markup;
        String text = new PercentFormat(budget, Types.text(format), values, markup).write();
        return markup ? new Markup(text) : text;
    }

    private String write() {
        while (at < format.length()) {
            int percent = format.indexOf('%', at);
            if (percent < 0) {
                break;
            }
            out.append(format, at, percent);
            at = percent + 1;
            writeField();
        }
        out.append(format, Math.min(at, format.length()), format.length());
        boolean ignores =
                byName
                        || values instanceof Dict
                        || values instanceof Range
                        || values instanceof Undefined
                        || values instanceof Sequence sequence && !sequence.isTuple();
        if (used < tuple.size() && !(ignores && used == 0)) {
            throw TemplateException.value("not all arguments converted during string formatting");
        }
        return out.toString();
    }

    private char peek() {
        if (at >= format.length()) {
            throw TemplateException.value("incomplete format");
        }
        return format.charAt(at);
    }

    private void writeField() {
        if (peek() == '%') {
            at++;
            out.append('%');
            return;
        }
        Object value = null;
        if (peek() == '(') {
            value = named();
            byName = true;
        }
        String flags = "";
        while ("-+ #0".indexOf(peek()) >= 0) {
            flags += format.charAt(at++);
        }
        int width = size(-1);
        boolean left = flags.indexOf('-') >= 0;
        if (width < -1) {
            left = true;
            width = -width;
        }
        int precision = -1;
        if (peek() == '.') {
            at++;
            precision = Math.max(0, size(0));
        }
        while ("hlL".indexOf(peek()) >= 0) {
            at++;
        }
        char type = format.charAt(at++);
        Object argument = value != null ? value : next();
        String text = converted(argument, type, flags, precision);
        boolean number = "sra c".indexOf(type) < 0;
        pad(text, width, left, number && flags.indexOf('0') >= 0);
    }

    private Object named() {
        int depth = 1;
        int start = ++at;
        while (depth > 0) {
            char c = peek();
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            at++;
        }
        if (!(values instanceof Dict dict)) {
            throw TemplateException.value("format requires a mapping");
        }
        String key = format.substring(start, at - 1);
        Object value = dict.get(budget, key);
        if (value == null) {
            throw TemplateException.value("a format names what is not in its dict");
        }
        return value;
    }

    private int size(int otherwise) {
        if (peek() == '*') {
            at++;
            Object value = next();
            if (!Numbers.isWhole(value)) {
                throw TemplateException.value("* wants int");
            }
            return Indexes.size(value);
        }
        int start = at;
        int size = 0;
        while (Character.isDigit(peek())) {
            size = Math.min(1 << 30, size * 10 + Character.digit(format.charAt(at++), 10));
            size = size < 0 ? 1 << 30 : size;
        }
        return at == start ? otherwise : size;
    }

    private Object next() {
        if (byName || used >= tuple.size()) {
            throw TemplateException.value("not enough arguments for format string");
        }
        return tuple.get(used++);
    }

    private String converted(Object value, char type, String flags, int precision) {
        return switch (type) {
            case 's' -> cut(escaped(Repr.str(budget, value), value), precision);
            case 'r', 'a' -> cut(escaped(Repr.repr(budget, value), null), precision);
            case 'c' -> character(value);
            case 'd', 'i', 'u' ->
                    signed(flags, negative(value), digits(whole(value), 10, precision));
            case 'o' ->
                    signed(
                            flags,
                            negative(value),
                            prefixed(flags, "0o", digits(integer(value), 8, precision)));
            case 'x' ->
                    signed(
                            flags,
                            negative(value),
                            prefixed(flags, "0x", digits(integer(value), 16, precision)));
            case 'X' ->
                    signed(
                            flags,
                            negative(value),
                            prefixed(
                                    flags,
                                    "0X",
                                    digits(integer(value), 16, precision)
                                            .toUpperCase(Locale.ROOT)));
            case 'e', 'E', 'f', 'F', 'g', 'G' -> {
                double number = real(value);
                boolean minus = number < 0 || 1 / number < 0;
                yield signed(
                        flags,
                        minus,
                        FloatText.of(
                                budget,
                                number,
                                type,
                                precision < 0 ? 6 : precision,
                                flags.indexOf('#') >= 0));
            }
            default -> throw TemplateException.value("unsupported format character '" + type + "'");
        };
    }

    private String escaped(String text, @Nullable Object value) {
        return escapes && !(value instanceof Markup) && !Numbers.is(value)
                ? Markup.escapeText(budget, text)
                : text;
    }

    private static String cut(String text, int precision) {
        boolean cuts = precision >= 0 && precision < text.length();
        return cuts && text.codePointCount(0, text.length()) > precision
                ? text.substring(0, text.offsetByCodePoints(0, precision))
                : text;
    }

    private static String character(Object value) {
        if (Numbers.isWhole(value)) {
            int c = Indexes.size(value);
            if (!Character.isValidCodePoint(c)) {
                throw TemplateException.value("%c arg not in range(0x110000)");
            }
            return Character.toString(c);
        }
        if (Types.isText(value)) {
            String text = Types.text(value);
            if (text.codePointCount(0, text.length()) == 1) {
                return text;
            }
        }
        throw TemplateException.value("%c requires int or char");
    }

    private static double real(Object value) {
        if (!Numbers.is(value)) {
            throw TemplateException.value("must be real number, not " + Types.name(value));
        }
        return Numbers.real(value);
    }

    private static boolean negative(Object value) {
        return Numbers.is(value)
                && (value instanceof Double d ? d <= -1 : Numbers.big(value).signum() < 0);
    }

    private static BigInteger whole(Object value) {
        double real = real(value instanceof BigInteger ? 0L : value);
        if (value instanceof Double && (Double.isNaN(real) || Double.isInfinite(real))) {
            throw TemplateException.value("cannot convert float infinity or NaN to integer");
        }
        return value instanceof Double ? Numbers.toInteger(real) : Numbers.big(value);
    }

    private static BigInteger integer(Object value) {
        if (!Numbers.isWhole(value)) {
            throw TemplateException.value("an integer is required, not " + Types.name(value));
        }
        return Numbers.big(value);
    }

    private String digits(BigInteger number, int base, int precision) {
        String digits =
                base == 10 ? NumberText.of(budget, number.abs()) : number.abs().toString(base);
        return precision <= digits.length()
                ? digits
                : new TextBuilder(budget)
                        .repeat("0", precision - digits.length())
                        .append(digits)
                        .toString();
    }

    private static String prefixed(String flags, String prefix, String digits) {
        return flags.indexOf('#') >= 0 ? prefix + digits : digits;
    }

    private static String signed(String flags, boolean negative, String size) {
        return negative
                ? "-" + size
                : flags.indexOf('+') >= 0
                        ? "+" + size
                        : flags.indexOf(' ') >= 0 ? " " + size : size;
    }

    private void pad(String text, int width, boolean left, boolean zeros) {
        int missing = width - text.codePointCount(0, text.length());
        if (left) {
            out.append(text).repeat(" ", missing);
        } else if (zeros) {
            int prefix = text.isEmpty() || "+- ".indexOf(text.charAt(0)) < 0 ? 0 : 1;
            if (text.length() > prefix + 1
                    && text.charAt(prefix) == '0'
                    && Character.isLetter(text.charAt(prefix + 1))) {
                prefix += 2;
            }
            out.append(text.substring(0, prefix))
                    .repeat("0", missing)
                    .append(text.substring(prefix));
        } else {
            out.repeat(" ", missing).append(text);
        }
    }
}
