package io.step3.chat;

import io.step3.json.StrictJson;
import java.io.IOException;

/**
 * Checks a regular expression of a {@code tokenizer.json} before the tokenizer's library
 * (Oniguruma) compiles it: only forms whose meaning and cost are known pass, see {@link
 * PatternCost}. They are the ones that published tokenizers use: characters and their classes,
 * groups, alternatives, repeats, and looking ahead.
 */
final class SplitPattern {

    private static final int MAX_LENGTH = 1 << 14;
    private static final int MAX_DEPTH = 16;
    private static final int MAX_REPEAT = 1000;
    private static final int MAX_RETRIES = 256;

    private final String pattern;
    private int at;
    private int depth;
    private long runCost;

    private SplitPattern(String pattern) {
        this.pattern = pattern;
    }

    /**
     * Checks a pattern.
     *
     * @return how many steps it takes, at most, for each character of a run of the same kind
     * @throws IOException if it is not sure to end quickly, or can match an empty text
     */
    static long check(String pattern) throws IOException {
        try {
            if (pattern.length() > MAX_LENGTH) {
                throw new IOException("it is longer than " + MAX_LENGTH + " characters");
            }
            return new SplitPattern(pattern).read();
        } catch (IOException e) {
            throw new IOException(
                    "the regular expression %s cannot be used: %s"
                            .formatted(StrictJson.shown(pattern), e.getMessage()),
                    e);
        }
    }

    private long read() throws IOException {
        PatternCost cost = alternatives(false);
        if (at < pattern.length()) {
            throw unknown(")");
        }
        if (cost.empty()) {
            throw new IOException("it matches an empty text");
        }
        if (cost.endlessBefore() > 1 || cost.retries() > MAX_RETRIES) {
            throw new IOException("matching it can take far longer than the text is long");
        }
        return Math.max(1, runCost);
    }

    private PatternCost alternatives(boolean caseless) throws IOException {
        if (++depth > MAX_DEPTH) {
            throw new IOException("its groups are nested more than " + MAX_DEPTH + " deep");
        }
        PatternCost all = sequence(caseless);
        while (take('|')) {
            all = all.or(sequence(caseless));
        }
        depth--;
        return all;
    }

    private PatternCost sequence(boolean caseless) throws IOException {
        PatternCost all = PatternCost.NOTHING;
        while (at < pattern.length() && peek() != '|' && peek() != ')') {
            all = all.then(repeated(atom(caseless)));
        }
        if (all.endlessBefore() > 0) {
            runCost += all.retries();
        }
        return all;
    }

    private PatternCost atom(boolean caseless) throws IOException {
        int c = next();
        return switch (c) {
            case '[' -> {
                characterClass(1);
                yield character(caseless);
            }
            case '(' -> group(caseless);
            case '\\' -> escape(false) ? character(caseless) : PatternCost.ANCHOR;
            case '^', '$' -> PatternCost.ANCHOR;
            case '*', '+', '?', '{', '}', ']' -> throw unknown(Character.toString(c));
            default -> character(caseless);
        };
    }

    private static PatternCost character(boolean caseless) {
        return caseless ? PatternCost.CHARACTER.caseless() : PatternCost.CHARACTER;
    }

    private PatternCost group(boolean caseless) throws IOException {
        PatternCost cost;
        if (!take('?')) {
            cost = alternatives(caseless);
        } else if (take("i:")) {
            cost = alternatives(true);
        } else if (take(':')) {
            cost = alternatives(caseless);
        } else if (take('>')) {
            cost = alternatives(caseless).atomic();
        } else if (take('=') || take('!')) {
            cost = alternatives(caseless).look();
        } else if (take("<=") || take("<!")) {
            PatternCost behind = alternatives(caseless);
            if (!behind.rigid()) {
                throw new IOException("it looks behind for more than one text");
            }
            cost = behind.look();
        } else {
            throw unknown("(?");
        }
        if (!take(')')) {
            throw new IOException("a parenthesis is not closed");
        }
        return cost;
    }

    private PatternCost repeated(PatternCost part) throws IOException {
        if (at == pattern.length()) {
            return part;
        }
        int least;
        int most;
        if (take('?')) {
            least = 0;
            most = 1;
        } else if (take('*')) {
            least = 0;
            most = Integer.MAX_VALUE;
        } else if (take('+')) {
            least = 1;
            most = Integer.MAX_VALUE;
        } else if (take('{')) {
            least = number();
            most = !take(',') ? least : peek() == '}' ? Integer.MAX_VALUE : number();
            if (!take('}') || most < least || most == 0) {
                throw unknown("{");
            }
            // Behind braces a second sign does not mean the same to all readers.
            if (at < pattern.length() && "?+*{".indexOf(peek()) >= 0) {
                throw unknown("{...}" + Character.toString(peek()));
            }
            return part.repeated(least, most);
        } else {
            return part;
        }
        PatternCost cost = part.repeated(least, most);
        if (take('+')) {
            cost = cost.atomic();
        } else {
            take('?'); // as few as possible instead of as many: in as many ways
        }
        if (at < pattern.length() && "?+*{".indexOf(peek()) >= 0) {
            throw new IOException("it repeats a repeat");
        }
        return cost;
    }

    private int number() throws IOException {
        int from = at;
        while (at < pattern.length() && peek() >= '0' && peek() <= '9' && at - from < 6) {
            at++;
        }
        if (from == at) {
            throw unknown("{");
        }
        int number = Integer.parseInt(pattern.substring(from, at));
        if (number > MAX_REPEAT) {
            throw new IOException("it repeats something more than " + MAX_REPEAT + " times");
        }
        return number;
    }

    /** A class behind its bracket; classes may lie in one another. */
    private void characterClass(int level) throws IOException {
        if (level > MAX_DEPTH) {
            throw new IOException("its classes are nested more than " + MAX_DEPTH + " deep");
        }
        take('^');
        if (at < pattern.length()
                && (peek() == ']' || peek() == '-' && at + 1 == pattern.length())) {
            throw unknown("[]");
        }
        while (!take(']')) {
            int c = next();
            if (c == '[') {
                if (at < pattern.length() && peek() == ':') {
                    throw unknown("[:");
                }
                characterClass(level + 1);
            } else if (c == '\\') {
                escape(true);
            }
        }
    }

    /** Whether what stands behind a backslash is a character, or else an anchor. */
    private boolean escape(boolean inClass) throws IOException {
        int c = next();
        switch (c) {
            case 'p', 'P' -> property();
            case 'u' -> codePoint(4, 4);
            case 'x' -> {
                if (!take('{')) {
                    throw unknown("\\x");
                }
                codePoint(1, 6);
                if (!take('}')) {
                    throw unknown("\\x{");
                }
            }
            case 'r', 'n', 't', 'f', 'v', 's', 'S', 'd', 'D', 'w', 'W' -> {}
            case 'b', 'B', 'A', 'z', 'Z' -> {
                if (inClass) {
                    throw unknown("\\" + Character.toString(c) + " in a class");
                }
                return false;
            }
            default -> {
                if (c >= 0x80 || Character.isLetterOrDigit(c)) {
                    throw unknown("\\" + Character.toString(c));
                }
            }
        }
        return true;
    }

    private void property() throws IOException {
        int end = pattern.indexOf('}', at);
        if (!take('{')
                || end < 0
                || !pattern.substring(at, end).matches("\\^?[A-Za-z][A-Za-z0-9_ ]{0,40}")) {
            throw unknown("\\p");
        }
        at = end + 1;
    }

    private void codePoint(int least, int most) throws IOException {
        int from = at;
        while (at < pattern.length()
                && at - from < most
                && Character.digit(pattern.charAt(at), 16) >= 0
                && pattern.charAt(at) < 0x80) {
            at++;
        }
        int point = at - from < least ? -1 : Integer.parseInt(pattern.substring(from, at), 16);
        if (!Character.isValidCodePoint(point) || Character.getType(point) == Character.SURROGATE) {
            throw unknown("a code point that is none");
        }
    }

    private int peek() {
        return pattern.codePointAt(at);
    }

    private int next() throws IOException {
        if (at == pattern.length()) {
            throw new IOException("it ends too early");
        }
        int c = peek();
        at += Character.charCount(c);
        return c;
    }

    private boolean take(char c) {
        boolean there = at < pattern.length() && pattern.charAt(at) == c;
        at += there ? 1 : 0;
        return there;
    }

    private boolean take(String text) {
        boolean there = pattern.startsWith(text, at);
        at += there ? text.length() : 0;
        return there;
    }

    private static IOException unknown(String form) {
        return new IOException("the form %s in it is not supported".formatted(form));
    }
}
