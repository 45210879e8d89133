package io.step3.desktop.markdown;

/**
 * A run of text inside a paragraph, heading or table cell. Runs are flat: a run in bold inside a
 * link carries both in its {@link Style}, so a renderer needs no tree.
 */
public sealed interface Inline {

    /** The character that stands for a formula in {@link Block#text()}. */
    char OBJECT = '\uFFFC';

    /** How this run looks and where it leads. */
    Style style();

    /** What this run shows; a formula is one {@link #OBJECT}, a line break one {@code '\n'}. */
    String text();

    /** Plain words. */
    record Text(String text, Style style) implements Inline {}

    /** A code span. */
    record Code(String text, Style style) implements Inline {}

    /**
     * A formula.
     *
     * @param source LaTeX without its delimiters
     * @param display whether it was written to stand alone
     */
    record Math(String source, boolean display, Style style) implements Inline {
        @Override
        public String text() {
            return String.valueOf(OBJECT);
        }
    }

    /** The end of a line, soft or hard: models do not wrap lines by hand, so both are kept. */
    record Break(Style style) implements Inline {
        @Override
        public String text() {
            return "\n";
        }
    }

    /** An image: never loaded, shown as its words and where it lies. */
    record Image(String alt, String target, Style style) implements Inline {
        private static final int SHOWN = 120;

        @Override
        public String text() {
            String shown = target.length() <= SHOWN ? target : target.substring(0, SHOWN - 1) + "…";
            return alt.isBlank() ? "(" + shown + ")" : alt + " (" + shown + ")";
        }
    }
}
