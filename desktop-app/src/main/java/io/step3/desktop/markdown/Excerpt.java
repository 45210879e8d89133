package io.step3.desktop.markdown;

import io.step3.desktop.markdown.Block.Alignment;
import io.step3.desktop.markdown.Block.Cell;
import io.step3.desktop.markdown.Container.Item;
import io.step3.desktop.markdown.Container.Marker;
import io.step3.desktop.markdown.Container.Quote;
import java.util.ArrayList;
import java.util.List;

/** Blocks to be copied: as plain text, as Markdown, as HTML. */
public record Excerpt(List<Block> blocks) {

    /** Joins what was cut into several blocks only because it is long. */
    public Excerpt {
        var joined = new ArrayList<Block>();
        for (Block block : blocks) {
            Block both = joined.isEmpty() ? null : join(joined.getLast(), block);
            if (both == null) {
                joined.add(block);
            } else {
                joined.set(joined.size() - 1, both);
            }
        }
        blocks = List.copyOf(joined);
    }

    private static Block join(Block first, Block second) {
        if (!second.continues()) {
            return null;
        }
        return switch (first) {
            case Block.Code code when second instanceof Block.Code more ->
                    new Block.Code(
                            code.place(),
                            code.language(),
                            code.text() + (more.midLine() ? "" : "\n") + more.text(),
                            code.part(),
                            code.midLine());
            case Block.Table table when second instanceof Block.Table more -> {
                var rows = new ArrayList<>(table.rows());
                rows.addAll(more.rows());
                yield new Block.Table(table.place(), table.columns(), rows, table.part());
            }
            case Block.Paragraph words when second instanceof Block.Paragraph more -> {
                var inlines = new ArrayList<>(words.inlines());
                inlines.add(new Inline.Text(" ", Style.PLAIN));
                inlines.addAll(more.inlines());
                yield new Block.Paragraph(words.place(), inlines, words.continues());
            }
            default -> null;
        };
    }

    /**
     * The part of a block between two offsets of its text. Of a table whole cells are kept, those
     * outside become empty; a formula is kept whole.
     */
    public static Block cut(Block block, int from, int to) {
        if (from <= 0 && to >= block.text().length()) {
            return block;
        }
        return switch (block) {
            case Block.Paragraph words ->
                    new Block.Paragraph(
                            from > 0 ? inside(words.place()) : words.place(),
                            Block.slice(words.inlines(), from, to),
                            words.continues());
            case Block.Heading words when from > 0 ->
                    new Block.Paragraph(
                            inside(words.place()), Block.slice(words.inlines(), from, to), false);
            case Block.Heading words ->
                    new Block.Heading(
                            words.place(), words.level(), Block.slice(words.inlines(), from, to));
            case Block.Code code ->
                    new Block.Code(
                            from > 0 ? inside(code.place()) : code.place(),
                            code.language(),
                            code.text().substring(from, to),
                            code.part(),
                            code.midLine());
            case Block.Table table -> cut(table, from, to);
            case Block.Math math -> math;
            case Block.Rule rule -> rule;
        };
    }

    private static Place inside(Place place) {
        var containers =
                place.containers().stream()
                        .map(
                                container ->
                                        switch (container) {
                                            case Quote _ -> new Quote(false);
                                            case Item item -> new Item(item.marker(), false, false);
                                        })
                        .toList();
        return new Place(List.<Container>copyOf(containers), place.gap());
    }

    private static Block cut(Block.Table table, int from, int to) {
        int at = 0;
        var rows = new ArrayList<List<Cell>>();
        for (List<Cell> row : table.rows()) {
            var cells = new ArrayList<Cell>();
            boolean any = false;
            for (Cell cell : row) {
                int length = cell.text().length();
                int start = Math.max(from - at, 0);
                int end = Math.min(to - at, length);
                boolean inside = start <= end && start <= length && at + length >= from && at <= to;
                any |= inside && (start < end || length == 0);
                cells.add(
                        inside && start < end
                                ? new Cell(Block.slice(cell.inlines(), start, end))
                                : new Cell(List.of()));
                at += length + 1;
            }
            if (any) {
                rows.add(cells);
            }
        }
        return new Block.Table(table.place(), table.columns(), rows, table.part());
    }

    // ---- plain text

    /** As text without marks: a formula is its LaTeX, a table is separated by tabs. */
    public String plain() {
        var out = new StringBuilder();
        Block before = null;
        for (Block block : blocks) {
            if (before != null) {
                out.append(block.continues() || tight(block) ? "\n" : "\n\n");
            }
            String indent = "  ".repeat(Math.max(0, items(block.place()) - 1));
            if (items(block.place()) > 0) {
                out.append(indent).append(marker(block.place()));
            }
            out.append(plain(block));
            before = block;
        }
        return out.toString();
    }

    private static boolean tight(Block block) {
        return items(block.place()) > 0 && !block.place().gap();
    }

    private static int items(Place place) {
        return (int) place.containers().stream().filter(Item.class::isInstance).count();
    }

    private static String marker(Place place) {
        var marks = new StringBuilder();
        for (Container container : place.containers()) {
            if (container instanceof Item(Marker marker, _, boolean opens)) {
                String sign =
                        switch (marker) {
                            case Marker.Bullet _ -> "• ";
                            case Marker.Number(int value, char delimiter) ->
                                    value + String.valueOf(delimiter) + " ";
                            case Marker.Task(boolean done) -> done ? "[x] " : "[ ] ";
                        };
                if (opens) {
                    marks.append(sign);
                }
            }
        }
        return marks.toString();
    }

    private static String plain(Block block) {
        return switch (block) {
            case Block.Paragraph words -> plain(words.inlines());
            case Block.Heading words -> plain(words.inlines());
            case Block.Code code -> code.text();
            case Block.Math math -> math.source();
            case Block.Table table -> {
                var rows = new ArrayList<String>();
                for (List<Cell> row : table.rows()) {
                    rows.add(
                            String.join(
                                    "\t",
                                    row.stream()
                                            .map(cell -> plain(cell.inlines()).replace('\n', ' '))
                                            .toList()));
                }
                yield String.join("\n", rows);
            }
            case Block.Rule _ -> "———";
        };
    }

    private static String plain(List<Inline> inlines) {
        var out = new StringBuilder();
        for (Inline inline : inlines) {
            out.append(inline instanceof Inline.Math math ? math.source() : inline.text());
        }
        return out.toString();
    }

    // ---- Markdown

    /** As Markdown that reads as these blocks. */
    public String markdown() {
        var out = new StringBuilder();
        Block before = null;
        for (Block block : blocks) {
            if (before != null && (block.place().gap() || wouldJoin(before, block))) {
                out.append(blankLine(before, block));
            }
            prefixed(out, block.place(), markdown(block));
            before = block;
        }
        return out.toString();
    }

    /** Whether the second would be read as more lines of the first. */
    private static boolean wouldJoin(Block first, Block second) {
        return first instanceof Block.Paragraph
                && second instanceof Block.Paragraph
                && second.place().containers().stream().noneMatch(Container::opens);
    }

    /** A blank line that stays in the quotes and items which both blocks stand in. */
    private static String blankLine(Block before, Block block) {
        var inside = new StringBuilder();
        List<Container> old = before.place().containers();
        List<Container> now = block.place().containers();
        for (int i = 0; i < Math.min(old.size(), now.size()) && !now.get(i).opens(); i++) {
            inside.append(
                    switch (now.get(i)) {
                        case Quote _ -> "> ";
                        case Item item -> " ".repeat(width(item.marker()));
                    });
        }
        return inside.toString().stripTrailing() + "\n";
    }

    private static String sign(Marker marker) {
        return switch (marker) {
            case Marker.Bullet _ -> "- ";
            case Marker.Number(int value, char delimiter) ->
                    value + String.valueOf(delimiter) + " ";
            case Marker.Task(boolean done) -> done ? "- [x] " : "- [ ] ";
        };
    }

    private static int width(Marker marker) {
        return marker instanceof Marker.Number ? sign(marker).length() : 2;
    }

    private static void prefixed(StringBuilder out, Place place, String text) {
        var first = new StringBuilder();
        var next = new StringBuilder();
        for (Container container : place.containers()) {
            switch (container) {
                case Quote _ -> {
                    first.append("> ");
                    next.append("> ");
                }
                case Item(Marker marker, _, boolean opens) -> {
                    int width = width(marker);
                    first.append(opens ? sign(marker) : " ".repeat(width));
                    next.append(" ".repeat(width));
                }
            }
        }
        boolean atFirst = true;
        for (String line : text.split("\n", -1)) {
            out.append((atFirst ? first : next)).append(line);
            trimEnd(out);
            out.append('\n');
            atFirst = false;
        }
    }

    private static void trimEnd(StringBuilder out) {
        while (!out.isEmpty() && out.charAt(out.length() - 1) == ' ') {
            out.setLength(out.length() - 1);
        }
    }

    private static String markdown(Block block) {
        return switch (block) {
            case Block.Paragraph words -> lineStarts(markdown(words.inlines()));
            case Block.Heading heading ->
                    "#".repeat(heading.level())
                            + " "
                            + markdown(heading.inlines()).replace('\n', ' ');
            case Block.Code code -> {
                String fence = code.text().contains("```") ? "~~~~" : "```";
                yield fence + code.language() + "\n" + code.text() + "\n" + fence;
            }
            case Block.Math math -> "$$\n" + math.source() + "\n$$";
            case Block.Table table -> markdown(table);
            case Block.Rule _ -> "***";
        };
    }

    private static String markdown(Block.Table table) {
        var out = new StringBuilder();
        boolean head = true;
        for (List<Cell> row : table.rows()) {
            out.append(out.isEmpty() ? "" : "\n").append('|');
            for (Cell cell : row) {
                String text = markdown(cell.inlines()).replace("\n", "<br>").replace("|", "\\|");
                out.append(' ').append(text).append(" |");
            }
            if (head) {
                out.append("\n|");
                for (Alignment alignment : table.columns()) {
                    out.append(
                            switch (alignment) {
                                case START -> " --- |";
                                case CENTER -> " :-: |";
                                case END -> " --: |";
                            });
                }
                head = false;
            }
        }
        return out.toString();
    }

    private static String markdown(List<Inline> inlines) {
        var out = new StringBuilder();
        Style style = Style.PLAIN;
        for (Inline inline : inlines) {
            Style next = inline instanceof Inline.Break ? style : inline.style();
            if (!next.equals(style)) {
                close(out, style);
                open(out, next);
                style = next;
            }
            switch (inline) {
                case Inline.Text text -> out.append(escape(text.text()));
                case Inline.Code code -> {
                    String ticks = code.text().contains("`") ? "``" : "`";
                    String pad =
                            code.text().startsWith("`") || code.text().endsWith("`") ? " " : "";
                    out.append(ticks).append(pad).append(code.text()).append(pad).append(ticks);
                }
                case Inline.Math math -> {
                    String sign = math.display() ? "$$" : "$";
                    out.append(sign).append(math.source()).append(sign);
                }
                case Inline.Break _ -> out.append('\n');
                case Inline.Image image ->
                        out.append("![")
                                .append(escape(image.alt()))
                                .append("](<")
                                .append(image.target())
                                .append(">)");
            }
        }
        close(out, style);
        return out.toString();
    }

    private static void open(StringBuilder out, Style style) {
        out.append(style.link().isEmpty() ? "" : "[")
                .append(style.strike() ? "~~" : "")
                .append(style.strong() ? "**" : "")
                .append(style.emphasis() ? "*" : "");
    }

    private static void close(StringBuilder out, Style style) {
        out.append(style.emphasis() ? "*" : "")
                .append(style.strong() ? "**" : "")
                .append(style.strike() ? "~~" : "")
                .append(style.link().isEmpty() ? "" : "](" + style.link() + ")");
    }

    /** A bracket cannot be escaped: {@code \[} begins a formula. */
    private static String escape(String text) {
        boolean link = text.contains("](");
        var out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '[' && link) {
                out.append("&#91;");
                continue;
            }
            if ("\\`*_<$".indexOf(c) >= 0 || c == '~' && text.startsWith("~~", i)) {
                out.append('\\');
            }
            out.append(c);
        }
        return out.toString();
    }

    /** Escapes what would make a line of words something else. */
    private static String lineStarts(String text) {
        return text.replaceAll("(?m)^( {0,3})([#>+=|-]|\\d{1,9}(?=[.)]))", "$1\\\\$2")
                .replaceAll("(?m)^( {0,3})\\\\(\\d{1,9})([.)])", "$1$2\\\\$3");
    }

    /** As HTML of a fragment; all text is escaped, formulas are their LaTeX. */
    public String html() {
        return new HtmlFragment(HtmlFragment.LATEX).of(blocks);
    }
}
