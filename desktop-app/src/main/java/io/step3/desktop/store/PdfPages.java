package io.step3.desktop.store;

import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.graphics.image.PDImageXObject;

import java.io.Closeable;
import java.io.IOException;
import java.text.Bidi;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Sets text and pictures from the top of the first page downwards, and begins new pages as they
 * fill. Lengths are points.
 */
final class PdfPages implements Closeable {

    /** Text of one style. */
    record Run(String text, PdfFonts.Style style) {}

    private record Glyph(int character, PdfFace face, float width) {
        boolean isBlank() {
            return character == ' ';
        }

        /**
         * Whether a line may end before or after it: the scripts that put no spaces between words.
         */
        boolean isIdeograph() {
            return Character.isIdeographic(character)
                    || Character.UnicodeScript.of(character) == Character.UnicodeScript.HIRAGANA
                    || Character.UnicodeScript.of(character) == Character.UnicodeScript.KATAKANA
                    || (0x3000 <= character && character <= 0x303f)
                    || (0xff00 <= character && character <= 0xffef);
        }
    }

    private static final float MARGIN = 56;
    private static final float LEADING = 1.4f;
    private static final int MISSING = 0x25a1;
    private static final float PIXEL = 0.75f;

    private final PDDocument document;
    private final PdfFonts fonts;
    private PDPageContentStream content;
    private float y;
    private int missing;

    PdfPages(PDDocument document, PdfFonts fonts) throws IOException {
        this.document = document;
        this.fonts = fonts;
        newPage();
    }

    /** How many characters were shown as boxes. */
    int missing() {
        return missing;
    }

    /** Leaves a gap, except at the top of a page. */
    void space(float height) {
        if (y < PDRectangle.A4.getHeight() - MARGIN) {
            y -= height;
        }
    }

    /**
     * Sets a paragraph. Line ends within it stay.
     *
     * @param gray from 0, black, to 1
     */
    void paragraph(List<Run> runs, float size, float indent, float gray) throws IOException {
        float width = PDRectangle.A4.getWidth() - 2 * MARGIN - indent;
        List<Glyph> line = new ArrayList<>();
        for (Run run : runs) {
            for (int character : run.text().replace("\t", "    ").codePoints().toArray()) {
                if (character == '\n') {
                    setLine(line, size, indent, gray);
                    line.clear();
                } else {
                    glyph(run.style(), character, size).ifPresent(line::add);
                    if (width(line) > width) {
                        breakLine(line, size, indent, gray);
                    }
                }
            }
        }
        setLine(line, size, indent, gray);
    }

    /** Sets a picture as large as its pixels at 96 dpi, but no larger than the page allows. */
    void picture(PDImageXObject image) throws IOException {
        float wide = PDRectangle.A4.getWidth() - 2 * MARGIN;
        float high = (PDRectangle.A4.getHeight() - 2 * MARGIN) * 0.6f;
        float scale = Math.min(PIXEL, Math.min(wide / image.getWidth(), high / image.getHeight()));
        float height = image.getHeight() * scale;
        makeRoom(height);
        y -= height;
        content.drawImage(image, MARGIN, y, image.getWidth() * scale, height);
    }

    private Optional<Glyph> glyph(PdfFonts.Style style, int character, float size)
            throws IOException {
        int type = Character.getType(character);
        if (type == Character.CONTROL
                || type == Character.FORMAT
                || (0xfe00 <= character && character <= 0xfe0f)) {
            return Optional.empty();
        }
        int shown = Character.isSpaceChar(character) ? ' ' : character;
        Optional<PdfFace> face = fonts.face(style, shown);
        if (face.isEmpty()) {
            missing++;
            shown = fonts.face(style, MISSING).isPresent() ? MISSING : '?';
            face = fonts.face(style, shown);
        }
        return Optional.of(
                new Glyph(
                        shown, face.orElseThrow(), face.orElseThrow().width(shown) * size / 1000));
    }

    private static float width(List<Glyph> line) {
        float width = 0;
        for (Glyph glyph : line) {
            width += glyph.width();
        }
        return width;
    }

    /** Sets what fits of a line that has grown one glyph too long, and leaves the rest. */
    private void breakLine(List<Glyph> line, float size, float indent, float gray)
            throws IOException {
        int last = line.size() - 1;
        int end = last;
        while (end > 0 && !mayBreak(line.get(end - 1), line.get(end))) {
            end--;
        }
        if (end == 0) {
            end = Math.max(1, last);
        }
        List<Glyph> head = line.subList(0, end);
        setLine(head, size, indent, gray);
        head.clear();
        while (!line.isEmpty() && line.getFirst().isBlank()) {
            line.removeFirst();
        }
    }

    private static boolean mayBreak(Glyph before, Glyph after) {
        return after.isBlank() || before.isBlank() || before.isIdeograph() || after.isIdeograph();
    }

    private void setLine(List<Glyph> logical, float size, float indent, float gray)
            throws IOException {
        makeRoom(size * LEADING);
        y -= size * LEADING;
        content.setNonStrokingColor(gray);
        float x = MARGIN + indent;
        List<Glyph> line = inOrderOfSight(logical);
        int from = 0;
        while (from < line.size()) {
            PdfFace face = line.get(from).face();
            StringBuilder text = new StringBuilder();
            float width = 0;
            int to = from;
            for (; to < line.size() && line.get(to).face() == face; to++) {
                text.appendCodePoint(line.get(to).character());
                width += line.get(to).width();
            }
            face.show(content, text.toString(), x, y, size);
            x += width;
            from = to;
        }
    }

    /** Turns what is written from right to left; letters are not joined. */
    private static List<Glyph> inOrderOfSight(List<Glyph> line) {
        StringBuilder text = new StringBuilder();
        line.forEach(glyph -> text.appendCodePoint(glyph.character()));
        if (!Bidi.requiresBidi(text.toString().toCharArray(), 0, text.length())) {
            return line;
        }
        Bidi bidi = new Bidi(text.toString(), Bidi.DIRECTION_DEFAULT_LEFT_TO_RIGHT);
        byte[] levels = new byte[line.size()];
        int at = 0;
        for (int i = 0; i < levels.length; i++) {
            levels[i] = (byte) bidi.getLevelAt(at);
            at += Character.charCount(line.get(i).character());
        }
        Glyph[] glyphs = line.toArray(Glyph[]::new);
        Bidi.reorderVisually(levels, 0, glyphs, 0, glyphs.length);
        return List.of(glyphs);
    }

    private void makeRoom(float height) throws IOException {
        if (y - height < MARGIN) {
            newPage();
        }
    }

    private void newPage() throws IOException {
        close();
        PDPage page = new PDPage(PDRectangle.A4);
        document.addPage(page);
        content = new PDPageContentStream(document, page);
        y = PDRectangle.A4.getHeight() - MARGIN;
    }

    /** Ends the last page. */
    @Override
    public void close() throws IOException {
        if (content != null) {
            content.close();
            content = null;
        }
    }
}
