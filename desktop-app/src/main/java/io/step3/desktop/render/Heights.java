package io.step3.desktop.render;

import io.step3.desktop.markdown.Block;
import io.step3.desktop.markdown.Container;

/** Guesses how high blocks are that were not laid out yet. */
final class Heights {

    private static final double LINE_EM = 1.5;

    private Heights() {}

    static double guess(Block block, double width, double em) {
        double inset = 0;
        for (Container container : block.place().containers()) {
            inset += container instanceof Container.Quote ? 1.1 * em : 1.7 * em;
        }
        double room = Math.max(4 * em, width - inset);
        return switch (block) {
            case Block.Paragraph words -> lines(words.text(), room, em) * LINE_EM * em;
            case Block.Heading words -> lines(words.text(), room, 1.3 * em) * 1.9 * em;
            case Block.Code code ->
                    (code.text().chars().filter(c -> c == '\n').count() + 1) * 1.4 * em
                            + (code.part() == 0 ? 3 * em : 0);
            case Block.Math math -> (2.5 + 2.2 * math.source().split("\\\\\\\\", -1).length) * em;
            case Block.Table table -> table.rows().size() * 2.2 * em;
            case Block.Rule _ -> em;
        };
    }

    private static double lines(String text, double width, double em) {
        double lines = 0;
        for (String line : text.split("\n", -1)) {
            double length = 0;
            for (int i = 0; i < line.length(); i++) {
                // East Asian characters are one em wide, others about half.
                length += line.charAt(i) >= 0x2E80 ? 1 : 0.5;
            }
            lines += Math.max(1, Math.ceil(length * em / width));
        }
        return lines;
    }
}
