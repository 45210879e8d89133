package io.step3.desktop.view;

import io.step3.desktop.model.Words;
import java.text.NumberFormat;

/** Numbers as people read them. */
final class Quantities {

    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};

    private Quantities() {}

    /** Bytes, in powers of 1000 as disks and memory are sold. */
    static String bytes(long bytes, Words words) {
        double value = bytes;
        int unit = 0;
        while (value >= 1000 && unit < UNITS.length - 1) {
            value /= 1000;
            unit++;
        }
        return decimal(value, value < 10 && unit > 0 ? 1 : 0, words) + " " + UNITS[unit];
    }

    static String decimal(double value, int digits, Words words) {
        NumberFormat format = NumberFormat.getNumberInstance(words.locale());
        format.setMinimumFractionDigits(digits);
        format.setMaximumFractionDigits(digits);
        return format.format(value);
    }

    static String whole(long value, Words words) {
        return NumberFormat.getIntegerInstance(words.locale()).format(value);
    }

    static String percent(double share, Words words) {
        return NumberFormat.getPercentInstance(words.locale()).format(share);
    }

    /** A short time. */
    static String seconds(long millis, Words words) {
        if (millis > 0 && millis < 100) {
            return words.text("milliseconds", whole(millis, words));
        }
        return words.text("seconds", decimal(millis / 1000.0, millis < 10_000 ? 1 : 0, words));
    }
}
