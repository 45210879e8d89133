package io.step3.chat;

/**
 * What Python's {@code str.isspace} calls whitespace, so that what is stripped here is what the
 * Python servers strip; Java's own two definitions each leave something out.
 */
final class Whitespace {

    private Whitespace() {}

    static boolean is(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
    }

    static String strip(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && is(text.charAt(start))) {
            start++;
        }
        while (end > start && is(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }
}
