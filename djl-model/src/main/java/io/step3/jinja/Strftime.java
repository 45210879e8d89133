package io.step3.jinja;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** The directives of C's {@code strftime}, in English; a local time has no zone. */
final class Strftime {

    private Strftime() {}

    static String format(Budget budget, String format, LocalDateTime time) {
        TextBuilder out = new TextBuilder(budget);
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%') {
                out.append(c);
                continue;
            }
            budget.spend(20);
            boolean bare = i + 1 < format.length() && format.charAt(i + 1) == '-';
            i += bare ? 2 : 1;
            String part = part(i < format.length() ? format.charAt(i) : ' ', time);
            out.append(bare ? part.replaceFirst("^0+(?=.)", "") : part);
        }
        return out.toString();
    }

    private static String part(char directive, LocalDateTime time) {
        String pattern =
                switch (directive) {
                    case 'Y' -> "uuuu";
                    case 'y' -> "uu";
                    case 'm' -> "MM";
                    case 'd' -> "dd";
                    case 'B' -> "MMMM";
                    case 'b', 'h' -> "MMM";
                    case 'A' -> "EEEE";
                    case 'a' -> "EEE";
                    case 'H' -> "HH";
                    case 'I' -> "hh";
                    case 'M' -> "mm";
                    case 'S' -> "ss";
                    case 'f' -> "SSSSSS";
                    case 'p' -> "a";
                    case 'j' -> "DDD";
                    case 'c' -> "EEE MMM ppd HH:mm:ss uuuu";
                    case 'D', 'x' -> "MM/dd/uu";
                    case 'F' -> "uuuu-MM-dd";
                    case 'T', 'X' -> "HH:mm:ss";
                    case 'R' -> "HH:mm";
                    case 'e' -> "ppd";
                    default -> null;
                };
        if (pattern != null) {
            return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time);
        }
        int weekday = time.getDayOfWeek().getValue();
        int day = time.getDayOfYear();
        return switch (directive) {
            case '%' -> "%";
            case 'n' -> "\n";
            case 't' -> "\t";
            case 'z', 'Z' -> "";
            case 'u' -> Integer.toString(weekday);
            case 'w' -> Integer.toString(weekday % 7);
            case 'U' -> two((day + 6 - weekday % 7) / 7);
            case 'W' -> two((day + 7 - weekday) / 7);
            case 'V' -> two(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'G' -> Integer.toString(time.get(IsoFields.WEEK_BASED_YEAR));
            case 'C' -> two(time.get(ChronoField.YEAR) / 100);
            default ->
                    throw TemplateException.value("it formats the time with '%" + directive + "'");
        };
    }

    private static String two(int number) {
        return (number < 10 ? "0" : "") + number;
    }
}
