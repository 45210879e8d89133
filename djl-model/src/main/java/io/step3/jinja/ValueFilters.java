package io.step3.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/** Filters of one value. */
final class ValueFilters {

    private ValueFilters() {}

    static Object apply(Budget budget, String name, Object value, Arguments all) {
        return switch (name) {
            case "abs" -> {
                all.bind(name);
                if (!Numbers.is(value)) {
                    throw value instanceof Undefined undefined
                            ? undefined.refuse()
                            : TemplateException.value(
                                    "bad operand type for abs(): '" + Types.name(value) + "'");
                }
                yield Numbers.abs(value);
            }
            case "attr" -> {
                Object attribute = all.one(name, "name");
                yield Attributes.attributeOnly(budget, value, TextMethods.string(name, attribute));
            }
            case "d", "default" -> {
                @Nullable Object[] bound = all.bind(name, "default_value", "boolean");
                boolean empty = bound[1] != null && Types.truth(budget, bound[1]);
                boolean missing =
                        value instanceof Undefined || empty && !Types.truth(budget, value);
                yield missing ? bound[0] == null ? "" : bound[0] : value;
            }
            case "filesizeformat" -> fileSize(budget, value, all.bind(name, "binary")[0]);
            case "float" -> {
                @Nullable Object[] bound = all.bind(name, "default");
                Double number = real(value);
                yield number != null ? number : bound[0] == null ? (Object) 0.0 : bound[0];
            }
            case "int" -> whole(budget, value, all.bind(name, "default", "base"));
            case "pprint" -> {
                all.bind(name);
                yield Pretty.write(budget, value);
            }
            case "random" ->
                    throw TemplateException.value("'random' is by chance, which no prompt may be");
            case "round" -> round(budget, value, all.bind(name, "precision", "method"));
            default -> toJson(budget, value, all);
        };
    }

    /** Python's {@code float(value)}; null where it is none. */
    private static @Nullable Double real(Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.refuse();
        }
        if (Types.isText(value)) {
            return NumberText.real(Types.text(value));
        }
        return Numbers.is(value) ? (Double) Numbers.real(value) : null;
    }

    private static Object whole(Budget budget, Object value, @Nullable Object[] bound) {
        Object otherwise = bound[0] == null ? (Object) 0L : bound[0];
        if (value instanceof Undefined undefined) {
            throw undefined.refuse();
        }
        Object whole = null;
        if (Types.isText(value)) {
            int base = bound[1] == null ? 10 : Indexes.size(bound[1]);
            if (base == 0 || base >= 2 && base <= 36) {
                NumberText.chargeDigits(budget, Types.text(value).length());
                whole = NumberText.whole(Types.text(value), base);
            }
        } else if (Numbers.isWhole(value)) {
            whole = Numbers.shrink(Numbers.big(value));
        }
        if (whole != null) {
            return whole;
        }
        Double number = real(value);
        boolean finite = number != null && !number.isNaN() && !number.isInfinite();
        if (value instanceof Double infinite && infinite.isInfinite()) {
            throw TemplateException.value("cannot convert float infinity to integer");
        }
        return finite ? Numbers.shrink(Numbers.toInteger(number)) : otherwise;
    }

    private static String fileSize(Budget budget, Object value, @Nullable Object binary) {
        Double bytes = real(value);
        if (bytes == null) {
            throw TemplateException.value("'filesizeformat' takes a number");
        }
        boolean isBinary = binary != null && Types.truth(budget, binary);
        double base = isBinary ? 1024 : 1000;
        if (bytes == 1) {
            return "1 Byte";
        }
        if (bytes < base) {
            return Numbers.toInteger(bytes) + " Bytes";
        }
        String prefixes = "kMGTPEZY";
        double unit = base;
        int prefix = 0;
        while (prefix < prefixes.length() - 1 && bytes >= unit * base) {
            unit *= base;
            prefix++;
        }
        String letter = prefixes.substring(prefix, prefix + 1);
        return FloatText.of(budget, bytes / unit, 'f', 1, false)
                + " "
                + (isBinary ? (prefix == 0 ? "K" : letter) + "iB" : letter + "B");
    }

    private static Object round(Budget budget, Object value, @Nullable Object[] bound) {
        String method = bound[1] == null ? "common" : TextMethods.string("round", bound[1]);
        int precision = bound[0] == null ? 0 : Indexes.size(bound[0]);
        if (value instanceof Undefined undefined) {
            throw undefined.refuse();
        }
        if (!Numbers.is(value)) {
            throw TemplateException.value(
                    "type " + Types.name(value) + " doesn't define __round__ method");
        }
        switch (method) {
            case "common" -> {
                if (Numbers.isWhole(value)) {
                    return roundWhole(value, precision);
                }
                double number = (Double) value;
                if (Double.isNaN(number) || Double.isInfinite(number) || precision > 400) {
                    return number;
                }
                if (precision < -400) {
                    return Math.copySign(0.0, number);
                }
                double rounded =
                        new BigDecimal(number)
                                .setScale(precision, RoundingMode.HALF_EVEN)
                                .doubleValue();
                return Math.copySign(rounded, number);
            }
            case "ceil", "floor" -> {
                Object scale = Numbers.power(budget, 10L, (long) precision);
                Object scaled = Numbers.multiply(budget, value, scale);
                if (scaled instanceof Double real) {
                    if (real.isNaN() || real.isInfinite()) {
                        throw TemplateException.value("cannot round an infinite number");
                    }
                    double whole = method.equals("ceil") ? Math.ceil(real) : Math.floor(real);
                    scaled = Numbers.shrink(Numbers.toInteger(whole));
                }
                return Numbers.divide(scaled, scale);
            }
            default -> throw TemplateException.value("method must be common, ceil or floor");
        }
    }

    private static Object roundWhole(Object value, int precision) {
        if (precision >= 0) {
            return Numbers.shrink(Numbers.big(value));
        }
        if (precision < -40_000) {
            return 0L;
        }
        return Numbers.shrink(
                new BigDecimal(Numbers.big(value))
                        .setScale(precision, RoundingMode.HALF_EVEN)
                        .toBigInteger());
    }

    private static String toJson(Budget budget, Object value, Arguments all) {
        @Nullable Object[] bound =
                all.bind("tojson", "ensure_ascii", "indent", "separators", "sort_keys");
        String indent = null;
        if (bound[1] != null && bound[1] != None.NONE) {
            int width = Types.isText(bound[1]) ? 0 : Indexes.size(bound[1]);
            indent =
                    Types.isText(bound[1])
                            ? Types.text(bound[1])
                            : new TextBuilder(budget).repeat(" ", width).toString();
        }
        Json.Style style = Json.Style.of(is(budget, bound[0]), indent, is(budget, bound[3]));
        if (bound[2] != null && bound[2] != None.NONE) {
            if (!(bound[2] instanceof Sequence pair && pair.size() == 2)) {
                throw TemplateException.value("'separators' of 'tojson' are two strings");
            }
            style =
                    new Json.Style(
                            style.ascii(),
                            indent,
                            TextMethods.string("tojson", pair.get(0)),
                            TextMethods.string("tojson", pair.get(1)),
                            style.sort());
        }
        return Json.write(budget, value, style);
    }

    private static boolean is(Budget budget, @Nullable Object flag) {
        return flag != null && Types.truth(budget, flag);
    }
}
