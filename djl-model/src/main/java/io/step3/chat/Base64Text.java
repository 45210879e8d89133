package io.step3.chat;

/**
 * Base64 as it stands in URLs: with line breaks of MIME (Android, openssl), percent-encoded, in the
 * URL-safe alphabet, without padding.
 */
final class Base64Text {
    private Base64Text() {}

    /** The same in the basic alphabet (RFC 4648, 4) and nothing else; what is foreign stays. */
    static String of(String text) {
        StringBuilder plain = new StringBuilder(text.length() + 2);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%' && i + 2 < text.length()) {
                int high = Character.digit(text.charAt(i + 1), 16);
                int low = Character.digit(text.charAt(i + 2), 16);
                if (high >= 0 && low >= 0) {
                    c = (char) (16 * high + low);
                    i += 2;
                }
            }
            switch (c) {
                case ' ', '\t', '\n', '\f', '\r' -> {}
                case '-' -> plain.append('+');
                case '_' -> plain.append('/');
                default -> plain.append(c);
            }
        }
        while (plain.length() % 4 > 1) {
            plain.append('=');
        }
        return plain.toString();
    }
}
