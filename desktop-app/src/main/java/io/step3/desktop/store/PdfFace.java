package io.step3.desktop.store;

import org.apache.fontbox.cff.CFFCIDFont;
import org.apache.fontbox.cff.CFFFont;
import org.apache.fontbox.ttf.CmapLookup;
import org.apache.fontbox.ttf.OpenTypeFont;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDFormContentStream;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.PDResources;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.graphics.form.PDFormXObject;
import org.apache.pdfbox.util.Matrix;

import java.awt.geom.PathIterator;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** A font as a page uses it. */
sealed interface PdfFace {

    /** Whether it has a glyph for this character. */
    boolean has(int character) throws IOException;

    /** How wide the character is, in thousandths of the font's size. */
    float width(int character) throws IOException;

    /** Draws text that it has, from (x, y) in points, in the colour that is set. */
    void show(PDPageContentStream page, String text, float x, float y, float size)
            throws IOException;

    /** A font that the PDF names or holds. */
    record Text(PDFont font) implements PdfFace {
        @Override
        public boolean has(int character) throws IOException {
            try {
                font.encode(Character.toString(character));
                return true;
            } catch (IllegalArgumentException e) {
                return false;
            }
        }

        @Override
        public float width(int character) throws IOException {
            return font.getStringWidth(Character.toString(character));
        }

        @Override
        public void show(PDPageContentStream page, String text, float x, float y, float size)
                throws IOException {
            page.beginText();
            page.setFont(font, size);
            page.newLineAtOffset(x, y);
            page.showText(text);
            page.endText();
        }
    }

    /**
     * An OpenType font with PostScript outlines, as the Noto fonts for Chinese, Japanese and Korean
     * are. PDFBox cannot embed those, so each glyph is drawn as a shape that the PDF holds once; it
     * is sharp, but not text that can be selected.
     */
    final class Outlines implements PdfFace {
        private final PDDocument document;
        private final OpenTypeFont font;
        private final CFFFont shapes;
        private final CmapLookup glyphs;
        private final float scale;
        private final Map<Integer, PDFormXObject> drawn = new HashMap<>();

        Outlines(PDDocument document, OpenTypeFont font) throws IOException {
            this.document = document;
            this.font = font;
            this.shapes = font.getCFF().getFont();
            this.glyphs = font.getUnicodeCmapLookup();
            this.scale = 1000f / font.getUnitsPerEm();
        }

        @Override
        public boolean has(int character) {
            return glyphs.getGlyphId(character) != 0;
        }

        @Override
        public float width(int character) throws IOException {
            return font.getAdvanceWidth(glyphs.getGlyphId(character)) * scale;
        }

        @Override
        public void show(PDPageContentStream page, String text, float x, float y, float size)
                throws IOException {
            float at = x;
            for (int character : text.codePoints().toArray()) {
                float unit = size * scale / 1000;
                page.saveGraphicsState();
                page.transform(new Matrix(unit, 0, 0, unit, at, y));
                page.drawForm(shape(glyphs.getGlyphId(character)));
                page.restoreGraphicsState();
                at += width(character) * size / 1000;
            }
        }

        private PDFormXObject shape(int glyph) throws IOException {
            PDFormXObject known = drawn.get(glyph);
            if (known != null) {
                return known;
            }
            PDFormXObject form = new PDFormXObject(document);
            form.setResources(new PDResources());
            float em = font.getUnitsPerEm();
            form.setBBox(new PDRectangle(-em, -em, 4 * em, 4 * em));
            int id = shapes instanceof CFFCIDFont ? shapes.getCharset().getCIDForGID(glyph) : glyph;
            try (PDFormContentStream content = new PDFormContentStream(form)) {
                trace(content, shapes.getType2CharString(id).getPath().getPathIterator(null));
            }
            drawn.put(glyph, form);
            return form;
        }

        private static void trace(PDFormContentStream content, PathIterator path)
                throws IOException {
            float[] p = new float[6];
            boolean empty = true;
            for (; !path.isDone(); path.next()) {
                switch (path.currentSegment(p)) {
                    case PathIterator.SEG_MOVETO -> content.moveTo(p[0], p[1]);
                    case PathIterator.SEG_LINETO -> content.lineTo(p[0], p[1]);
                    case PathIterator.SEG_CUBICTO ->
                            content.curveTo(p[0], p[1], p[2], p[3], p[4], p[5]);
                    case PathIterator.SEG_CLOSE -> content.closePath();
                    default ->
                            throw new IOException("A PostScript outline holds no quadratic curves");
                }
                empty = false;
            }
            if (!empty) {
                content.fill();
            }
        }
    }
}
