package io.step3.desktop.markdown;

import java.util.List;

/** Finds out whether a block is an older one with more text at its end. */
final class Growth {

    private Growth() {}

    /** The text that came, or null if more than that changed. */
    static String suffix(Block old, Block now) {
        return switch (now) {
            case Block.Paragraph(Place place, List<Inline> inlines, boolean continues)
                    when old instanceof Block.Paragraph before
                            && before.place().equals(place)
                            && before.continues() == continues ->
                    suffix(before.inlines(), inlines);
            case Block.Heading(Place place, int level, List<Inline> inlines)
                    when old instanceof Block.Heading before
                            && before.place().equals(place)
                            && before.level() == level ->
                    suffix(before.inlines(), inlines);
            case Block.Code code
                    when old instanceof Block.Code before
                            && before.place().equals(code.place())
                            && before.language().equals(code.language())
                            && before.part() == code.part()
                            && before.midLine() == code.midLine() ->
                    suffix(before.text(), code.text());
            default -> null;
        };
    }

    private static String suffix(List<Inline> old, List<Inline> now) {
        int last = old.size() - 1;
        if (last < 0
                || now.size() != old.size()
                || !(old.get(last) instanceof Inline.Text(String before, Style style))
                || !(now.get(last) instanceof Inline.Text(String after, Style same))
                || !style.equals(same)
                || !old.subList(0, last).equals(now.subList(0, last))) {
            return null;
        }
        return suffix(before, after);
    }

    private static String suffix(String old, String now) {
        return now.startsWith(old) ? now.substring(old.length()) : null;
    }
}
