package io.step3.desktop.store;

import org.apache.fontbox.ttf.OTFParser;
import org.apache.fontbox.ttf.OpenTypeFont;
import org.apache.fontbox.ttf.TTFParser;
import org.apache.fontbox.ttf.TrueTypeCollection;
import org.apache.fontbox.ttf.TrueTypeFont;
import org.apache.fontbox.util.autodetect.FontFileFinder;
import org.apache.pdfbox.io.RandomAccessReadBufferedFile;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.font.FontMappers;
import org.apache.pdfbox.pdmodel.font.PDType0Font;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts.FontName;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The fonts of one document. Latin text is in the fonts that every PDF reader has; for all else the
 * fonts of this computer are looked through, the likely ones first, and those that are used are
 * embedded as far as they are used.
 */
final class PdfFonts implements Closeable {

    enum Style {
        REGULAR(FontName.HELVETICA),
        BOLD(FontName.HELVETICA_BOLD),
        ITALIC(FontName.HELVETICA_OBLIQUE),
        BOLD_ITALIC(FontName.HELVETICA_BOLD_OBLIQUE),
        CODE(FontName.COURIER);

        private final FontName standard;

        Style(FontName standard) {
            this.standard = standard;
        }
    }

    /**
     * Free and system fonts with many glyphs, as parts of file names; the earlier are the first to
     * be looked at.
     */
    private static final List<String> LIKELY =
            List.of(
                    "dejavusans.ttf",
                    "notosanscjk-regular",
                    "notosanssc",
                    "sourcehansans",
                    "wqy-microhei",
                    "wqy-zenhei",
                    "droidsansfallback",
                    "uming",
                    "msyh",
                    "simsun",
                    "simhei",
                    "hiragino sans gb",
                    "stheiti",
                    "songti",
                    "arial unicode",
                    "msgothic",
                    "malgun",
                    "symbola",
                    "seguisym");

    // Looking through every font of a well-stocked computer for one rare sign would take longer
    // than anyone waits.
    private static final int FILE_LIMIT = 60;

    // Other weights and slants of a family have the same characters.
    private static final Pattern NOT_REGULAR =
            Pattern.compile("bold|italic|oblique|light|black|heavy|medium|thin|condensed|emoji");

    static {
        FontMappers.set(new BundledFont());
    }

    private final PDDocument document;
    private final Deque<Path> unopened;
    private final Map<Style, PdfFace> standard = new EnumMap<>(Style.class);
    private final List<PdfFace> opened = new ArrayList<>();
    private final List<Closeable> open = new ArrayList<>();
    private final Map<Integer, Optional<PdfFace>> found = new HashMap<>();

    PdfFonts(PDDocument document, List<Path> files) {
        this.document = document;
        this.unopened =
                new ArrayDeque<>(
                        files.stream()
                                .filter(file -> !NOT_REGULAR.matcher(name(file)).find())
                                .sorted(
                                        Comparator.comparingInt(PdfFonts::rank)
                                                .thenComparing(Path::toString))
                                .limit(FILE_LIMIT)
                                .toList());
        for (Style style : Style.values()) {
            standard.put(style, new PdfFace.Text(new PDType1Font(style.standard)));
        }
    }

    static List<Path> installed() {
        return new FontFileFinder().find().stream().map(Path::of).toList();
    }

    private static String name(Path file) {
        return file.getFileName().toString().toLowerCase(Locale.ROOT);
    }

    private static int rank(Path file) {
        String name = name(file);
        for (int i = 0; i < LIKELY.size(); i++) {
            if (name.contains(LIKELY.get(i))) {
                return i;
            }
        }
        return LIKELY.size();
    }

    /**
     * A face with a glyph for the character, in this style if it can be had; empty if no font has
     * one.
     */
    Optional<PdfFace> face(Style style, int character) throws IOException {
        if (standard.get(style).has(character)) {
            return Optional.of(standard.get(style));
        }
        Optional<PdfFace> known = found.get(character);
        if (known == null) {
            known = find(character);
            found.put(character, known);
        }
        return known;
    }

    private Optional<PdfFace> find(int character) throws IOException {
        for (PdfFace face : opened) {
            if (face.has(character)) {
                return Optional.of(face);
            }
        }
        while (!unopened.isEmpty()) {
            Optional<PdfFace> face = open(unopened.removeFirst());
            face.ifPresent(opened::add);
            if (face.isPresent() && face.get().has(character)) {
                return face;
            }
        }
        return Optional.empty();
    }

    private Optional<PdfFace> open(Path file) {
        try {
            TrueTypeFont font = parse(file);
            if (font instanceof OpenTypeFont outlines && outlines.isPostScript()) {
                return Optional.of(new PdfFace.Outlines(document, outlines));
            }
            return Optional.of(new PdfFace.Text(PDType0Font.load(document, font, true)));
        } catch (IOException | RuntimeException e) {
            // A font that is broken, or that may not be embedded, is not one to be used.
            return Optional.empty();
        }
    }

    private TrueTypeFont parse(Path file) throws IOException {
        String name = name(file);
        if (name.endsWith(".ttc") || name.endsWith(".otc")) {
            List<String> names = new ArrayList<>();
            TrueTypeCollection.processAllFontHeaders(
                    file.toFile(), headers -> names.add(headers.getName()));
            TrueTypeCollection collection = new TrueTypeCollection(file.toFile());
            open.add(collection);
            // Where a collection has faces for several countries, the one for simplified Chinese;
            // they hold the same signs.
            String face =
                    names.stream()
                            .filter(each -> each.contains("CJKsc-"))
                            .findFirst()
                            .orElse(names.getFirst());
            return collection.getFontByName(face);
        }
        RandomAccessReadBufferedFile data = new RandomAccessReadBufferedFile(file.toFile());
        TrueTypeFont font =
                name.endsWith(".otf") ? new OTFParser().parse(data) : new TTFParser().parse(data);
        open.add(font);
        return font;
    }

    /** To be called when the document is saved: until then it reads the fonts. */
    @Override
    public void close() throws IOException {
        for (Closeable file : open) {
            file.close();
        }
    }
}
