package io.step3.desktop.markdown;

import io.step3.desktop.markdown.BlockReader.Definition;
import io.step3.desktop.markdown.BlockReader.Found;
import io.step3.desktop.markdown.Context.Leaf;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.commonmark.ext.autolink.AutolinkExtension;
import org.commonmark.ext.gfm.strikethrough.StrikethroughExtension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.BlockQuote;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.IndentedCodeBlock;
import org.commonmark.node.ListBlock;
import org.commonmark.node.Node;
import org.commonmark.node.Paragraph;
import org.commonmark.node.ThematicBreak;
import org.commonmark.parser.IncludeSourceSpans;
import org.commonmark.parser.Parser;

/**
 * Reads Markdown that arrives in pieces. However the text is cut into pieces, the blocks are those
 * of the whole text so far.
 *
 * <p>Every {@link #SETTLED} characters, all blocks before the last that begins on a complete line
 * are frozen: only the tail behind them is parsed again when text comes. What is frozen is decided
 * at these marks alone, which do not depend on the pieces. Blocks that grow without end are frozen
 * in the middle (code after some lines, tables after some rows, paragraphs after some thousand
 * characters, at the end of a sentence where there is one). A tail that is longer than all of them
 * can be (blank lines or definitions without end, a line of ten thousand cells) is cut where it is:
 * the cost of a piece depends neither on the text before it nor on what the text holds.
 *
 * <p>Link reference definitions act on the whole text, as CommonMark wants, also on what stands
 * before them: when one is frozen, the frozen stretches that name its label are read again. Raw
 * HTML is text. Line ends may be LF, CR or CRLF.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class MarkdownStream {

    /** After this many characters each, what is complete is frozen. */
    private static final int SETTLED = 512;

    /** The longest tail: longer than the parts into which code, tables and formulas are cut. */
    private static final int LONGEST_TAIL = 12_000;

    private static final Parser PARSER =
            Parser.builder()
                    .extensions(
                            List.of(
                                    TablesExtension.create(),
                                    StrikethroughExtension.builder().requireTwoTildes(true).build(),
                                    AutolinkExtension.create()))
                    .enabledBlockTypes(
                            Set.of(
                                    Heading.class,
                                    FencedCodeBlock.class,
                                    ThematicBreak.class,
                                    ListBlock.class,
                                    BlockQuote.class,
                                    IndentedCodeBlock.class))
                    .customBlockParserFactory(MathBlock.factory())
                    .customInlineContentParserFactory(MathSpan.factory())
                    .includeSourceSpans(IncludeSourceSpans.BLOCKS)
                    .maxOpenBlockParsers(24)
                    .maxInlineNesting(24)
                    .build();

    /** A stretch of frozen text, kept to read it again when a definition comes late. */
    private record Stretch(
            Context context, int start, int end, int block, int blocks, String trace) {}

    private record Parsed(
            List<Found> found, List<Definition> definitions, int[] lineStarts, int firstLine) {
        int offset(int line) {
            return lineStarts[line - firstLine];
        }
    }

    private final int paragraphLimit;
    private final int settled;
    private final StringBuilder text = new StringBuilder();
    private final List<Block> blocks = new ArrayList<>();
    private final List<Stretch> stretches = new ArrayList<>();
    private final Definitions frozenDefinitions = new Definitions();
    private Definitions definitions = new Definitions();
    private Context context = Context.NOTHING;
    private int tail;
    private int frozen;
    private int mark;
    private Set<Integer> renewed = new HashSet<>();
    private boolean afterReturn;
    private char highSurrogate;
    private boolean finished;

    public MarkdownStream() {
        this(3000, SETTLED);
    }

    /**
     * For tests.
     *
     * @param paragraphLimit paragraphs are frozen in the middle behind this many characters
     * @param settled after how many characters each it is frozen; 0: behind each piece
     */
    MarkdownStream(int paragraphLimit, int settled) {
        this.paragraphLimit = paragraphLimit;
        this.settled = settled;
        mark = settled == 0 ? Integer.MAX_VALUE : settled;
    }

    /** Reads a whole text. */
    public static List<Block> parse(String markdown) {
        var stream = new MarkdownStream();
        stream.append(markdown);
        stream.finish();
        return stream.blocks();
    }

    /** All blocks so far. */
    public List<Block> blocks() {
        return List.copyOf(blocks);
    }

    /**
     * Takes the next piece of text.
     *
     * @throws IllegalStateException after {@link #finish()}
     */
    public Patch append(String piece) {
        if (finished) {
            throw new IllegalStateException("The text was finished: start a new stream for more.");
        }
        return advance(piece);
    }

    /** Tells that no more text comes: a formula still open is shown as the words it is. */
    public Patch finish() {
        return finish("");
    }

    /**
     * Takes the last piece of text.
     *
     * @throws IllegalStateException if it was finished already
     */
    public Patch finish(String piece) {
        if (finished) {
            throw new IllegalStateException("The text was finished: start a new stream for more.");
        }
        finished = true;
        return advance(piece);
    }

    /** How many characters are parsed again with the next piece. */
    int tail() {
        return text.length() - tail;
    }

    /** Whether {@link #finish()} was called. */
    public boolean finished() {
        return finished;
    }

    private void add(String piece) {
        String clean = Signs.clean(piece);
        for (int i = 0; i < clean.length(); i++) {
            char c = clean.charAt(i);
            if (text.length() >= mark) {
                mark += settled;
                settle(false);
            }
            if (highSurrogate != 0) {
                if (Character.isLowSurrogate(c)) {
                    text.append(highSurrogate).append(c);
                    highSurrogate = 0;
                    continue;
                }
                text.append('\uFFFD');
                highSurrogate = 0;
            }
            if (c == '\n' && afterReturn) {
                afterReturn = false;
                continue;
            }
            afterReturn = c == '\r';
            if (Character.isHighSurrogate(c)) {
                highSurrogate = c;
            } else if (Character.isLowSurrogate(c)) {
                text.append('\uFFFD');
            } else {
                text.append(c == '\r' ? '\n' : c);
            }
        }
    }

    private Patch advance(String piece) {
        int before = frozen;
        List<Block> oldTail = List.copyOf(blocks.subList(frozen, blocks.size()));
        blocks.subList(frozen, blocks.size()).clear();
        renewed = new HashSet<>();
        add(piece);
        if (finished && highSurrogate != 0) {
            text.append('\uFFFD');
            highSurrogate = 0;
        }
        if (finished || settled == 0) {
            settle(finished);
        }
        if (!finished) {
            parse(context, tail, text.length(), false, frozenDefinitions)
                    .found()
                    .forEach(found -> blocks.add(found.block()));
        }
        return difference(before, oldTail);
    }

    /** Freezes what is complete; at the end, all. */
    private void settle(boolean end) {
        Parsed parsed;
        do {
            parsed = parse(context, tail, text.length(), end, frozenDefinitions);
        } while (freezeLong(parsed));
        List<Definition> open = freeze(parsed, end);
        if (text.length() - tail > LONGEST_TAIL && !end) {
            freezeTail();
            open = List.of();
        }
        define(end || settled == 0 ? open : List.of());
    }

    /** Freezes the whole tail, if it can be up to the end of a line. */
    private void freezeTail() {
        int cut = text.lastIndexOf("\n") + 1;
        if (cut - tail < LONGEST_TAIL / 2) {
            cut = text.length();
        }
        freeze(cut, Context.NOTHING);
    }

    private void freeze(int cut, Context next) {
        Parsed head = parse(context, tail, cut, true, frozenDefinitions);
        head.definitions().forEach(frozenDefinitions::put);
        freeze(head.found(), head.found().size(), cut, next);
    }

    private void freeze(List<Found> found, int count, int cut, Context next) {
        String source = text.substring(tail, cut);
        String trace = source.indexOf('[') < 0 ? "" : Definitions.trace(source);
        stretches.add(new Stretch(context, tail, cut, blocks.size(), count, trace));
        found.subList(0, count).forEach(block -> blocks.add(block.block()));
        frozen += count;
        tail = cut;
        context = next;
    }

    private Parsed parse(
            Context from, int start, int end, boolean complete, Definitions definitionsBefore) {
        String source = text.substring(start, end);
        String definitions = definitionsBefore.named(source);
        String preamble = from.preamble();
        int firstLine = (int) preamble.chars().filter(c -> c == '\n').count();
        int[] lineStarts = lineStarts(source, start);
        Node document = PARSER.parse(definitions + preamble + Signs.join(source));
        var reader =
                new BlockReader(
                        document,
                        from,
                        (int) definitions.chars().filter(c -> c == '\n').count(),
                        line -> line >= firstLine && blankBefore(lineStarts[line - firstLine]),
                        complete);
        return new Parsed(reader.found(), reader.definitions(), lineStarts, firstLine);
    }

    private static int[] lineStarts(String source, int start) {
        int lines = 1;
        for (int i = source.indexOf('\n'); i >= 0; i = source.indexOf('\n', i + 1)) {
            lines++;
        }
        int[] starts = new int[lines];
        starts[0] = start;
        int line = 1;
        for (int i = source.indexOf('\n'); i >= 0; i = source.indexOf('\n', i + 1)) {
            starts[line++] = start + i + 1;
        }
        return starts;
    }

    private boolean blankBefore(int lineStart) {
        for (int i = lineStart - 2; i >= 0 && text.charAt(i) != '\n'; i--) {
            char c = text.charAt(i);
            if (c != ' ' && c != '\t' && c != '>') {
                return false;
            }
        }
        return lineStart > 0;
    }

    /**
     * Freezes what stands before the last block that begins on a complete line; at the end, all.
     *
     * @return the definitions behind
     */
    private List<Definition> freeze(Parsed parsed, boolean end) {
        List<Found> found = parsed.found();
        if (end) {
            freeze(found, found.size(), text.length(), Context.NOTHING);
            return parsed.definitions();
        }
        int last = found.size() - 1;
        while (last > 0 && !freezable(found.get(last), parsed)) {
            last--;
        }
        if (last <= 0) {
            return parsed.definitions();
        }
        Found next = found.get(last);
        int cut = parsed.offset(next.line());
        if (next.rest() >= 0) {
            cut = endOfLine(cut) - next.rest();
        }
        var open = new ArrayList<Definition>();
        for (Definition definition : parsed.definitions()) {
            if (definition.line() < next.line()) {
                frozenDefinitions.put(definition);
            } else {
                open.add(definition);
            }
        }
        freeze(found, last, cut, next.context());
        return open;
    }

    private boolean freezable(Found block, Parsed parsed) {
        return block.context() != null
                && block.line() >= parsed.firstLine()
                && (block.rest() >= 0 || complete(parsed.offset(block.line())));
    }

    private boolean complete(Parsed parsed, int line) {
        return line - parsed.firstLine() < parsed.lineStarts().length
                && complete(parsed.offset(line));
    }

    private boolean complete(int lineStart) {
        return text.indexOf("\n", lineStart) >= 0;
    }

    private int endOfLine(int from) {
        int end = text.indexOf("\n", from);
        return end < 0 ? text.length() : end;
    }

    /** Freezes the beginning of the first paragraph that is too long; false if there is none. */
    private boolean freezeLong(Parsed parsed) {
        for (int i = 0; i < parsed.found().size(); i++) {
            Found block = parsed.found().get(i);
            int cut = longCut(block, parsed);
            if (cut < 0) {
                continue;
            }
            freeze(cut, new Context(block.inside(), new Leaf.Paragraph()));
            return true;
        }
        return false;
    }

    /** Where a block of words is to be cut because it is too long, or -1. */
    private int longCut(Found found, Parsed parsed) {
        Node node = found.node();
        boolean words =
                node instanceof Paragraph
                        || node instanceof Heading
                        || node instanceof MathBlock && found.block() instanceof Block.Paragraph;
        boolean header = found.block() instanceof Block.Table(_, _, _, int part) && part == 0;
        int first = found.content();
        if (!words && !header || first < parsed.firstLine()) {
            return -1;
        }
        int start = parsed.offset(first);
        if (text.length() - start <= paragraphLimit) {
            return -1;
        }
        int lastLine = words ? first + node.getSourceSpans().size() - 1 : first;
        if (node instanceof MathBlock && !complete(parsed, lastLine + 1)) {
            // The blank line that ended it may still become another.
            return -1;
        }
        int end =
                endOfLine(
                        parsed.offset(
                                Math.min(
                                        lastLine,
                                        parsed.firstLine() + parsed.lineStarts().length - 1)));
        for (int line = first; line <= lastLine; line++) {
            int lineStart = parsed.offset(line);
            int lineEnd = Math.min(endOfLine(lineStart), end);
            boolean whole =
                    lineEnd - start > paragraphLimit && lineEnd - lineStart > paragraphLimit;
            if (lineEnd - start <= paragraphLimit
                    || !whole && text.substring(lineStart, lineEnd).indexOf('|') >= 0) {
                continue;
            }
            int cut = cutIn(start, lineStart, lineEnd);
            if (cut > 0) {
                return cut;
            }
        }
        return -1;
    }

    /**
     * The first good place behind the limit inside one line: the end of a sentence; later any blank
     * or East Asian character; later anywhere. Not near the beginning of the line, where what
     * follows may still make the line something else.
     */
    private int cutIn(int start, int lineStart, int lineEnd) {
        int sentence = start + paragraphLimit;
        int word = sentence + paragraphLimit / 16;
        int anywhere = word + paragraphLimit / 16;
        for (int i = Math.max(sentence, lineStart + 16); i + 1 < lineEnd; i++) {
            char c = text.charAt(i - 1);
            char next = text.charAt(i);
            boolean good =
                    "。！？".indexOf(c) >= 0
                            || next == ' ' && ".!?".indexOf(c) >= 0
                            || i >= word && (next == ' ' || next >= 0x2E80 && next < 0xD800)
                            || i >= anywhere && !Character.isLowSurrogate(next);
            if (good && text.charAt(i + 1) > ' ') {
                return i;
            }
        }
        return -1;
    }

    /** Lets definitions act on what is frozen, those behind it too. */
    private void define(List<Definition> open) {
        var now = new Definitions(frozenDefinitions);
        open.forEach(now::put);
        List<String> changed = now.changed(definitions);
        definitions = now;
        if (changed.isEmpty()) {
            return;
        }
        for (Stretch stretch : stretches) {
            if (changed.stream().anyMatch(stretch.trace()::contains)) {
                renew(stretch);
            }
        }
    }

    private void renew(Stretch stretch) {
        List<Found> again =
                parse(stretch.context(), stretch.start(), stretch.end(), true, definitions).found();
        for (int i = 0; i < Math.min(stretch.blocks(), again.size()); i++) {
            int index = stretch.block() + i;
            Block block = again.get(i).block();
            if (!block.equals(blocks.get(index))) {
                blocks.set(index, block);
                renewed.add(index);
            }
        }
    }

    private Patch difference(int before, List<Block> oldTail) {
        var changes = new ArrayList<Change>();
        renewed.stream()
                .filter(index -> index < before)
                .sorted()
                .forEach(index -> changes.add(new Change.Replace(index, blocks.get(index))));
        int oldSize = before + oldTail.size();
        if (blocks.size() < oldSize) {
            changes.add(new Change.Truncate(blocks.size()));
        }
        for (int i = before; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            if (i >= oldSize) {
                changes.add(new Change.Append(block));
                continue;
            }
            Block old = oldTail.get(i - before);
            if (!block.equals(old)) {
                String suffix = Growth.suffix(old, block);
                changes.add(
                        suffix == null
                                ? new Change.Replace(i, block)
                                : new Change.Grow(i, block, suffix));
            }
        }
        return new Patch(changes, frozen);
    }
}
