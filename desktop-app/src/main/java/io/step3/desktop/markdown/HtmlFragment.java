package io.step3.desktop.markdown;

import io.step3.desktop.markdown.Block.Cell;
import io.step3.desktop.markdown.Container.Item;
import io.step3.desktop.markdown.Container.Marker;
import io.step3.desktop.markdown.Container.Quote;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes blocks as HTML, just as they are: line ends, tables, links that may be links. All text is
 * escaped.
 */
public final class HtmlFragment {

    /** How formulas are written. */
    public interface Formulas {

        /**
         * HTML of a formula.
         *
         * @param source LaTeX without its delimiters
         * @param display whether it was written to stand alone
         */
        String html(String source, boolean display);
    }

    /** As LaTeX between its delimiters. */
    public static final Formulas LATEX =
            (source, display) ->
                    display ? "\\[" + escape(source) + "\\]" : "\\(" + escape(source) + "\\)";

    private final Formulas formulas;

    public HtmlFragment(Formulas formulas) {
        this.formulas = formulas;
    }

    /** The blocks of a document, or of a part of one, joined as {@link Excerpt} joins them. */
    public String of(List<Block> blocks) {
        var out = new StringBuilder();
        var open = new ArrayList<String>();
        List<Container> before = List.of();
        for (Block block : new Excerpt(blocks).blocks()) {
            List<Container> now = block.place().containers();
            containers(out, open, before, now);
            before = now;
            html(out, block);
        }
        while (!open.isEmpty()) {
            out.append(open.removeLast());
        }
        return out.toString();
    }

    private static void containers(
            StringBuilder out, List<String> open, List<Container> before, List<Container> now) {
        int same = 0;
        while (same < Math.min(before.size(), now.size())
                && same < open.size()
                && !now.get(same).opens()
                && before.get(same).getClass() == now.get(same).getClass()) {
            same++;
        }
        boolean sameList =
                same < now.size()
                        && same < open.size()
                        && now.get(same) instanceof Item item
                        && !item.first()
                        && before.get(same) instanceof Item;
        while (open.size() > same + (sameList ? 1 : 0)) {
            out.append(open.removeLast());
        }
        for (int i = same; i < now.size(); i++) {
            switch (now.get(i)) {
                case Quote _ -> {
                    out.append("<blockquote>");
                    open.add("</blockquote>");
                }
                case Item(Marker marker, _, _) -> {
                    if (sameList && i == same) {
                        out.append("</li><li>");
                    } else if (marker instanceof Marker.Number(int value, _)) {
                        out.append(value == 1 ? "<ol><li>" : "<ol start=\"" + value + "\"><li>");
                        open.add("</li></ol>");
                    } else {
                        out.append("<ul><li>");
                        open.add("</li></ul>");
                    }
                    if (marker instanceof Marker.Task(boolean done)) {
                        out.append(done ? "☑ " : "☐ ");
                    }
                }
            }
        }
    }

    private void html(StringBuilder out, Block block) {
        switch (block) {
            case Block.Paragraph words -> {
                boolean bare = isTight(block.place());
                out.append(bare ? "" : "<p>");
                html(out, words.inlines());
                out.append(bare ? "" : "</p>");
            }
            case Block.Heading heading -> {
                out.append("<h").append(heading.level()).append('>');
                html(out, heading.inlines());
                out.append("</h").append(heading.level()).append('>');
            }
            case Block.Code code -> {
                String language = code.language().replaceAll("[^\\w+#.-]", "");
                out.append(
                        language.isEmpty()
                                ? "<pre><code>"
                                : "<pre><code class=\"language-" + language + "\">");
                out.append(escape(code.text())).append("</code></pre>");
            }
            case Block.Math math ->
                    out.append("<p>").append(formulas.html(math.source(), true)).append("</p>");
            case Block.Table table -> {
                out.append("<table>");
                boolean head = table.part() == 0;
                for (List<Cell> row : table.rows()) {
                    out.append("<tr>");
                    for (int i = 0; i < row.size(); i++) {
                        out.append(head ? "<th" : "<td").append(alignment(table, i)).append('>');
                        html(out, row.get(i).inlines());
                        out.append(head ? "</th>" : "</td>");
                    }
                    out.append("</tr>");
                    head = false;
                }
                out.append("</table>");
            }
            case Block.Rule _ -> out.append("<hr>");
        }
    }

    private void html(StringBuilder out, List<Inline> inlines) {
        for (Inline inline : inlines) {
            Style style = inline.style();
            String target = escape(style.link());
            out.append(target.isEmpty() ? "" : "<a href=\"" + target + "\">")
                    .append(style.strike() ? "<s>" : "")
                    .append(style.strong() ? "<strong>" : "")
                    .append(style.emphasis() ? "<em>" : "");
            switch (inline) {
                case Inline.Code code ->
                        out.append("<code>").append(escape(code.text())).append("</code>");
                case Inline.Math math -> out.append(formulas.html(math.source(), math.display()));
                case Inline.Break _ -> out.append("<br>");
                case Inline.Text _, Inline.Image _ -> out.append(escape(inline.text()));
            }
            out.append(style.emphasis() ? "</em>" : "")
                    .append(style.strong() ? "</strong>" : "")
                    .append(style.strike() ? "</s>" : "")
                    .append(target.isEmpty() ? "" : "</a>");
        }
    }

    private static String alignment(Block.Table table, int column) {
        if (column >= table.columns().size()) {
            return "";
        }
        return switch (table.columns().get(column)) {
            case START -> "";
            case CENTER -> " align=\"center\"";
            case END -> " align=\"right\"";
        };
    }

    private static boolean isTight(Place place) {
        return !place.gap() && place.containers().stream().anyMatch(Item.class::isInstance);
    }

    /** Takes the meaning of signs from a text, for the content of elements and attributes. */
    public static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
