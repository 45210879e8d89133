package io.step3.desktop.markdown;

import io.step3.desktop.markdown.Block.Alignment;
import io.step3.desktop.markdown.Block.Cell;
import io.step3.desktop.markdown.Container.Marker;
import io.step3.desktop.markdown.Context.Leaf;
import io.step3.desktop.markdown.Context.Open;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.commonmark.ext.gfm.tables.TableBlock;
import org.commonmark.ext.gfm.tables.TableCell;
import org.commonmark.ext.gfm.tables.TableRow;
import org.commonmark.node.BlockQuote;
import org.commonmark.node.BulletList;
import org.commonmark.node.Document;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.IndentedCodeBlock;
import org.commonmark.node.LinkReferenceDefinition;
import org.commonmark.node.ListBlock;
import org.commonmark.node.ListItem;
import org.commonmark.node.Node;
import org.commonmark.node.OrderedList;
import org.commonmark.node.Paragraph;
import org.commonmark.node.ThematicBreak;

/** Turns commonmark's tree of blocks into the flat list, with what is needed to freeze them. */
final class BlockReader {

    private static final int CODE_LINES = 40;
    private static final int CODE_CHARS = 8000;
    private static final int TABLE_ROWS = 30;

    /** Of one part: each is a node when it is shown. */
    private static final int TABLE_CELLS = 400;

    /** A wider table is shown as its rows, in words. */
    private static final int TABLE_COLUMNS = 100;

    /**
     * A block, and how the text from it on can be parsed without what is before.
     *
     * @param line where it can be cut off, counted in the parsed text
     * @param content the line where its own text begins
     * @param rest when it begins in the middle of the line: how many characters of that line belong
     *     to it; else -1
     * @param node what it was made from
     * @param inside all containers around it
     * @param context what is open before it, or null if it cannot be cut off here
     */
    record Found(
            Block block,
            int line,
            int content,
            int rest,
            Node node,
            List<Open> inside,
            Context context) {}

    /** A link reference definition and where it begins. */
    record Definition(String label, String target, int line) {}

    /** Tells whether the line before this one is blank. */
    interface Lines {
        boolean blankBefore(int line);
    }

    private record Level(Open open, Open.Item previous, Marker marker, boolean first, int line) {}

    private final Context context;
    private final boolean resumes;
    private final int preambleLines;
    private final int skipped;
    private final Lines lines;
    private final boolean complete;
    private final List<Found> found = new ArrayList<>();
    private final List<Definition> definitions = new ArrayList<>();
    private final List<Level> levels = new ArrayList<>();

    /** How many of the open levels have shown a block already. */
    private int shown;

    private Node lastLeaf;

    /**
     * @param skipped lines before the preamble; all line numbers count from behind them
     * @param complete whether no text can follow: then an open formula is none
     */
    BlockReader(Node document, Context context, int skipped, Lines lines, boolean complete) {
        this.context = context;
        String preamble = context.preamble();
        this.resumes = !preamble.isEmpty();
        this.preambleLines = (int) preamble.chars().filter(c -> c == '\n').count();
        this.skipped = skipped;
        this.lines = lines;
        this.complete = complete;
        children(document, true);
    }

    List<Found> found() {
        return found;
    }

    List<Definition> definitions() {
        return definitions;
    }

    private void children(Node parent, boolean first) {
        boolean resumed = first;
        for (Node node = parent.getFirstChild(); node != null; node = node.getNext()) {
            read(node, resumed);
            resumed &= node instanceof LinkReferenceDefinition;
        }
    }

    /**
     * @param resumed whether this is the first child of first children: then it is of the preamble
     *     if there is one
     */
    private void read(Node node, boolean resumed) {
        switch (node) {
            case BlockQuote quote ->
                    container(
                            quote,
                            new Level(new Open.Quote(), null, null, false, line(quote)),
                            resumed);
            case ListBlock list -> list(list, resumed);
            case LinkReferenceDefinition definition when line(definition) < 0 -> {}
            case LinkReferenceDefinition definition -> {
                definitions.add(
                        new Definition(
                                Signs.remove(definition.getLabel()),
                                Signs.remove(definition.getDestination()),
                                line(definition)));
                lastLeaf = definition;
            }
            default -> {
                if (resumed && resumes) {
                    shown = levels.size();
                } else {
                    leaf(node);
                }
                lastLeaf = node;
            }
        }
    }

    private void list(ListBlock list, boolean resumed) {
        int depth = levels.size();
        boolean resumes = resumed && depth < context.open().size();
        int number = -1;
        char sign;
        if (list instanceof OrderedList ordered) {
            number =
                    resumes
                            ? ((Open.Item) context.open().get(depth)).number()
                            : ordered.getMarkerStartNumber();
            sign = ordered.getMarkerDelimiter().charAt(0);
        } else {
            sign = ((BulletList) list).getMarker().charAt(0);
        }
        Open.Item previous = null;
        boolean first = !resumes;
        boolean firstChild = resumed;
        for (Node node = list.getFirstChild(); node != null; node = node.getNext()) {
            var item = (ListItem) node;
            int indent = item.getContentIndent() == null ? 2 : item.getContentIndent();
            var open = new Open.Item(sign, number, indent);
            Marker marker = number < 0 ? new Marker.Bullet() : new Marker.Number(number, sign);
            container(item, new Level(open, previous, marker, first, line(item)), firstChild);
            previous = open.before();
            first = false;
            firstChild = false;
            number = number < 0 ? -1 : Math.min(number + 1, 999_999_999);
        }
    }

    private void container(Node node, Level level, boolean resumed) {
        levels.add(level);
        int before = found.size();
        children(node, resumed);
        boolean empty = found.size() == before && shown < levels.size();
        if (empty) {
            add(new Block.Paragraph(Place.TOP, List.of(), false), level.line(), node, true);
        }
        levels.removeLast();
        shown = Math.min(shown, levels.size());
    }

    private void leaf(Node node) {
        int line = line(node);
        switch (node) {
            case Paragraph paragraph -> words(paragraph, line);
            case Heading heading -> {
                List<Inline> inlines = InlineReader.read(heading);
                add(new Block.Heading(Place.TOP, heading.getLevel(), inlines), line, node, true);
            }
            case FencedCodeBlock code -> fenced(code);
            case IndentedCodeBlock code -> indented(code);
            case TableBlock table -> table(table);
            case ThematicBreak _ -> add(new Block.Rule(Place.TOP), line, node, true);
            case MathBlock math -> {
                boolean open = !math.closed() && !math.broken() && !complete && last(math);
                if (math.closed() || open) {
                    add(
                            new Block.Math(Place.TOP, Signs.remove(math.source()), math.closed()),
                            line,
                            node,
                            true);
                } else {
                    words(math, line);
                }
            }
            default -> words(node, line);
        }
    }

    private static boolean last(Node node) {
        for (Node at = node; at != null && !(at instanceof Document); at = at.getParent()) {
            if (at.getNext() != null) {
                return false;
            }
        }
        return true;
    }

    private int line(Node node) {
        var spans = node.getSourceSpans();
        return spans.isEmpty() ? line(node.getParent()) : spans.getFirst().getLineIndex() - skipped;
    }

    private int lastLine(Node node) {
        return node.getSourceSpans().getLast().getLineIndex() - skipped;
    }

    /**
     * Behind definitions and before a table a line was read as the continuation of a paragraph;
     * parsed without it, the line could mean something else.
     */
    private boolean behindDefinition(int line) {
        return lastLeaf instanceof LinkReferenceDefinition
                && !lastLeaf.getSourceSpans().isEmpty()
                && lastLine(lastLeaf) >= line - 1;
    }

    /** Adds a block; it is cut off where the first container begins that shows nothing before. */
    private void add(Block block, int line, Node node, boolean cuttable) {
        int begin = line;
        var opened = new ArrayList<Open>(inside().subList(0, shown));
        if (shown < levels.size()) {
            Level next = levels.get(shown);
            begin = next.line();
            if (next.previous() != null) {
                opened.add(next.previous());
            }
        }
        Context cut =
                cuttable && !behindDefinition(begin) ? new Context(opened, new Leaf.None()) : null;
        Block placed = block.at(place(lines.blankBefore(begin), block));
        add(new Found(placed, begin, line, -1, node, inside(), cut));
    }

    private List<Open> inside() {
        return levels.stream().map(Level::open).toList();
    }

    private void add(Found next) {
        found.add(next);
        shown = levels.size();
    }

    private Place place(boolean gap, Block block) {
        var containers = new ArrayList<Container>();
        for (int i = 0; i < levels.size(); i++) {
            Level level = levels.get(i);
            boolean opens = i >= shown;
            containers.add(
                    level.open() instanceof Open.Item
                            ? new Container.Item(
                                    opens ? level.marker() : plain(level.open()),
                                    opens && level.first(),
                                    opens)
                            : new Container.Quote(opens));
        }
        return new Place(containers, gap && !block.continues());
    }

    /** A check box is drawn once; later blocks of the item may be parsed without seeing it. */
    private static Marker plain(Open open) {
        var item = (Open.Item) open;
        return item.number() < 0
                ? new Marker.Bullet()
                : new Marker.Number(item.number(), item.sign());
    }

    private void words(Node node, int line) {
        List<Inline> inlines = new ArrayList<>(InlineReader.read(node));
        boolean continues =
                found.isEmpty()
                        && context.leaf() instanceof Leaf.Paragraph
                        && line <= preambleLines;
        if (continues) {
            trimStart(inlines);
            if (inlines.isEmpty()) {
                return;
            }
        }
        if (!continues && !levels.isEmpty() && levels.size() > shown) {
            task(inlines);
        }
        boolean cuttable = !continues;
        int from = 0;
        for (int i = 0; i <= inlines.size(); i++) {
            boolean math =
                    i < inlines.size()
                            && inlines.get(i)
                                    instanceof Inline.Math(_, boolean display, Style style)
                            && display
                            && style.equals(Style.PLAIN);
            if (!math && i < inlines.size()) {
                continue;
            }
            List<Inline> before = new ArrayList<>(inlines.subList(from, i));
            boolean split = math || from > 0;
            if (split) {
                trimStart(before);
                trimEnd(before);
            }
            if (!before.isEmpty() || !split) {
                add(
                        new Block.Paragraph(Place.TOP, before, continues || from > 0),
                        line,
                        node,
                        cuttable);
                cuttable = false;
            }
            if (math) {
                var formula = (Inline.Math) inlines.get(i);
                add(new Block.Math(Place.TOP, formula.source(), true), line, node, cuttable);
                cuttable = false;
                from = i + 1;
            }
        }
    }

    private void task(List<Inline> inlines) {
        if (inlines.isEmpty()
                || !(levels.getLast().marker() != null)
                || !(inlines.getFirst() instanceof Inline.Text(String text, Style style))
                || text.length() < 4
                || text.charAt(0) != '['
                || text.charAt(2) != ']'
                || text.charAt(3) != ' '
                || " xX".indexOf(text.charAt(1)) < 0) {
            return;
        }
        inlines.set(0, new Inline.Text(text.substring(4), style));
        if (text.length() == 4) {
            inlines.removeFirst();
        }
        Level item = levels.removeLast();
        levels.add(
                new Level(
                        item.open(),
                        item.previous(),
                        new Marker.Task(text.charAt(1) != ' '),
                        item.first(),
                        item.line()));
    }

    private static void trimStart(List<Inline> inlines) {
        while (!inlines.isEmpty()) {
            switch (inlines.getFirst()) {
                case Inline.Break _ -> inlines.removeFirst();
                case Inline.Text(String text, Style style) -> {
                    String stripped = text.stripLeading();
                    inlines.removeFirst();
                    if (!stripped.isEmpty()) {
                        inlines.addFirst(new Inline.Text(stripped, style));
                        return;
                    }
                }
                default -> {
                    return;
                }
            }
        }
    }

    private static void trimEnd(List<Inline> inlines) {
        while (!inlines.isEmpty()) {
            switch (inlines.getLast()) {
                case Inline.Break _ -> inlines.removeLast();
                case Inline.Text(String text, Style style) -> {
                    String stripped = text.stripTrailing();
                    inlines.removeLast();
                    if (!stripped.isEmpty()) {
                        inlines.add(new Inline.Text(stripped, style));
                        return;
                    }
                }
                default -> {
                    return;
                }
            }
        }
    }

    private void fenced(FencedCodeBlock code) {
        char sign = code.getFenceCharacter().charAt(0);
        int length = code.getOpeningFenceLength();
        int indent = code.getFenceIndent();
        int line = line(code);
        boolean resumed =
                found.isEmpty() && context.leaf() instanceof Leaf.Fence && line < preambleLines;
        var before = resumed ? (Leaf.Fence) context.leaf() : null;
        String language = resumed ? before.language() : language(Signs.remove(code.getInfo()));
        code(
                code,
                resumed,
                resumed ? before.part() : 0,
                resumed && before.midLine(),
                Signs.remove(code.getLiteral()),
                line + 1,
                language,
                (part, midLine) -> new Leaf.Fence(sign, length, indent, language, part, midLine));
    }

    private void indented(IndentedCodeBlock code) {
        int line = line(code);
        boolean resumed =
                found.isEmpty() && context.leaf() instanceof Leaf.Indented && line <= preambleLines;
        var before = resumed ? (Leaf.Indented) context.leaf() : null;
        String text = Signs.remove(code.getLiteral());
        int first = line;
        if (resumed && !before.midLine()) {
            text = text.substring(Math.min(1, text.length()));
            first = line + 1;
        }
        code(
                code,
                resumed,
                resumed ? before.part() : 0,
                resumed && before.midLine(),
                text,
                first,
                "",
                Leaf.Indented::new);
    }

    private interface Resume {
        Leaf at(int part, boolean midLine);
    }

    /** Cuts code into parts of bounded size, at places that more text at the end cannot move. */
    private void code(
            Node node,
            boolean resumed,
            int firstPart,
            boolean firstMid,
            String literal,
            int firstLine,
            String language,
            Resume resume) {
        String text = literal.endsWith("\n") ? literal.substring(0, literal.length() - 1) : literal;
        if (resumed && literal.isEmpty()) {
            return;
        }
        List<Open> opened = inside();
        int start = 0;
        int line = firstLine;
        int part = firstPart;
        boolean midLine = firstMid;
        while (true) {
            int end = start;
            int lineBreaks = 0;
            while (end < text.length() && lineBreaks < CODE_LINES && end - start < CODE_CHARS) {
                if (text.charAt(end++) == '\n') {
                    lineBreaks++;
                }
            }
            boolean atBreak = end > start && text.charAt(end - 1) == '\n';
            boolean more = end < text.length();
            if (more && !atBreak && Character.isLowSurrogate(text.charAt(end))) {
                end++;
                more = end < text.length();
            }
            boolean cutBreak = more && atBreak;
            String piece = text.substring(start, cutBreak ? end - 1 : end);
            var block = new Block.Code(Place.TOP, language, piece, part, midLine);
            if (part == firstPart && !resumed) {
                add(block, line(node), node, true);
            } else {
                int rest = -1;
                if (midLine) {
                    int stop = text.indexOf('\n', start);
                    rest = (stop < 0 ? text.length() : stop) - start;
                }
                Context cut =
                        part == firstPart ? null : new Context(opened, resume.at(part, midLine));
                add(new Found(block.at(place(false, block)), line, line, rest, node, opened, cut));
            }
            if (!more) {
                return;
            }
            start = end;
            line += lineBreaks;
            midLine = !atBreak;
            part++;
        }
    }

    private static String language(String info) {
        String word = info.strip();
        int end = 0;
        while (end < word.length() && !Character.isWhitespace(word.charAt(end))) {
            end++;
        }
        word = word.substring(0, end).toLowerCase(Locale.ROOT);
        if (word.startsWith("{")) {
            word = word.replaceAll("^\\{\\.?|[},].*$", "");
        }
        word = word.startsWith("language-") ? word.substring(9) : word;
        return word.length() > 40 ? word.substring(0, 40) : word;
    }

    private void table(TableBlock table) {
        var columns = new ArrayList<Alignment>();
        var rows = new ArrayList<List<Cell>>();
        var rowLines = new ArrayList<Integer>();
        for (Node section = table.getFirstChild(); section != null; section = section.getNext()) {
            for (Node row = section.getFirstChild(); row != null; row = row.getNext()) {
                if (row instanceof TableRow) {
                    rows.add(cells(row, columns, rows.isEmpty()));
                    rowLines.add(line(row));
                }
            }
        }
        int line = line(table);
        boolean resumed =
                found.isEmpty() && context.leaf() instanceof Leaf.Table && line < preambleLines;
        int part = resumed ? ((Leaf.Table) context.leaf()).part() : 0;
        int from = resumed ? 1 : 0;
        if (from >= rows.size()) {
            return;
        }
        List<Open> opened = inside();
        boolean first = true;
        while (from < rows.size()) {
            // Part 0 has the header besides.
            int most = Math.clamp(TABLE_CELLS / columns.size(), 1, TABLE_ROWS);
            int to = Math.min(rows.size(), from + most + (part == 0 ? 1 : 0));
            List<List<Cell>> shown = rows.subList(from, to);
            Block block =
                    columns.size() > TABLE_COLUMNS
                            ? new Block.Paragraph(Place.TOP, inWords(shown), false)
                            : new Block.Table(Place.TOP, columns, shown, part);
            if (part == 0) {
                boolean afterWords =
                        lastLeaf instanceof Paragraph && lastLine(lastLeaf) >= line - 1;
                add(block, line, table, !afterWords);
            } else {
                Context cut = first ? null : new Context(opened, new Leaf.Table(columns, part));
                int row = rowLines.get(from);
                add(new Found(block.at(place(false, block)), row, row, -1, table, opened, cut));
            }
            first = false;
            from = to;
            part++;
        }
    }

    private static List<Inline> inWords(List<List<Cell>> rows) {
        var words = new ArrayList<Inline>();
        for (List<Cell> row : rows) {
            if (!words.isEmpty()) {
                words.add(new Inline.Break(Style.PLAIN));
            }
            for (Cell cell : row) {
                words.add(new Inline.Text("| ", Style.PLAIN));
                words.addAll(cell.inlines());
                words.add(new Inline.Text(" ", Style.PLAIN));
            }
        }
        return InlineReader.joined(words);
    }

    private static List<Cell> cells(Node row, List<Alignment> columns, boolean header) {
        var cells = new ArrayList<Cell>();
        for (Node node = row.getFirstChild(); node != null; node = node.getNext()) {
            if (node instanceof TableCell cell) {
                cells.add(new Cell(InlineReader.read(cell)));
                if (header) {
                    columns.add(
                            switch (cell.getAlignment()) {
                                case CENTER -> Alignment.CENTER;
                                case RIGHT -> Alignment.END;
                                case null, default -> Alignment.START;
                            });
                }
            }
        }
        while (cells.size() < columns.size()) {
            cells.add(new Cell(List.of()));
        }
        return cells;
    }
}
