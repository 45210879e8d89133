package io.step3.desktop.markdown;

import io.step3.desktop.markdown.Block.Alignment;

import java.util.List;

/**
 * What is open where the frozen text ends: the containers, and the block that was frozen in the
 * middle. {@link #preamble()} writes Markdown that brings the parser into just this state, so that
 * parsing the tail alone gives what parsing the whole would.
 */
record Context(List<Open> open, Leaf leaf) {

    static final Context NOTHING = new Context(List.of(), new Leaf.None());

    /** An open container. */
    sealed interface Open {

        record Quote() implements Open {}

        /**
         * @param sign bullet, or the delimiter behind the number
         * @param number of this item, -1 for a bullet
         * @param contentIndent columns from the enclosing block to the item's content
         */
        record Item(char sign, int number, int contentIndent) implements Open {
            /**
             * This item when another follows it: only the list matters, and content that begins far
             * to the right never takes the next item for its child.
             */
            Item before() {
                return new Item(sign, number, 5);
            }
        }
    }

    /** A block frozen in the middle. */
    sealed interface Leaf {

        record None() implements Leaf {}

        record Paragraph() implements Leaf {}

        record Fence(char sign, int length, int indent, String language, int part, boolean midLine)
                implements Leaf {}

        record Indented(int part, boolean midLine) implements Leaf {}

        record Table(List<Alignment> columns, int part) implements Leaf {}
    }

    /** Markdown to be put before the tail. */
    String preamble() {
        if (open.isEmpty() && leaf instanceof Leaf.None) {
            return "";
        }
        // A heading opens the containers: it is closed at once, so nothing can join it.
        var text = new StringBuilder();
        for (Open container : open) {
            text.append(
                    switch (container) {
                        case Open.Quote _ -> "> ";
                        case Open.Item item -> marker(item);
                    });
        }
        text.append("# ").append(Signs.PLACE).append('\n');
        String next = continuation();
        switch (leaf) {
            case Leaf.None _ -> {}
            case Leaf.Paragraph _ -> text.append(next).append(Signs.PLACE);
            case Leaf.Fence fence -> {
                text.append(next)
                        .repeat(' ', fence.indent())
                        .repeat(fence.sign(), fence.length())
                        .append('\n');
                if (fence.midLine()) {
                    text.append(next).append(Signs.PLACE);
                }
            }
            case Leaf.Indented code -> {
                text.append(next).append("    ").append(Signs.PLACE);
                if (!code.midLine()) {
                    text.append('\n');
                }
            }
            case Leaf.Table table -> {
                text.append(next).append("|a".repeat(table.columns().size())).append("|\n");
                text.append(next);
                for (Alignment alignment : table.columns()) {
                    text.append(
                            switch (alignment) {
                                case START -> "|:-";
                                case CENTER -> "|:-:";
                                case END -> "|-:";
                            });
                }
                text.append("|\n");
            }
        }
        return text.toString();
    }

    private String continuation() {
        var text = new StringBuilder();
        for (Open container : open) {
            switch (container) {
                case Open.Quote _ -> text.append("> ");
                case Open.Item item -> text.repeat(' ', item.contentIndent());
            }
        }
        return text.toString();
    }

    /** A marker as wide as the real one; the number is kept beside, not read from it. */
    private static String marker(Open.Item item) {
        int width = item.contentIndent();
        if (item.number() < 0) {
            int indent = Math.max(0, width - 5);
            return " ".repeat(indent) + item.sign() + " ".repeat(width - indent - 1);
        }
        int digits = Math.clamp(width - 5, 1, 9);
        int indent = Math.max(0, width - digits - 5);
        return " ".repeat(indent)
                + "1".repeat(digits)
                + item.sign()
                + " ".repeat(width - indent - digits - 1);
    }
}
