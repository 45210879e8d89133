package io.step3.desktop.markdown;

import io.step3.desktop.markdown.BlockReader.Definition;
import io.step3.desktop.markdown.BlockReader.Found;
import io.step3.desktop.markdown.Context.Leaf;

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

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Reads Markdown that arrives in pieces. However the text is cut into pieces, the blocks are those
 * of the whole text so far.
 *
 * <p>All blocks before the last that begins on a complete line are frozen: only the tail behind
 * them is parsed again when text comes. Blocks that grow without end are frozen in the middle (code
 * after some lines, tables after some rows, paragraphs after some thousand characters, at the end
 * of a sentence where there is one), so the cost of a piece depends neither on the text before it
 * nor on the size of the open block.
 *
 * <p>Link reference definitions act on the whole text, as CommonMark wants, also on what stands
 * before them: when one comes, the frozen stretches that name its label are read again. Raw HTML is
 * text. Line ends may be LF, CR or CRLF.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class MarkdownStream {

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
    private record Stretch(Context context, int start, int end, int block, int blocks) {}

    private record Parsed(
            List<Found> found, List<Definition> definitions, int[] lineStarts, int firstLine) {
        int offset(int line) {
            return lineStarts[line - firstLine];
        }
    }

    private final int paragraphLimit;
    private final StringBuilder text = new StringBuilder();
    private final List<Block> blocks = new ArrayList<>();
    private final List<Stretch> stretches = new ArrayList<>();
    private final Map<String, Definition> frozenDefinitions = new LinkedHashMap<>();
    private Map<String, Definition> definitions = Map.of();
    private Context context = Context.NOTHING;
    private int tail;
    private int frozen;
    private boolean afterReturn;
    private char highSurrogate;
    private boolean finished;

    public MarkdownStream() {
        this(3000);
    }

    /** For tests: paragraphs are frozen in the middle behind this many characters. */
    MarkdownStream(int paragraphLimit) {
        this.paragraphLimit = paragraphLimit;
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
        add(piece);
        return advance();
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
        add(piece);
        if (highSurrogate != 0) {
            text.append('\uFFFD');
            highSurrogate = 0;
        }
        finished = true;
        return advance();
    }

    /** Whether {@link #finish()} was called. */
    public boolean finished() {
        return finished;
    }

    private void add(String piece) {
        String clean = Signs.clean(piece);
        for (int i = 0; i < clean.length(); i++) {
            char c = clean.charAt(i);
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

    private Patch advance() {
        int before = frozen;
        List<Block> oldTail = List.copyOf(blocks.subList(frozen, blocks.size()));
        blocks.subList(frozen, blocks.size()).clear();

        Parsed parsed;
        do {
            parsed = parse(context, tail, text.length(), finished, frozenDefinitions);
        } while (freezeLong(parsed));
        List<Definition> open = freeze(parsed);
        Set<Integer> renewed = define(open);
        return difference(before, oldTail, renewed);
    }

    private Parsed parse(
            Context from,
            int start,
            int end,
            boolean complete,
            Map<String, Definition> definitionsBefore) {
        String source = text.substring(start, end);
        String definitions = named(source, definitionsBefore);
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

    /** Freezes what stands before the last block that begins on a complete line. */
    private List<Definition> freeze(Parsed parsed) {
        List<Found> found = parsed.found();
        int last = finished ? -1 : found.size() - 1;
        while (last > 0 && !freezable(found.get(last), parsed)) {
            last--;
        }
        if (last <= 0) {
            found.forEach(block -> blocks.add(block.block()));
            frozen = finished ? blocks.size() : frozen;
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
                put(frozenDefinitions, definition);
            } else {
                open.add(definition);
            }
        }
        stretches.add(new Stretch(context, tail, cut, blocks.size(), last));
        found.forEach(block -> blocks.add(block.block()));
        frozen += last;
        tail = cut;
        context = next.context();
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
            Parsed head = parse(context, tail, cut, true, frozenDefinitions);
            head.definitions().forEach(definition -> put(frozenDefinitions, definition));
            stretches.add(new Stretch(context, tail, cut, blocks.size(), head.found().size()));
            head.found().forEach(found -> blocks.add(found.block()));
            frozen += head.found().size();
            tail = cut;
            context = new Context(block.inside(), new Leaf.Paragraph());
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

    /** Lets definitions act; returns which frozen blocks changed. */
    private Set<Integer> define(List<Definition> open) {
        var now = new LinkedHashMap<>(frozenDefinitions);
        open.forEach(definition -> put(now, definition));
        var changed = new ArrayList<String>();
        Stream.concat(now.keySet().stream(), definitions.keySet().stream())
                .distinct()
                .filter(label -> !target(now, label).equals(target(definitions, label)))
                .forEach(label -> changed.add(trace(label)));
        definitions = now;
        var renewed = new HashSet<Integer>();
        if (changed.isEmpty()) {
            return renewed;
        }
        for (Stretch stretch : stretches) {
            String source = text.substring(stretch.start(), stretch.end());
            if (source.indexOf('[') >= 0) {
                String trace = trace(source);
                if (changed.stream().anyMatch(trace::contains)) {
                    renew(stretch, renewed);
                }
            }
        }
        return renewed;
    }

    private void renew(Stretch stretch, Set<Integer> renewed) {
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

    private static String target(Map<String, Definition> definitions, String label) {
        Definition definition = definitions.get(label);
        return definition == null ? "" : "<" + definition.target();
    }

    private static void put(Map<String, Definition> definitions, Definition definition) {
        definitions.putIfAbsent(normal(definition.label()), definition);
    }

    /** Those of the definitions that this text may name, as Markdown. */
    private static String named(String source, Map<String, Definition> definitions) {
        if (definitions.isEmpty() || source.indexOf('[') < 0) {
            return "";
        }
        String trace = trace(source);
        var named = new StringBuilder();
        definitions.forEach(
                (label, definition) -> {
                    if (trace.contains(trace(label))) {
                        named.append('[').append(blanks(definition.label())).append("]: <");
                        named.append(escaped(definition.target())).append(">\n");
                    }
                });
        return named.isEmpty() ? "" : named.append('\n').toString();
    }

    private static String escaped(String target) {
        return target.replaceAll("[\\\\<>]", "\\\\$0").replace("&", "&amp;");
    }

    /** A label as CommonMark compares it. */
    private static String normal(String label) {
        return blanks(label).toLowerCase(Locale.ROOT).toUpperCase(Locale.ROOT);
    }

    private static String blanks(String label) {
        return label.strip().replaceAll("[ \\t\\r\\n]+", " ");
    }

    /**
     * What is left of a text when all is taken out that may differ between a label and its use:
     * case, blanks, and the signs of a quote between two lines. If the trace of the label is not in
     * that of the text, the text does not use it.
     */
    private static String trace(String text) {
        String folded = text.toLowerCase(Locale.ROOT).toUpperCase(Locale.ROOT);
        var trace = new StringBuilder(folded.length());
        for (int i = 0; i < folded.length(); i++) {
            char c = folded.charAt(i);
            if (c > ' ' && c != '>') {
                trace.append(c);
            }
        }
        return trace.toString();
    }

    private Patch difference(int before, List<Block> oldTail, Set<Integer> renewed) {
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
