package io.step3.desktop.store;

import org.commonmark.ext.gfm.tables.TableCell;
import org.commonmark.ext.gfm.tables.TableRow;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.BlockQuote;
import org.commonmark.node.BulletList;
import org.commonmark.node.Code;
import org.commonmark.node.CustomNode;
import org.commonmark.node.Emphasis;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.HardLineBreak;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.HtmlInline;
import org.commonmark.node.IndentedCodeBlock;
import org.commonmark.node.Link;
import org.commonmark.node.ListItem;
import org.commonmark.node.Node;
import org.commonmark.node.OrderedList;
import org.commonmark.node.Paragraph;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.StrongEmphasis;
import org.commonmark.node.Text;
import org.commonmark.node.ThematicBreak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Sets a Markdown text on the pages of a PDF, block by block. */
final class PdfMarkdown extends AbstractVisitor {

    private static final float STEP = 16;
    private static final float GAP = 5;

    /** Deeper nesting is not shown, so that there is room for text. */
    private static final float INDENT_LIMIT = 10 * STEP;

    private final PdfPages pages;
    private final float size;
    private final float gray;
    private float indent;
    private List<PdfPages.Run> runs = new ArrayList<>();
    private boolean bold;
    private boolean italic;

    private PdfMarkdown(PdfPages pages, float size, float indent, float gray) {
        this.pages = pages;
        this.size = size;
        this.indent = indent;
        this.gray = gray;
    }

    static void set(PdfPages pages, String markdown, float size, float indent, float gray)
            throws IOException {
        try {
            SafeMarkdown.parse(markdown).accept(new PdfMarkdown(pages, size, indent, gray));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public void visit(Paragraph paragraph) {
        visitChildren(paragraph);
        setRuns(size);
    }

    @Override
    public void visit(Heading heading) {
        bold = true;
        visitChildren(heading);
        bold = false;
        setRuns(size + Math.max(0, 4 - heading.getLevel()) * 1.5f);
    }

    @Override
    public void visit(FencedCodeBlock block) {
        setCode(block.getLiteral());
    }

    @Override
    public void visit(IndentedCodeBlock block) {
        setCode(block.getLiteral());
    }

    @Override
    public void visit(HtmlBlock block) {
        add(block.getLiteral());
        setRuns(size);
    }

    @Override
    public void visit(ThematicBreak line) {
        add("* * *");
        setRuns(size);
    }

    @Override
    public void visit(BlockQuote quote) {
        indent += STEP;
        visitChildren(quote);
        indent -= STEP;
    }

    @Override
    public void visit(BulletList list) {
        setItems(list, 0);
    }

    @Override
    public void visit(OrderedList list) {
        setItems(list, list.getMarkerStartNumber() == null ? 1 : list.getMarkerStartNumber());
    }

    /** Sets the items with numbers from {@code first}, or with bullets if that is 0. */
    private void setItems(Node list, int first) {
        int number = first;
        indent += STEP;
        for (Node item = list.getFirstChild(); item != null; item = item.getNext()) {
            if (item instanceof ListItem) {
                add(first == 0 ? "• " : number++ + ". ");
                visitChildren(item);
                // An item that begins with anything but a paragraph has its mark left on a line of
                // its own.
                if (!runs.isEmpty()) {
                    setRuns(size);
                }
            }
        }
        indent -= STEP;
    }

    @Override
    public void visit(CustomNode node) {
        if (node instanceof TableRow) {
            visitChildren(node);
            setRuns(size);
        } else if (node instanceof TableCell cell) {
            bold = cell.isHeader();
            visitChildren(cell);
            bold = false;
            if (cell.getNext() != null) {
                add("  |  ");
            }
        } else {
            visitChildren(node);
        }
    }

    @Override
    public void visit(Text text) {
        add(text.getLiteral());
    }

    @Override
    public void visit(Code code) {
        runs.add(new PdfPages.Run(code.getLiteral(), PdfFonts.Style.CODE));
    }

    @Override
    public void visit(HtmlInline html) {
        add(html.getLiteral());
    }

    @Override
    public void visit(SoftLineBreak end) {
        add(" ");
    }

    @Override
    public void visit(HardLineBreak end) {
        add("\n");
    }

    @Override
    public void visit(Link link) {
        visitChildren(link);
        // On paper a link is its address; one that names itself is not told twice.
        boolean named =
                link.getFirstChild() instanceof Text text
                        && link.getDestination().endsWith(text.getLiteral());
        if (!named) {
            add(" (" + link.getDestination() + ")");
        }
    }

    @Override
    public void visit(Emphasis emphasis) {
        boolean before = italic;
        italic = true;
        visitChildren(emphasis);
        italic = before;
    }

    @Override
    public void visit(StrongEmphasis emphasis) {
        boolean before = bold;
        bold = true;
        visitChildren(emphasis);
        bold = before;
    }

    private void add(String text) {
        PdfFonts.Style style =
                bold && italic
                        ? PdfFonts.Style.BOLD_ITALIC
                        : bold
                                ? PdfFonts.Style.BOLD
                                : italic ? PdfFonts.Style.ITALIC : PdfFonts.Style.REGULAR;
        runs.add(new PdfPages.Run(text, style));
    }

    private void setCode(String code) {
        if (!runs.isEmpty()) {
            setRuns(size);
        }
        runs.add(new PdfPages.Run(code.stripTrailing(), PdfFonts.Style.CODE));
        indent += STEP / 2;
        setRuns(size - 1);
        indent -= STEP / 2;
    }

    private void setRuns(float textSize) {
        try {
            pages.paragraph(runs, textSize, Math.min(indent, INDENT_LIMIT), gray);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        pages.space(GAP);
        runs = new ArrayList<>();
    }
}
