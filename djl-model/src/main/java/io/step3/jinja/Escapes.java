package io.step3.jinja;

/** What a string of a template means: the escapes of Python's strings. */
final class Escapes {

    private final String text;
    private final int line;
    private final StringBuilder out = new StringBuilder();
    private int at;

    private Escapes(String text, int line) {
        this.text = text;
        this.line = line;
    }

    static String read(String text, int line) {
        return text.indexOf('\\') < 0 ? text : new Escapes(text, line).read();
    }

    private String read() {
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (c == '\\' && at < text.length()) {
                readEscape(text.codePointAt(at));
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }

    private void readEscape(int c) {
        at += Character.charCount(c);
        switch (c) {
            case '\n' -> {}
            case '\\', '\'', '"' -> out.append((char) c);
            case 'a' -> out.append('\u0007');
            case 'b' -> out.append('\b');
            case 'f' -> out.append('\f');
            case 'n' -> out.append('\n');
            case 'r' -> out.append('\r');
            case 't' -> out.append('\t');
            case 'v' -> out.append('\u000B');
            case 'x' -> readHex(2);
            case 'u' -> readHex(4);
            case 'U' -> readHex(8);
            case 'N' -> readName();
            case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                at--;
                readOctal();
            }
            default -> {
                out.append('\\');
                if (c < 0x80) {
                    out.append((char) c);
                } else {
                    // Jinja escapes what is not ASCII before it reads escapes: the two meet.
                    out.append(Repr.escape(c), 1, Repr.escape(c).length());
                }
            }
        }
    }

    private void readHex(int digits) {
        int end = at + digits;
        int value = 0;
        for (; at < end; at++) {
            int digit = at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
            if (digit < 0 || value > 0x10FFFF) {
                throw malformed();
            }
            value = value * 16 + digit;
        }
        append(value);
    }

    private void readOctal() {
        int end = Math.min(at + 3, text.length());
        int value = 0;
        for (; at < end && text.charAt(at) >= '0' && text.charAt(at) <= '7'; at++) {
            value = value * 8 + text.charAt(at) - '0';
        }
        append(value);
    }

    private void readName() {
        int close = text.indexOf('}', at);
        if (at >= text.length() || text.charAt(at) != '{' || close < 0) {
            throw malformed();
        }
        try {
            append(Character.codePointOf(text.substring(at + 1, close)));
        } catch (IllegalArgumentException e) {
            throw malformed();
        }
        at = close + 1;
    }

    private void append(int codePoint) {
        if (!Character.isValidCodePoint(codePoint)) {
            throw malformed();
        }
        out.appendCodePoint(codePoint);
    }

    private TemplateException malformed() {
        return new TemplateException(
                TemplateException.Kind.SYNTAX, line, "an escape in a string is malformed", null);
    }
}
