package io.step3.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers as Python writes and reads them, in no locale. */
final class NumberText {

    /** Python writes and reads no more digits of a whole number. */
    private static final int MAX_DIGITS = 4300;

    private NumberText() {}

    static String of(Budget budget, BigInteger number) {
        chargeDigits(budget, number.bitLength() / 3);
        // Three digits are a little less than ten bits.
        String text = number.bitLength() > MAX_DIGITS * 4 ? null : number.toString();
        if (text == null || text.length() > MAX_DIGITS + (number.signum() < 0 ? 1 : 0)) {
            throw TemplateException.value(
                    "a number of more than " + MAX_DIGITS + " digits cannot be written");
        }
        return text;
    }

    /** Between bits and decimal digits the work grows with the square of their number. */
    static void chargeDigits(Budget budget, long digits) {
        budget.spend(1 + digits * digits / 4096);
    }

    /** Python's {@code repr} of a float: exponents only below 1e-4 and from 1e16 on. */
    static String of(double number) {
        if (Double.isNaN(number)) {
            return "nan";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        BigDecimal decimal = new BigDecimal(Double.toString(number)).stripTrailingZeros();
        if (decimal.precision() == 2) {
            // Java writes two digits also where one is enough.
            BigDecimal shorter = decimal.round(new MathContext(1));
            decimal = shorter.doubleValue() == number ? shorter : decimal;
        }
        int exponent = decimal.precision() - decimal.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            String plain = decimal.toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        return decimal.scaleByPowerOfTen(-exponent).toPlainString() + exponent(exponent);
    }

    static String exponent(int exponent) {
        int size = Math.abs(exponent);
        return (exponent < 0 ? "e-" : "e+") + (size < 10 ? "0" : "") + size;
    }

    /**
     * A whole number as Python's {@code int} reads it.
     *
     * @param base 2 to 36, or 0 to go by the prefix
     * @return null where it is none
     */
    static @Nullable Object whole(String text, int base) {
        String digits = Characters.strip(text);
        boolean negative = digits.startsWith("-");
        if (negative || digits.startsWith("+")) {
            digits = digits.substring(1);
        }
        String lower = digits.length() > 1 ? digits.substring(0, 2) : "";
        int prefixed =
                switch (lower) {
                    case "0x", "0X" -> 16;
                    case "0o", "0O" -> 8;
                    case "0b", "0B" -> 2;
                    default -> 0;
                };
        if (prefixed != 0 && (base == 0 || base == prefixed)) {
            digits = digits.substring(2);
            digits = digits.startsWith("_") ? digits.substring(1) : digits;
            base = prefixed;
        } else if (base == 0) {
            if (digits.startsWith("0") && !digits.replace("_", "").matches("0+")) {
                return null;
            }
            base = 10;
        }
        String plain = digits(digits, base);
        if (plain == null) {
            return null;
        }
        if (plain.length() > MAX_DIGITS && Integer.bitCount(base) != 1) {
            throw TemplateException.value(
                    "a number of more than " + MAX_DIGITS + " digits cannot be read");
        }
        BigInteger number = new BigInteger(plain, base);
        return Numbers.shrink(negative ? number.negate() : number);
    }

    /** The digits without underscores, which may stand between two of them; null if malformed. */
    private static @Nullable String digits(String text, int base) {
        StringBuilder plain = new StringBuilder();
        boolean digit = false;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (c == '_' && digit) {
                digit = false;
                continue;
            }
            int value = c > 0x7F && Character.isLetter(c) ? -1 : Character.digit(c, base);
            if (value < 0) {
                return null;
            }
            plain.append(Character.forDigit(value, base));
            digit = true;
        }
        return digit ? plain.toString() : null;
    }

    /** A number as Python's {@code float} reads it; null where it is none. */
    static @Nullable Double real(String text) {
        String number = Characters.strip(text);
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < number.length(); ) {
            int c = number.codePointAt(i);
            i += Character.charCount(c);
            if (c == '_') {
                boolean between =
                        plain.length() > 0
                                && Character.isDigit(plain.charAt(plain.length() - 1))
                                && i < number.length()
                                && Character.isDigit(number.codePointAt(i));
                if (!between) {
                    return null;
                }
            } else {
                plain.appendCodePoint(
                        c > 0x7F && Character.isDigit(c) ? '0' + Character.digit(c, 10) : c);
            }
        }
        String ascii = plain.toString();
        if (ascii.matches("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?")) {
            return Double.valueOf(ascii);
        }
        boolean negative = ascii.startsWith("-");
        boolean signed = negative || ascii.startsWith("+");
        return switch (ascii.substring(signed ? 1 : 0).toLowerCase(Locale.ROOT)) {
            case "inf", "infinity" ->
                    negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
            case "nan" -> Double.NaN;
            default -> null;
        };
    }
}
