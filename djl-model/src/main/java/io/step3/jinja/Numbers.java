package io.step3.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import org.jspecify.annotations.Nullable;

/**
 * Python's numbers: whole ones of any size (Long, or BigInteger where that is too small), Double,
 * and Boolean, which counts as 0 or 1.
 */
final class Numbers {

    /** More bits are refused; Python itself prints no number of more than 4300 digits. */
    private static final int MAX_BITS = 100_000;

    private static final BigInteger MIN_LONG = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger MAX_LONG = BigInteger.valueOf(Long.MAX_VALUE);

    /** Whole numbers up to here are exact as a double. */
    private static final long EXACT = 1L << 53;

    private Numbers() {}

    static boolean is(@Nullable Object value) {
        return value instanceof Long
                || value instanceof Double
                || value instanceof Boolean
                || value instanceof BigInteger;
    }

    static boolean isWhole(Object value) {
        return is(value) && !(value instanceof Double);
    }

    static boolean isNan(Object value) {
        return value instanceof Double number && number.isNaN();
    }

    /** The number as Long where it fits. */
    static Object shrink(BigInteger number) {
        boolean fits = number.compareTo(MIN_LONG) >= 0 && number.compareTo(MAX_LONG) <= 0;
        return fits ? (Object) number.longValue() : number;
    }

    /** A whole number in full; booleans count. */
    static BigInteger big(Object whole) {
        return switch (whole) {
            case Long number -> BigInteger.valueOf(number);
            case Boolean truth -> truth ? BigInteger.ONE : BigInteger.ZERO;
            default -> (BigInteger) whole;
        };
    }

    /** Towards zero, as Python's {@code int}. */
    static BigInteger toInteger(double number) {
        if (Math.abs(number) < EXACT) {
            return BigInteger.valueOf((long) number);
        }
        return new BigDecimal(number).toBigInteger();
    }

    static double real(Object number) {
        return switch (number) {
            case Double real -> real;
            case Long whole -> whole;
            case Boolean truth -> truth ? 1 : 0;
            default -> {
                double real = ((BigInteger) number).doubleValue();
                if (Double.isInfinite(real)) {
                    throw TemplateException.value("int too large to convert to float");
                }
                yield real;
            }
        };
    }

    /** Zero also where one is no number at all. */
    static int compare(Object a, Object b) {
        if (a instanceof Long left && b instanceof Long right) {
            return Long.compare(left, right);
        }
        if (isWhole(a) && isWhole(b)) {
            return big(a).compareTo(big(b));
        }
        if (isNan(a) || isNan(b)) {
            return 0;
        }
        if (a instanceof Double left && (left.isInfinite() || b instanceof Double)) {
            return left.isInfinite() && !(b instanceof Double)
                    ? (left > 0 ? 1 : -1)
                    : left == real(b) ? 0 : Double.compare(left, real(b));
        }
        if (b instanceof Double right && right.isInfinite()) {
            return right > 0 ? -1 : 1;
        }
        return decimal(a).compareTo(decimal(b));
    }

    private static BigDecimal decimal(Object number) {
        return number instanceof Double real ? new BigDecimal(real) : new BigDecimal(big(number));
    }

    static Object negate(Object number) {
        if (number instanceof Double real) {
            return -real;
        }
        return shrink(big(number).negate());
    }

    static Object abs(Object number) {
        if (number instanceof Double real) {
            return Math.abs(real);
        }
        return shrink(big(number).abs());
    }

    static Object add(Budget budget, Object a, Object b) {
        if (a instanceof Long left && b instanceof Long right) {
            long sum = left + right;
            boolean overflow = ((left ^ sum) & (right ^ sum)) < 0;
            return overflow ? (Object) big(left).add(big(right)) : sum;
        }
        if (a instanceof Double || b instanceof Double) {
            return real(a) + real(b);
        }
        return sized(budget, big(a).add(big(b)));
    }

    static Object subtract(Budget budget, Object a, Object b) {
        if (a instanceof Double || b instanceof Double) {
            return real(a) - real(b);
        }
        return sized(budget, big(a).subtract(big(b)));
    }

    static Object multiply(Budget budget, Object a, Object b) {
        if (a instanceof Double || b instanceof Double) {
            return real(a) * real(b);
        }
        BigInteger left = big(a);
        BigInteger right = big(b);
        requireBits((long) left.bitLength() + right.bitLength());
        budget.spend(1 + (long) left.bitLength() * right.bitLength() / 4096);
        return sized(budget, left.multiply(right));
    }

    private static Object sized(Budget budget, BigInteger number) {
        requireBits(number.bitLength());
        budget.read(number.bitLength() / 8);
        return shrink(number);
    }

    private static void requireBits(long bits) {
        if (bits > MAX_BITS) {
            throw TemplateException.limit("it computes a number of more than 30,000 digits");
        }
    }

    static Object divide(Object a, Object b) {
        if (isZero(b)) {
            throw TemplateException.value("division by zero");
        }
        if (a instanceof Double || b instanceof Double || (isExact(a) && isExact(b))) {
            return real(a) / real(b);
        }
        double quotient =
                new BigDecimal(big(a))
                        .divide(new BigDecimal(big(b)), new MathContext(60))
                        .doubleValue();
        if (Double.isInfinite(quotient)) {
            throw TemplateException.value("integer division result too large for a float");
        }
        return quotient;
    }

    private static boolean isZero(Object number) {
        return number instanceof Double real ? real == 0 : big(number).signum() == 0;
    }

    private static boolean isExact(Object whole) {
        return !(whole instanceof BigInteger)
                && (whole instanceof Boolean || Math.abs((Long) whole) <= EXACT);
    }

    static Object floorDivide(Budget budget, Object a, Object b) {
        if (isZero(b)) {
            throw TemplateException.value("integer division or modulo by zero");
        }
        if (a instanceof Double || b instanceof Double) {
            double left = real(a);
            double right = real(b);
            double remainder = modulo(left, right);
            double quotient = (left - remainder) / right;
            if (quotient == 0) {
                return Math.copySign(0.0, left / right);
            }
            double floor = Math.floor(quotient);
            return quotient - floor > 0.5 ? floor + 1 : floor;
        }
        chargeDivision(budget, a, b);
        BigInteger[] parts = big(a).divideAndRemainder(big(b));
        boolean down = parts[1].signum() != 0 && parts[1].signum() != big(b).signum();
        return shrink(down ? parts[0].subtract(BigInteger.ONE) : parts[0]);
    }

    static Object modulo(Budget budget, Object a, Object b) {
        if (isZero(b)) {
            throw TemplateException.value("integer division or modulo by zero");
        }
        if (a instanceof Double || b instanceof Double) {
            return modulo(real(a), real(b));
        }
        chargeDivision(budget, a, b);
        BigInteger remainder = big(a).remainder(big(b));
        boolean other = remainder.signum() != 0 && remainder.signum() != big(b).signum();
        return shrink(other ? remainder.add(big(b)) : remainder);
    }

    private static void chargeDivision(Budget budget, Object a, Object b) {
        budget.spend(1 + (long) big(a).bitLength() * big(b).bitLength() / 4096);
    }

    private static double modulo(double a, double b) {
        double remainder = a % b;
        if (remainder != 0 && (remainder < 0) != (b < 0)) {
            return remainder + b;
        }
        return remainder == 0 ? Math.copySign(0.0, b) : remainder;
    }

    static Object power(Budget budget, Object a, Object b) {
        if (isWhole(a) && isWhole(b) && big(b).signum() >= 0) {
            return wholePower(budget, big(a), big(b));
        }
        double base = real(a);
        double exponent = real(b);
        if (base == 0 && exponent < 0) {
            throw TemplateException.value("0.0 cannot be raised to a negative power");
        }
        if (base < 0 && exponent != Math.rint(exponent)) {
            throw TemplateException.value("complex numbers are not for templates");
        }
        double power = Math.pow(base, exponent);
        if (Double.isInfinite(power) && !Double.isInfinite(base) && !Double.isInfinite(exponent)) {
            throw TemplateException.value("numerical result out of range");
        }
        return power;
    }

    private static Object wholePower(Budget budget, BigInteger base, BigInteger exponent) {
        if (exponent.signum() == 0) {
            return 1L;
        }
        if (base.abs().compareTo(BigInteger.ONE) <= 0) {
            return shrink(base.signum() < 0 && !exponent.testBit(0) ? base.negate() : base);
        }
        if (exponent.bitLength() > 31) {
            requireBits(Long.MAX_VALUE);
        }
        long bits = (base.bitLength() - 1L) * exponent.longValue();
        requireBits(bits);
        budget.spend(1 + bits * bits / 4096);
        return shrink(base.pow(exponent.intValue()));
    }
}
