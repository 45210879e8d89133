package io.step3.desktop.markdown;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One piece of a document. A document is a flat list of blocks: quotes and list items are not
 * blocks but the {@link Place} of those in them, so a list of a thousand items is a thousand blocks
 * of which a renderer draws the visible ones.
 *
 * <p>Long paragraphs, code and tables come as several blocks that follow one another; the later
 * ones are {@link #continues() continuations}.
 */
public sealed interface Block {

    Place place();

    /**
     * What the block shows, the text in which a selection counts its offsets (UTF-16 units).
     * Formulas are one {@link Inline#OBJECT} each, table cells end with a tab or, the last of a
     * row, with a line break.
     */
    String text();

    /** Whether this block goes on where the one before it stopped, without a gap between. */
    boolean continues();

    /** The same block in another place. */
    Block at(Place place);

    /** Words. */
    record Paragraph(Place place, List<Inline> inlines, boolean continues) implements Block {
        public Paragraph {
            inlines = List.copyOf(inlines);
        }

        @Override
        public String text() {
            return textOf(inlines);
        }

        @Override
        public Block at(Place elsewhere) {
            return new Paragraph(elsewhere, inlines, continues);
        }
    }

    /**
     * A heading.
     *
     * @param level 1 to 6
     */
    record Heading(Place place, int level, List<Inline> inlines) implements Block {
        public Heading {
            inlines = List.copyOf(inlines);
        }

        @Override
        public String text() {
            return textOf(inlines);
        }

        @Override
        public boolean continues() {
            return false;
        }

        @Override
        public Block at(Place elsewhere) {
            return new Heading(elsewhere, level, inlines);
        }
    }

    /**
     * Code.
     *
     * @param language from the info string, lower case, or ""
     * @param text without the line break at its end
     * @param part 0 for the beginning of the code, then 1, 2, ...
     * @param midLine whether this part goes on in the middle of a line of the part before
     */
    record Code(Place place, String language, String text, int part, boolean midLine)
            implements Block {
        @Override
        public boolean continues() {
            return part > 0;
        }

        @Override
        public Block at(Place elsewhere) {
            return new Code(elsewhere, language, text, part, midLine);
        }
    }

    /**
     * A formula that stands alone.
     *
     * @param source LaTeX without its delimiters
     * @param closed false while its end has not come yet
     */
    record Math(Place place, String source, boolean closed) implements Block {
        @Override
        public String text() {
            return String.valueOf(Inline.OBJECT);
        }

        @Override
        public boolean continues() {
            return false;
        }

        @Override
        public Block at(Place elsewhere) {
            return new Math(elsewhere, source, closed);
        }
    }

    /** How the cells of a table column stand. */
    enum Alignment {
        START,
        CENTER,
        END
    }

    /** One cell. */
    record Cell(List<Inline> inlines) {
        public Cell {
            inlines = List.copyOf(inlines);
        }

        public String text() {
            return textOf(inlines);
        }
    }

    /**
     * A table.
     *
     * @param columns one alignment for each column
     * @param rows each as wide as columns; in part 0 the first is the header
     * @param part 0 for the beginning of the table, then 1, 2, ...
     */
    record Table(Place place, List<Alignment> columns, List<List<Cell>> rows, int part)
            implements Block {
        public Table {
            columns = List.copyOf(columns);
            rows = List.copyOf(rows);
        }

        @Override
        public String text() {
            return rows.stream()
                    .map(row -> row.stream().map(Cell::text).collect(Collectors.joining("\t")))
                    .collect(Collectors.joining("\n"));
        }

        @Override
        public boolean continues() {
            return part > 0;
        }

        @Override
        public Block at(Place elsewhere) {
            return new Table(elsewhere, columns, rows, part);
        }
    }

    /** A line across. */
    record Rule(Place place) implements Block {
        @Override
        public String text() {
            return "";
        }

        @Override
        public boolean continues() {
            return false;
        }

        @Override
        public Block at(Place elsewhere) {
            return new Rule(elsewhere);
        }
    }

    private static String textOf(List<Inline> inlines) {
        var text = new StringBuilder();
        inlines.forEach(inline -> text.append(inline.text()));
        return text.toString();
    }

    /**
     * The part of a list of runs between two offsets of their text.
     *
     * @throws IndexOutOfBoundsException if the offsets lie outside the text
     */
    static List<Inline> slice(List<Inline> inlines, int from, int to) {
        var cut = new ArrayList<Inline>();
        int at = 0;
        for (Inline inline : inlines) {
            String text = inline.text();
            int start = java.lang.Math.max(from - at, 0);
            int end = java.lang.Math.min(to - at, text.length());
            at += text.length();
            if (start >= end) {
                continue;
            }
            boolean whole = start == 0 && end == text.length();
            cut.add(
                    switch (inline) {
                        case Inline.Text words ->
                                new Inline.Text(text.substring(start, end), words.style());
                        case Inline.Code code ->
                                new Inline.Code(text.substring(start, end), code.style());
                        case Inline.Image image when !whole ->
                                new Inline.Text(text.substring(start, end), image.style());
                        default -> inline;
                    });
        }
        return cut;
    }
}
