package io.step3.desktop.markdown;

import java.util.ArrayList;
import java.util.List;
import org.commonmark.ext.gfm.strikethrough.Strikethrough;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.CustomNode;
import org.commonmark.node.Emphasis;
import org.commonmark.node.HardLineBreak;
import org.commonmark.node.HtmlInline;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.StrongEmphasis;
import org.commonmark.node.Text;

/** Turns commonmark's tree of inlines into flat runs. */
final class InlineReader extends AbstractVisitor {

    private final List<Inline> runs = new ArrayList<>();
    private Style style = Style.PLAIN;

    private InlineReader() {}

    static List<Inline> read(Node parent) {
        var reader = new InlineReader();
        reader.visitChildren(parent);
        return reader.runs;
    }

    /** The same runs, neighbours of one style as one. */
    static List<Inline> joined(List<Inline> inlines) {
        var reader = new InlineReader();
        for (Inline inline : inlines) {
            if (inline instanceof Inline.Text(String text, Style style)) {
                reader.style = style;
                reader.words(text);
            } else {
                reader.runs.add(inline);
            }
        }
        return reader.runs;
    }

    private void words(String text) {
        String clean = Signs.remove(text);
        if (clean.isEmpty()) {
            return;
        }
        if (!runs.isEmpty()
                && runs.getLast() instanceof Inline.Text(String before, Style same)
                && same.equals(style)) {
            runs.set(runs.size() - 1, new Inline.Text(before + clean, style));
        } else {
            runs.add(new Inline.Text(clean, style));
        }
    }

    private void within(Style inner, Node node) {
        Style outer = style;
        style = inner;
        visitChildren(node);
        style = outer;
    }

    @Override
    public void visit(Text text) {
        words(text.getLiteral());
    }

    @Override
    public void visit(Code code) {
        String literal = Signs.remove(code.getLiteral());
        if (!literal.isEmpty()) {
            runs.add(new Inline.Code(literal, style));
        }
    }

    @Override
    public void visit(Emphasis emphasis) {
        within(style.withEmphasis(), emphasis);
    }

    @Override
    public void visit(StrongEmphasis strong) {
        within(style.withStrong(), strong);
    }

    /** Raw HTML is only text; but {@code <br>} is how models break lines in table cells. */
    @Override
    public void visit(HtmlInline html) {
        if (html.getLiteral().matches("(?i)<br\\s*/?>")) {
            runs.add(new Inline.Break(style));
        } else {
            words(html.getLiteral());
        }
    }

    @Override
    public void visit(Link link) {
        String target = Signs.remove(link.getDestination());
        within(LinkTarget.allowed(target) ? style.withLink(target) : style, link);
    }

    @Override
    public void visit(Image image) {
        var alt = new StringBuilder();
        read(image).forEach(run -> alt.append(run.text()));
        String target = Signs.remove(image.getDestination());
        runs.add(
                new Inline.Image(
                        alt.toString().replace('\n', ' '),
                        target,
                        LinkTarget.allowed(target) ? style.withLink(target) : style));
    }

    @Override
    public void visit(SoftLineBreak line) {
        runs.add(new Inline.Break(style));
    }

    @Override
    public void visit(HardLineBreak line) {
        runs.add(new Inline.Break(style));
    }

    @Override
    public void visit(CustomNode node) {
        switch (node) {
            case Strikethrough strike -> within(style.withStrike(), strike);
            case MathSpan math ->
                    runs.add(new Inline.Math(Signs.remove(math.source()), math.display(), style));
            default -> visitChildren(node);
        }
    }
}
