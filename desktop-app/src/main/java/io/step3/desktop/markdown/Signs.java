package io.step3.desktop.markdown;

import static java.lang.Character.UnicodeScript;

/**
 * Signs that are put into the text for the parser alone and taken out of what it returns. Text from
 * outside never holds them: {@link #clean} replaces them.
 */
final class Signs {

    /** Holds the place of text that was frozen before. */
    static final char PLACE = '\uE000';

    /**
     * Punctuation for the parser. CommonMark does not close the bold in {@code **（重要）**的} because
     * the text goes on without a blank, which Chinese and Japanese do not write; with a punctuation
     * sign between it does.
     */
    static final char JOINT = '\uA6F7';

    private Signs() {}

    static String clean(String text) {
        return text.indexOf(PLACE) < 0 && text.indexOf(JOINT) < 0
                ? text
                : text.replace(PLACE, '\uFFFD').replace(JOINT, '\uFFFD');
    }

    static String remove(String text) {
        if (text.indexOf(PLACE) < 0 && text.indexOf(JOINT) < 0) {
            return text;
        }
        return text.replace(String.valueOf(PLACE), "").replace(String.valueOf(JOINT), "");
    }

    /**
     * Puts a {@link #JOINT} between runs of {@code *} and East Asian letters where it is needed.
     */
    static String join(String text) {
        StringBuilder joined = null;
        int copied = 0;
        for (int start = text.indexOf('*'); start >= 0; ) {
            int end = start;
            while (end < text.length() && text.charAt(end) == '*') {
                end++;
            }
            if (start > 0 && end < text.length()) {
                int before = text.codePointBefore(start);
                int after = text.codePointAt(end);
                boolean opens = eastAsian(before) && punctuation(after);
                boolean closes = punctuation(before) && eastAsian(after);
                if (opens || closes) {
                    joined = joined == null ? new StringBuilder(text.length() + 16) : joined;
                    int at = opens ? start : end;
                    joined.append(text, copied, at).append(JOINT);
                    copied = at;
                }
            }
            start = text.indexOf('*', end);
        }
        return joined == null ? text : joined.append(text, copied, text.length()).toString();
    }

    private static boolean eastAsian(int c) {
        if (c < 0x1100) {
            return false;
        }
        UnicodeScript script = UnicodeScript.of(c);
        return script == UnicodeScript.HAN
                || script == UnicodeScript.HIRAGANA
                || script == UnicodeScript.KATAKANA
                || script == UnicodeScript.HANGUL
                || script == UnicodeScript.BOPOMOFO;
    }

    private static boolean punctuation(int c) {
        return switch (Character.getType(c)) {
            case Character.CONNECTOR_PUNCTUATION,
                    Character.DASH_PUNCTUATION,
                    Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION,
                    Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION,
                    Character.MATH_SYMBOL,
                    Character.CURRENCY_SYMBOL,
                    Character.MODIFIER_SYMBOL,
                    Character.OTHER_SYMBOL ->
                    true;
            default -> false;
        };
    }
}
