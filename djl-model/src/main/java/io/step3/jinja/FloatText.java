package io.step3.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** A real number with so many digits, as C and Python write it, in no locale. */
final class FloatText {

    private FloatText() {}

    /**
     * The size of a number, without its sign.
     *
     * @param type {@code e}, {@code f} or {@code g}, in upper case for upper case
     * @param alternate {@code #}: the point and zeros stay
     */
    static String of(Budget budget, double number, char type, int precision, boolean alternate) {
        double size = Math.abs(number);
        boolean upper = Character.isUpperCase(type);
        if (Double.isNaN(size) || Double.isInfinite(size)) {
            String name = Double.isNaN(size) ? "nan" : "inf";
            return upper ? name.toUpperCase(Locale.ROOT) : name;
        }
        budget.write(400L + precision);
        BigDecimal exact = new BigDecimal(size);
        String text =
                switch (Character.toLowerCase(type)) {
                    case 'e' -> scientific(exact, precision, alternate);
                    case 'f' -> fixed(exact, precision, alternate);
                    default -> general(exact, Math.max(1, precision), alternate);
                };
        return upper ? text.toUpperCase(Locale.ROOT) : text;
    }

    private static String fixed(BigDecimal number, int precision, boolean alternate) {
        String text = number.setScale(precision, RoundingMode.HALF_EVEN).toPlainString();
        return precision == 0 && alternate ? text + "." : text;
    }

    private static int exponent(BigDecimal number) {
        return number.signum() == 0 ? 0 : number.precision() - number.scale() - 1;
    }

    private static String scientific(BigDecimal number, int precision, boolean alternate) {
        BigDecimal rounded =
                number.signum() == 0
                        ? number
                        : number.round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
        int exponent = exponent(rounded);
        BigDecimal mantissa = rounded.scaleByPowerOfTen(-exponent);
        return fixed(mantissa, precision, alternate) + NumberText.exponent(exponent);
    }

    private static String general(BigDecimal number, int precision, boolean alternate) {
        BigDecimal rounded =
                number.signum() == 0
                        ? number
                        : number.round(new MathContext(precision, RoundingMode.HALF_EVEN));
        int exponent = exponent(rounded);
        if (exponent < -4 || exponent >= precision) {
            String text = scientific(number, precision - 1, alternate);
            int end = text.indexOf('e');
            return alternate ? text : trimmed(text.substring(0, end)) + text.substring(end);
        }
        String text = fixed(rounded, precision - 1 - exponent, alternate);
        return alternate ? text : trimmed(text);
    }

    private static String trimmed(String text) {
        if (text.indexOf('.') < 0) {
            return text;
        }
        int end = text.length();
        while (text.charAt(end - 1) == '0') {
            end--;
        }
        return text.substring(0, text.charAt(end - 1) == '.' ? end - 1 : end);
    }
}
