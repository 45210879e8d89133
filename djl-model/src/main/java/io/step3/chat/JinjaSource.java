package io.step3.chat;

/**
 * Settles the whitespace of a template by the rules of Jinja 3.1's {@code lexer.py} with {@code
 * trim_blocks} and {@code lstrip_blocks}, so that Jinjava has nothing left to trim: its own {@code
 * lstrip_blocks} takes blanks in the middle of a line, too (HubSpot/jinjava issue 1230), and every
 * blank of a prompt counts.
 *
 * <p>Comments and {@code raw} are resolved here as well, and what stands in quotes within a tag is
 * written with escapes, because Jinjava splits tags at braces, commas and equal signs in quotes.
 */
final class JinjaSource {

    private final String source;
    private final StringBuilder out = new StringBuilder();
    private int position;

    /** Whether what was read last ended a line. */
    private boolean atLineStart = true;

    private JinjaSource(String source) {
        this.source = source;
    }

    /**
     * A template that renders without any trimming to what Jinja makes of the source.
     *
     * @throws ChatTemplateException if a tag is not closed
     */
    static String settle(String source) {
        String lines = source.replace("\r\n", "\n").replace('\r', '\n');
        // Like Jinja, one line end at the end of the source is not part of the template.
        return new JinjaSource(
                        lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines)
                .settle();
    }

    private String settle() {
        for (int tag = nextTag(position); tag >= 0; tag = nextTag(position)) {
            String text = source.substring(position, tag);
            char kind = source.charAt(tag + 1);
            position = tag + 2;
            appendText(trimEnd(text, takeSign(), kind != '{'));
            switch (kind) {
                case '#' -> skipComment();
                case '{' -> appendTag("{{", "}}");
                default -> appendStatement();
            }
            atLineStart = source.startsWith("\n", position - 1);
        }
        appendText(source.substring(position));
        return out.toString();
    }

    private int nextTag(int from) {
        for (int brace = source.indexOf('{', from);
                brace >= 0 && brace + 1 < source.length();
                brace = source.indexOf('{', brace + 1)) {
            if ("{%#".indexOf(source.charAt(brace + 1)) >= 0) {
                return brace;
            }
        }
        return -1;
    }

    private char takeSign() {
        char sign = position < source.length() ? source.charAt(position) : ' ';
        if (sign != '-' && sign != '+') {
            return ' ';
        }
        position++;
        return sign;
    }

    /** The text before a tag. */
    private String trimEnd(String text, char sign, boolean isBlock) {
        if (sign == '-') {
            return PythonMethods.strip(text, null, false, true);
        }
        int line = text.lastIndexOf('\n') + 1;
        boolean blankLine =
                (line > 0 || atLineStart) && Whitespace.strip(text.substring(line)).isEmpty();
        return isBlock && sign != '+' && blankLine ? text.substring(0, line) : text;
    }

    private void skipComment() {
        int end = source.indexOf("#}", position);
        if (end < 0) {
            throw new ChatTemplateException("a comment is not closed");
        }
        char sign = end > position ? source.charAt(end - 1) : ' ';
        position = end + 2;
        trimStart(sign, true);
    }

    /** What follows a tag: one line end after a block, or all whitespace after a minus. */
    private void trimStart(char sign, boolean isBlock) {
        if (sign == '-') {
            while (position < source.length() && Whitespace.is(source.charAt(position))) {
                position++;
            }
        } else if (sign != '+' && isBlock && source.startsWith("\n", position)) {
            position++;
        }
    }

    private void appendStatement() {
        int name = position;
        while (name < source.length() && Whitespace.is(source.charAt(name))) {
            name++;
        }
        int end = name + "raw".length();
        while (end < source.length() && Whitespace.is(source.charAt(end))) {
            end++;
        }
        boolean minus = source.startsWith("-%}", end);
        if (source.startsWith("raw", name) && (minus || source.startsWith("%}", end))) {
            position = end + (minus ? 3 : 2);
            trimStart(minus ? '-' : '+', true);
            appendRaw();
        } else {
            appendTag("{%", "%}");
        }
    }

    private void appendRaw() {
        atLineStart = source.startsWith("\n", position - 1);
        int start = position;
        for (int tag = source.indexOf("{%", start); tag >= 0; tag = source.indexOf("{%", tag + 2)) {
            position = tag + 2;
            char before = takeSign();
            int close = source.indexOf("%}", position);
            String name = close < 0 ? "" : Whitespace.strip(source.substring(position, close));
            char after = name.isEmpty() ? ' ' : name.charAt(name.length() - 1);
            boolean signed = after == '-' || after == '+';
            String bare = signed ? name.substring(0, name.length() - 1) : name;
            if (Whitespace.strip(bare).equals("endraw")) {
                appendText(trimEnd(source.substring(start, tag), before, true));
                position = close + 2;
                trimStart(signed ? after : ' ', true);
                return;
            }
        }
        throw new ChatTemplateException("a raw block is not closed");
    }

    /** Copies the inside of a tag up to its end, which is none within quotes or brackets. */
    private void appendTag(String opening, String closing) {
        out.append(opening).append(' ');
        int brackets = 0;
        while (position < source.length()) {
            char c = source.charAt(position);
            boolean signed = c == '-' || c == '+' && closing.equals("%}");
            if (brackets == 0 && source.startsWith(closing, position + (signed ? 1 : 0))) {
                position += signed ? 3 : 2;
                trimStart(signed ? c : ' ', closing.equals("%}"));
                out.append(' ').append(closing);
                return;
            }
            position++;
            switch (c) {
                case '\'', '"' -> appendQuoted(c);
                case '(', '[', '{' -> {
                    brackets++;
                    out.append(c).append(' ');
                }
                case ')', ']', '}' -> {
                    brackets--;
                    out.append(' ').append(c);
                }
                // To Jinjava a line break ends the name of a tag, or the words in it, no less.
                case '\n' -> out.append(' ');
                default -> out.append(c);
            }
        }
        throw new ChatTemplateException("a tag " + opening + " is not closed");
    }

    private void appendQuoted(char quote) {
        out.append(quote);
        while (position < source.length() && source.charAt(position) != quote) {
            char c = source.charAt(position++);
            if (c == '\\' && position < source.length()) {
                // An escape stays one, whatever it means.
                out.append(c);
                c = source.charAt(position++);
                if (c == quote || c == '\\') {
                    out.setLength(out.length() - 1);
                    appendEscaped(c);
                } else {
                    out.append(c);
                }
            } else {
                appendEscaped(c);
            }
        }
        out.append(quote);
        position++;
    }

    private void appendEscaped(char c) {
        if (c < 0x80 && !Character.isLetterOrDigit(c) && c != ' ' && c != '_') {
            out.append(String.format("\\x%02x", (int) c));
        } else {
            out.append(c);
        }
    }

    /** Text that Jinjava could take for a tag becomes a literal. */
    private void appendText(String text) {
        if (text.indexOf('{') < 0 && text.indexOf('}') < 0) {
            out.append(text);
            return;
        }
        out.append("{{ '");
        text.chars().forEach(c -> appendEscaped((char) c));
        out.append("' }}");
    }
}
