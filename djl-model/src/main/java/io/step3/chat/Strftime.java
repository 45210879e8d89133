package io.step3.chat;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The usual directives of C's {@code strftime}, in English. */
final class Strftime {

    private Strftime() {}

    static String format(String format, ZonedDateTime time) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%') {
                out.append(c);
                continue;
            }
            char directive = ++i < format.length() ? format.charAt(i) : ' ';
            String pattern =
                    switch (directive) {
                        case 'Y' -> "yyyy";
                        case 'y' -> "yy";
                        case 'm' -> "MM";
                        case 'd' -> "dd";
                        case 'B' -> "MMMM";
                        case 'b' -> "MMM";
                        case 'A' -> "EEEE";
                        case 'a' -> "EEE";
                        case 'H' -> "HH";
                        case 'I' -> "hh";
                        case 'M' -> "mm";
                        case 'S' -> "ss";
                        case 'p' -> "a";
                        case 'j' -> "DDD";
                        case 'Z' -> "zzz";
                        case 'z' -> "xx";
                        case '%' -> "'%'";
                        default ->
                                throw new ChatTemplateException(
                                        "it formats the time with '%" + directive + "'");
                    };
            out.append(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time));
        }
        return out.toString();
    }
}
