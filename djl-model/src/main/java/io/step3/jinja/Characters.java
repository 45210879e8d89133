package io.step3.jinja;

import java.util.Locale;

/** Python's view of text: code points, and what kind of character each is. */
final class Characters {

    /** Han characters that are numbers, as Unicode's table of them has it. */
    private static final String NUMERALS =
            "㐅㒃㠪㭍一七万三九二五亖亿什仟仨伍佰億兆兩八六十千卅卌叁叄参叐四壱壹幺廾廿弌弍弎弐拾捌柒漆玖百肆萬貮貳贰阡陆陌陸零";

    private Characters() {}

    /** How many code points a text has. */
    static int count(Budget budget, String text) {
        budget.read(text.length());
        return text.codePointCount(0, text.length());
    }

    /** The index in UTF-16 of a code point, counted from the start; at most the text's end. */
    static int offset(String text, int codePoints, int count) {
        if (codePoints >= count) {
            return text.length();
        }
        return count == text.length() ? codePoints : text.offsetByCodePoints(0, codePoints);
    }

    static boolean isSpace(int c) {
        return c >= 9 && c <= 13
                || c >= 28 && c <= 32
                || c == 0x85
                || c > 0x85 && Character.isSpaceChar(c);
    }

    static String strip(String text) {
        return stripEnd(text.substring(skipSpace(text, 0)));
    }

    static int skipSpace(String text, int from) {
        int at = from;
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    static String stripEnd(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    /** Whether {@code splitlines} ends a line there. */
    static boolean isLineEnd(int c) {
        return c >= 10 && c <= 13 || c >= 28 && c <= 30 || c == 0x85 || c == 0x2028 || c == 0x2029;
    }

    static boolean isPrintable(int c) {
        if (c == ' ') {
            return true;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR ->
                    false;
            default -> true;
        };
    }

    static boolean isAlpha(int c) {
        return Character.isLetter(c);
    }

    static boolean isDecimal(int c) {
        return Character.isDigit(c);
    }

    /** Decimal digits and those above, below or in a circle. */
    static boolean isDigit(int c) {
        return isDecimal(c)
                || c == 0xB2
                || c == 0xB3
                || c == 0xB9
                || c >= 0x1369 && c <= 0x1371
                || c == 0x19DA
                || c == 0x2070
                || c >= 0x2074 && c <= 0x2079
                || c >= 0x2080 && c <= 0x2089
                || c >= 0x2460 && c <= 0x2468
                || c >= 0x2474 && c <= 0x247C
                || c >= 0x2488 && c <= 0x2490
                || c == 0x24EA
                || c >= 0x24F5 && c <= 0x24FD
                || c == 0x24FF
                || c >= 0x2776 && c <= 0x277E
                || c >= 0x2780 && c <= 0x2788
                || c >= 0x278A && c <= 0x2792
                || c >= 0x10A40 && c <= 0x10A43
                || c >= 0x10E60 && c <= 0x10E68
                || c >= 0x11052 && c <= 0x1105A
                || c >= 0x1F100 && c <= 0x1F10A;
    }

    static boolean isNumeric(int c) {
        return switch (Character.getType(c)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
                    true;
            default -> NUMERALS.indexOf(c) >= 0;
        };
    }

    static boolean isAlnum(int c) {
        return isAlpha(c) || isNumeric(c) || isDigit(c);
    }

    /** Letters that have a case, those of title case included. */
    static boolean isCased(int c) {
        return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    }

    static boolean isNameStart(int c) {
        return c == '_' || Character.isUnicodeIdentifierStart(c);
    }

    static boolean isNamePart(int c) {
        return c == '_'
                || Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c);
    }

    /** A character in lower case, wherever in a word it stands. */
    static String lower(int c) {
        return Character.toString(c).toLowerCase(Locale.ROOT);
    }

    static String upper(int c) {
        return Character.toString(c).toUpperCase(Locale.ROOT);
    }

    /** A character as the first of a word. */
    static String title(int c) {
        int title = Character.toTitleCase(c);
        String upper = upper(c);
        // One that has no title case of its own may have two letters in upper case.
        return title == c && !Character.isTitleCase(c) && upper.length() > Character.charCount(c)
                ? firstUpper(upper)
                : Character.toString(title);
    }

    private static String firstUpper(String upper) {
        int first = upper.codePointAt(0);
        StringBuilder title = new StringBuilder().appendCodePoint(first);
        boolean cased = isCased(first);
        for (int i = title.length(); i < upper.length(); ) {
            int c = upper.codePointAt(i);
            title.append(cased ? lower(c) : Character.toString(c));
            cased |= isCased(c);
            i += Character.charCount(c);
        }
        return title.toString();
    }

    /** A character without its case, for comparison. */
    static String fold(int c) {
        if (c == 0x131) {
            // A letter i without its dot is another letter.
            return Character.toString(c);
        }
        StringBuilder folded = new StringBuilder();
        lower(c).codePoints().forEach(one -> folded.append(upper(one)));
        StringBuilder lower = new StringBuilder();
        folded.codePoints().forEach(one -> lower.append(lower(one)));
        return lower.toString();
    }
}
