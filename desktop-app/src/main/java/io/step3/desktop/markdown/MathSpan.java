package io.step3.desktop.markdown;

import java.util.HashSet;
import java.util.Set;
import org.commonmark.node.CustomNode;
import org.commonmark.parser.beta.InlineContentParser;
import org.commonmark.parser.beta.InlineContentParserFactory;
import org.commonmark.parser.beta.InlineParserState;
import org.commonmark.parser.beta.ParsedInline;
import org.commonmark.parser.beta.Position;
import org.commonmark.parser.beta.Scanner;

/**
 * A formula inside a line: {@code $…$}, {@code $$…$$}, {@code \(…\)}, {@code \[…\]}.
 *
 * <p>For {@code $} the rule is Pandoc's (extension tex_math_dollars): no blank after the opening
 * sign, none before the closing one, and no digit after that; so "$5 and $10" stays money.
 */
final class MathSpan extends CustomNode {

    private static final int LONGEST = 4000;
    private static final int MOST_IN_VAIN = 5 * LONGEST;

    private final String source;
    private final boolean display;

    private MathSpan(String source, boolean display) {
        this.source = source;
        this.display = display;
    }

    String source() {
        return source;
    }

    boolean display() {
        return display;
    }

    static InlineContentParserFactory factory() {
        return new InlineContentParserFactory() {
            @Override
            public Set<Character> getTriggerCharacters() {
                return Set.of('$', '\\');
            }

            @Override
            public InlineContentParser create() {
                return new Reader();
            }
        };
    }

    /**
     * Reads the formulas of one paragraph. A closing sign that was looked for up to the end, or
     * through so many characters, and not found is not looked for again: text full of opening signs
     * would cost their number squared.
     */
    private static final class Reader implements InlineContentParser {
        private final Set<String> absent = new HashSet<>();
        private int inVain;

        @Override
        public ParsedInline tryParse(InlineParserState state) {
            Scanner scanner = state.scanner();
            if (scanner.next('$')) {
                return scanner.next('$') ? closedBy("$$", scanner, true) : dollar(scanner);
            }
            scanner.next();
            if (scanner.next('(')) {
                return closedBy("\\)", scanner, false);
            }
            if (scanner.next('[')) {
                return closedBy("\\]", scanner, true);
            }
            return ParsedInline.none();
        }

        private ParsedInline dollar(Scanner scanner) {
            Position start = scanner.position();
            if (blank(scanner.peek()) || absent.contains("$")) {
                return ParsedInline.none();
            }
            char before = ' ';
            for (int length = 0; length < LONGEST; length++) {
                char c = scanner.peek();
                if (c == Scanner.END) {
                    absent.add("$");
                    return ParsedInline.none();
                }
                if (c == '$') {
                    String source = scanner.getSource(start, scanner.position()).getContent();
                    scanner.next();
                    char after = scanner.peek();
                    boolean closes = !blank(before) && !(after >= '0' && after <= '9');
                    return closes
                            ? ParsedInline.of(new MathSpan(source, false), scanner.position())
                            : ParsedInline.none();
                }
                scanner.next();
                before = c;
                if (c == '\\' && scanner.peek() != Scanner.END) {
                    before = scanner.peek();
                    scanner.next();
                }
            }
            return ParsedInline.none();
        }

        private ParsedInline closedBy(String closing, Scanner scanner, boolean display) {
            Position start = scanner.position();
            if (absent.contains(closing)) {
                return ParsedInline.none();
            }
            for (int length = 0; length < LONGEST && scanner.hasNext(); length++) {
                Position end = scanner.position();
                if (scanner.next(closing)) {
                    String source = scanner.getSource(start, end).getContent().strip();
                    return source.isEmpty()
                            ? ParsedInline.none()
                            : ParsedInline.of(new MathSpan(source, display), scanner.position());
                }
                if (scanner.next('\\') && !scanner.hasNext()) {
                    break;
                }
                scanner.next();
            }
            inVain += LONGEST;
            if (!scanner.hasNext() || inVain > MOST_IN_VAIN) {
                absent.add(closing);
            }
            return ParsedInline.none();
        }
    }

    private static boolean blank(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == Scanner.END;
    }
}
