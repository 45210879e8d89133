package io.step3.jinja;

import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's {@code format(value, specification)}, as in {@code '{:>8.2f}'}. */
final class FormatSpec {

    private static final Pattern SPEC =
            Pattern.compile(
                    "(?:(?<fill>.)?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<zero>z)?(?<alternate>#)?"
                            + "(?<zeros>0)?(?<width>[0-9]{1,9})?(?<group>[,_])?"
                            + "(?:\\.(?<precision>[0-9]{1,9}))?(?<type>[a-zA-Z%])?",
                    Pattern.DOTALL);

    private static final BigInteger MAX_CHARACTER = BigInteger.valueOf(Character.MAX_CODE_POINT);

    private final Budget budget;
    private final Matcher spec;
    private final Object value;
    private final boolean number;

    private FormatSpec(Budget budget, Object value, Matcher spec) {
        this.budget = budget;
        this.value = value;
        this.spec = spec;
        this.number = Numbers.is(value);
    }

    static String format(Budget budget, Object value, String specification) {
        if (specification.isEmpty()) {
            return Repr.str(budget, value);
        }
        Matcher spec = SPEC.matcher(specification);
        if (!spec.matches()) {
            throw TemplateException.value("Invalid format specifier");
        }
        if (!Numbers.is(value) && !Types.isText(value)) {
            throw TemplateException.value(
                    "unsupported format string passed to " + Types.name(value) + ".__format__");
        }
        return new FormatSpec(budget, value, spec).write();
    }

    private int size(String group, int otherwise) {
        String text = spec.group(group);
        return text == null ? otherwise : Integer.parseInt(text);
    }

    private boolean has(String group) {
        return spec.group(group) != null;
    }

    private String write() {
        String type = spec.group("type");
        if (!number) {
            String text = Types.text(value);
            boolean wrong =
                    type != null && !type.equals("s")
                            || has("sign")
                            || has("zero")
                            || has("alternate")
                            || has("group")
                            || "=".equals(spec.group("align"));
            if (wrong) {
                throw TemplateException.value("Invalid format specifier for a string");
            }
            int precision = size("precision", Integer.MAX_VALUE);
            int count = Characters.count(budget, text);
            return padded(
                    "",
                    precision < count
                            ? text.substring(0, text.offsetByCodePoints(0, precision))
                            : text);
        }
        boolean real = value instanceof Double || type != null && "eEfFgG%".contains(type);
        if (real) {
            return writeReal(type);
        }
        return writeWhole(type == null ? "d" : type);
    }

    private String writeWhole(String type) {
        BigInteger whole = Numbers.big(value);
        if (has("precision") || has("zero")) {
            throw TemplateException.value("Precision not allowed in integer format specifier");
        }
        BigInteger size = whole.abs();
        String prefix = has("alternate") ? "0" + type : "";
        String digits =
                switch (type) {
                    case "d", "n" -> {
                        prefix = "";
                        yield NumberText.of(budget, size);
                    }
                    case "b" -> size.toString(2);
                    case "o" -> size.toString(8);
                    case "x" -> size.toString(16);
                    case "X" -> size.toString(16).toUpperCase(Locale.ROOT);
                    case "c" -> {
                        if (whole.signum() < 0 || size.compareTo(MAX_CHARACTER) > 0) {
                            throw TemplateException.value("%c arg not in range(0x110000)");
                        }
                        yield Character.toString(size.intValue());
                    }
                    default -> throw unknown(type);
                };
        String before = sign(whole.signum() < 0) + prefix;
        return padded(before, grouped(digits, type.matches("[boxX]") ? 4 : 3, before.length()));
    }

    private String writeReal(String type) {
        double real = Numbers.real(value);
        boolean negative = real < 0 || 1 / real < 0;
        int precision = size("precision", -1);
        String text;
        if (type == null) {
            text = precision < 0 ? NumberText.of(Math.abs(real)) : shortest(real, precision);
        } else {
            boolean percent = type.equals("%");
            char kind = percent ? 'f' : type.equals("n") ? 'g' : type.charAt(0);
            if ("eEfFgG".indexOf(kind) < 0) {
                throw unknown(type);
            }
            text =
                    FloatText.of(
                            budget,
                            percent ? real * 100 : real,
                            kind,
                            precision < 0 ? 6 : precision,
                            has("alternate"));
            text += percent ? "%" : "";
        }
        int end = 0;
        while (end < text.length() && Character.isDigit(text.charAt(end))) {
            end++;
        }
        boolean zero = text.chars().noneMatch(c -> c >= '1' && c <= '9' || c >= 'a');
        String before = sign(negative && !(has("zero") && zero));
        int around = before.length() + text.length() - end;
        return padded(before, grouped(text.substring(0, end), 3, around) + text.substring(end));
    }

    /** As with {@code g}, but with a digit behind the point. */
    private String shortest(double real, int precision) {
        String text = FloatText.of(budget, real, 'g', precision, has("alternate"));
        int exponent = text.indexOf('e');
        boolean bare = exponent < 0 && text.indexOf('.') < 0 && Character.isDigit(text.charAt(0));
        if (bare && text.length() >= Math.max(1, precision)) {
            return FloatText.of(budget, real, 'e', Math.max(0, precision - 1), false);
        }
        return bare ? text + ".0" : text;
    }

    private TemplateException unknown(String type) {
        return TemplateException.value(
                "Unknown format code '"
                        + type
                        + "' for object of type '"
                        + Types.name(value)
                        + "'");
    }

    private String sign(boolean negative) {
        String sign = spec.group("sign");
        return negative ? "-" : sign == null || sign.equals("-") ? "" : sign;
    }

    /**
     * Digits with what groups them.
     *
     * @param around how many characters stand before and behind them
     */
    private String grouped(String digits, int each, int around) {
        String separator = spec.group("group");
        boolean zeros = has("zeros") && !has("align");
        if (separator == null) {
            return digits;
        }
        StringBuilder text = new StringBuilder(digits);
        if (zeros) {
            int width = size("width", 0) - around;
            budget.write(width);
            while (text.length() + (text.length() - 1) / each < width) {
                text.insert(0, '0');
            }
        }
        for (int i = text.length() - each; i > 0; i -= each) {
            text.insert(i, separator);
        }
        return text.toString();
    }

    private String padded(String sign, String text) {
        int length = sign.length() + text.codePointCount(0, text.length());
        int missing = size("width", 0) - length;
        String align = spec.group("align");
        String fill = spec.group("fill");
        if (align == null && has("zeros")) {
            align = number ? "=" : "<";
            fill = "0";
        }
        if (align == null) {
            align = number ? ">" : "<";
        }
        if (fill == null) {
            fill = has("zeros") ? "0" : " ";
        }
        TextBuilder out = new TextBuilder(budget);
        switch (align) {
            case "<" -> out.append(sign).append(text).repeat(fill, missing);
            case ">" -> out.repeat(fill, missing).append(sign).append(text);
            case "=" -> out.append(sign).repeat(fill, missing).append(text);
            default ->
                    out.repeat(fill, missing / 2)
                            .append(sign)
                            .append(text)
                            .repeat(fill, missing - missing / 2);
        }
        return out.toString();
    }
}
