package io.step3.desktop.markdown;

import org.commonmark.node.Block;
import org.commonmark.node.CustomBlock;
import org.commonmark.parser.InlineParser;
import org.commonmark.parser.SourceLine;
import org.commonmark.parser.SourceLines;
import org.commonmark.parser.block.AbstractBlockParser;
import org.commonmark.parser.block.AbstractBlockParserFactory;
import org.commonmark.parser.block.BlockContinue;
import org.commonmark.parser.block.BlockParserFactory;
import org.commonmark.parser.block.BlockStart;
import org.commonmark.parser.block.MatchedBlockParser;
import org.commonmark.parser.block.ParserState;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A formula that begins a line with {@code $$}, {@code \[} or {@code \begin{...}} and ends one with
 * the counterpart. It must be a block of its own: as a paragraph, a line such as {@code = y} or
 * {@code + z} in it would make a heading or a list.
 *
 * <p>If the end does not come before a blank line, it was no formula: the lines are read as words.
 * Where the opening sign stands alone on its line, which prose never does, blank lines may follow.
 */
final class MathBlock extends CustomBlock {

    private static final int MOST_LINES = 200;
    private static final int MOST_CHARS = 8000;
    private static final Pattern OPENING =
            Pattern.compile(
                    "\\$\\$|\\\\\\[|\\\\begin\\{((?:equation|align|gather|multline|eqnarray|alignat|flalign|dmath)\\*?)\\}");

    private String source = "";
    private boolean closed;
    private boolean broken;

    /** LaTeX without the delimiters; a {@code \begin} stays. */
    String source() {
        return source;
    }

    /** Whether the end was found. */
    boolean closed() {
        return closed;
    }

    /** Whether it turned out to be no formula. */
    boolean broken() {
        return broken;
    }

    static BlockParserFactory factory() {
        return new AbstractBlockParserFactory() {
            @Override
            public BlockStart tryStart(ParserState state, MatchedBlockParser matched) {
                if (state.getIndent() >= 4) {
                    return BlockStart.none();
                }
                CharSequence line = state.getLine().getContent();
                String text =
                        line.subSequence(state.getNextNonSpaceIndex(), line.length()).toString();
                Matcher opening = OPENING.matcher(text);
                if (!opening.lookingAt()) {
                    return BlockStart.none();
                }
                var reader = new Reader(opening);
                String rest = text.substring(opening.end());
                if (rest.contains(reader.closing) && !reader.endsWith(rest)) {
                    return BlockStart.none();
                }
                return BlockStart.of(reader).atIndex(state.getIndex());
            }
        };
    }

    private static final class Reader extends AbstractBlockParser {
        private final MathBlock block = new MathBlock();
        private final SourceLines lines = SourceLines.empty();
        private final String opening;
        private final String closing;
        private final boolean environment;
        private boolean alone;
        private int chars;

        Reader(Matcher found) {
            opening = found.group();
            environment = found.group(1) != null;
            closing =
                    environment
                            ? "\\end{" + found.group(1) + "}"
                            : opening.equals("$$") ? "$$" : "\\]";
        }

        /** Models write a comma or full stop behind the closing sign. */
        boolean endsWith(String line) {
            String end = line.stripTrailing();
            if (!end.isEmpty() && ".,;:。，；：".indexOf(end.charAt(end.length() - 1)) >= 0) {
                end = end.substring(0, end.length() - 1).stripTrailing();
            }
            return end.endsWith(closing);
        }

        @Override
        public Block getBlock() {
            return block;
        }

        @Override
        public BlockContinue tryContinue(ParserState state) {
            if (block.closed) {
                return BlockContinue.none();
            }
            if (state.isBlank() && !alone
                    || lines.getLines().size() >= MOST_LINES
                    || chars > MOST_CHARS) {
                block.broken = true;
                return BlockContinue.none();
            }
            return BlockContinue.atIndex(state.getIndex());
        }

        @Override
        public void addLine(SourceLine line) {
            boolean first = lines.isEmpty();
            lines.addLine(line);
            chars += line.getContent().length();
            String text = line.getContent().toString().strip();
            if (first) {
                text = text.substring(opening.length());
                alone = text.isBlank();
            }
            block.closed = endsWith(text);
        }

        @Override
        public void closeBlock() {
            String text = lines.getContent().strip();
            if (block.closed) {
                text =
                        text.substring(
                                0,
                                text.lastIndexOf(closing) + (environment ? closing.length() : 0));
            }
            block.source = (environment ? text : text.substring(opening.length())).strip();
        }

        @Override
        public void parseInlines(InlineParser parser) {
            if (!block.closed) {
                parser.parse(trimmed(), block);
            }
        }

        private SourceLines trimmed() {
            var trimmed = SourceLines.empty();
            List<SourceLine> all = lines.getLines();
            for (SourceLine line : all) {
                String text = line.getContent().toString();
                int start = text.length() - text.stripLeading().length();
                trimmed.addLine(line.substring(start, text.length()));
            }
            return trimmed;
        }
    }
}
