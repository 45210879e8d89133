package io.step3.jinja;

import io.step3.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a template into tokens, with {@code trim_blocks} (the line end behind a block goes) and
 * {@code lstrip_blocks} (blanks before a block at the beginning of a line go).
 */
final class Lexer {

    private static final Pattern NUMBER =
            Pattern.compile(
                    "(?<real>(?:[0-9]+_)*+[0-9]++(?:(?:\\.(?:[0-9]+_)*+[0-9]++)?[eE][+-]?(?:[0-9]+_)*+[0-9]++"
                            + "|\\.(?:[0-9]+_)*+[0-9]++))"
                            + "|0[bB](?:_?[01])++|0[oO](?:_?[0-7])++|0[xX](?:_?[0-9a-fA-F])++"
                            + "|[1-9](?:_?[0-9])*+|0(?:_?0)*+");

    private static final Pattern RAW_BEGIN = Pattern.compile("\\{%[-+]?\\s*+raw\\s*+(-?)%\\}");
    private static final Pattern RAW_END =
            Pattern.compile("\\{%([-+]?)\\s*+endraw\\s*+([-+]?)%\\}");

    private static final List<String> OPERATORS =
            List.of(
                    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(",
                    ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private int counted;

    /** Whether what was read last ends a line. */
    private boolean lineStarting = true;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokens(String template) {
        String source = template.replace("\r\n", "\n").replace('\r', '\n');
        if (source.endsWith("\n")) {
            source = source.substring(0, source.length() - 1);
        }
        Lexer lexer = new Lexer(source);
        lexer.read();
        return lexer.tokens;
    }

    private void read() {
        while (at < source.length()) {
            int tag = nextTag(at);
            if (tag < 0) {
                add(Kind.DATA, source.substring(at), null);
                at = source.length();
                break;
            }
            readTag(tag);
        }
        add(Kind.END, "", null);
    }

    private int nextTag(int from) {
        for (int i = source.indexOf('{', from); i >= 0; i = source.indexOf('{', i + 1)) {
            if (i + 1 < source.length() && "%{#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    private void readTag(int tag) {
        char type = source.charAt(tag + 1);
        Matcher raw = type == '%' ? RAW_BEGIN.matcher(source).region(tag, source.length()) : null;
        boolean isRaw = raw != null && raw.lookingAt();
        char control = controlAt(tag + 2);
        data(tag, control, type != '{');
        at = tag + (control == 0 ? 2 : 3);
        if (isRaw) {
            at = raw.end();
            if (!raw.group(1).isEmpty()) {
                at = Characters.skipSpace(source, at);
            }
            afterTag();
            readRaw();
        } else if (type == '#') {
            readComment();
        } else {
            lineStarting = false;
            add(type == '%' ? Kind.BLOCK_BEGIN : Kind.VARIABLE_BEGIN, "", null);
            readExpression(type == '%');
        }
    }

    private char controlAt(int index) {
        char c = index < source.length() ? source.charAt(index) : 0;
        return c == '-' || c == '+' ? c : 0;
    }

    /** The text before a tag, without what the tag strips of it. */
    private void data(int end, char control, boolean strips) {
        String text = source.substring(at, end);
        if (control == '-') {
            text = Characters.stripEnd(text);
        } else if (control != '+' && strips) {
            int start = text.lastIndexOf('\n') + 1;
            boolean blank = Characters.skipSpace(text, start) == text.length();
            if (blank && (start > 0 || lineStarting)) {
                text = text.substring(0, start);
            }
        }
        if (!text.isEmpty()) {
            add(Kind.DATA, text, null);
        }
    }

    private void readRaw() {
        Matcher end = RAW_END.matcher(source);
        if (!end.find(at)) {
            throw syntax("'raw' is not closed by 'endraw'");
        }
        data(end.start(), end.group(1).isEmpty() ? 0 : end.group(1).charAt(0), true);
        at = end.end();
        afterEnd(end.group(2).isEmpty() ? 0 : end.group(2).charAt(0), true);
    }

    private void readComment() {
        int end = source.indexOf("#}", at);
        if (end < 0) {
            throw syntax("a comment is not closed by '#}'");
        }
        char control = end > at ? controlAt(end - 1) : 0;
        at = end + 2;
        afterEnd(control, true);
    }

    /** Skips what goes with the end of a tag. */
    private void afterEnd(char control, boolean trims) {
        if (control == '-') {
            at = Characters.skipSpace(source, at);
        } else if (control != '+' && trims && at < source.length() && source.charAt(at) == '\n') {
            at++;
        }
        afterTag();
    }

    private void afterTag() {
        lineStarting = source.charAt(at - 1) == '\n';
    }

    private void readExpression(boolean block) {
        Deque<Character> open = new ArrayDeque<>();
        char close = block ? '%' : '}';
        while (true) {
            at = Characters.skipSpace(source, at);
            if (at >= source.length()) {
                throw syntax(block ? "'{%' is not closed by '%}'" : "'{{' is not closed by '}}'");
            }
            char control = controlAt(at);
            boolean controls = control == '-' || control == '+' && block;
            int end = controls ? at + 1 : at;
            if (open.isEmpty() && source.startsWith(block ? "%}" : "}}", end)) {
                add(block ? Kind.BLOCK_END : Kind.VARIABLE_END, "", null);
                at = end + 2;
                afterEnd(controls ? control : 0, block);
                return;
            }
            readToken(open);
        }
    }

    private void readToken(Deque<Character> open) {
        char c = source.charAt(at);
        if (c >= '0' && c <= '9') {
            readNumber();
        } else if (c == '\'' || c == '"') {
            readString(c);
        } else if (Characters.isNameStart(source.codePointAt(at))) {
            readName();
        } else {
            readOperator(open);
        }
    }

    private void readNumber() {
        Matcher number = NUMBER.matcher(source).region(at, source.length());
        if (!number.lookingAt()) {
            throw syntax("a number is malformed");
        }
        boolean afterDot = at > 0 && source.charAt(at - 1) == '.';
        if (number.group("real") != null && afterDot) {
            // 'a.1.2' is an item of an item.
            int end = at;
            while (end < source.length() && Character.isDigit(source.charAt(end))) {
                end++;
            }
            number.region(at, end).lookingAt();
        }
        String text = number.group();
        boolean real = number.group("real") != null;
        add(
                real ? Kind.FLOAT : Kind.INTEGER,
                text,
                real ? Double.valueOf(text.replace("_", "")) : NumberText.whole(text, 0));
        at = number.end();
    }

    private void readName() {
        int end = at;
        while (end < source.length() && Characters.isNamePart(source.codePointAt(end))) {
            end += Character.charCount(source.codePointAt(end));
        }
        add(Kind.NAME, source.substring(at, end), null);
        at = end;
    }

    private void readString(char quote) {
        int end = at + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw syntax("a string is not closed");
        }
        add(Kind.STRING, Escapes.read(source.substring(at + 1, end), line()), null);
        at = end + 1;
    }

    private void readOperator(Deque<Character> open) {
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                balance(operator.charAt(0), open);
                add(Kind.OPERATOR, operator, null);
                at += operator.length();
                return;
            }
        }
        throw syntax("the character '" + source.substring(at, at + 1) + "' is unexpected");
    }

    private void balance(char bracket, Deque<Character> open) {
        switch (bracket) {
            case '(' -> open.push(')');
            case '[' -> open.push(']');
            case '{' -> open.push('}');
            case ')', ']', '}' -> {
                if (open.isEmpty() || open.pop() != bracket) {
                    throw syntax("'" + bracket + "' is unexpected");
                }
            }
            default -> {}
        }
    }

    private void add(Kind kind, String text, @Nullable Object number) {
        tokens.add(new Token(kind, text, number, line()));
    }

    private int line() {
        for (; counted < at && counted < source.length(); counted++) {
            if (source.charAt(counted) == '\n') {
                line++;
            }
        }
        return line;
    }

    private TemplateException syntax(String reason) {
        return new TemplateException(TemplateException.Kind.SYNTAX, line(), reason, null);
    }
}
