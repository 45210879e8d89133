package io.step3.desktop.store;

import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDDocumentInformation;
import org.apache.pdfbox.pdmodel.graphics.image.PDImageXObject;

import java.awt.Dimension;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Calendar;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.TimeZone;

import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/** Writes the shown branch as pages. */
final class PdfExport {

    private static final float TITLE = 18;
    private static final float SPEAKER = 12;
    private static final float TEXT = 10.5f;
    private static final float SMALL = 9;
    private static final float INDENT = 12;
    private static final float BLACK = 0;
    private static final float GRAY = 0.4f;

    /**
     * A picture with more pixels than this is named, not shown: decoding it could take all memory.
     */
    private static final long PIXEL_LIMIT = 100_000_000;

    private final Transcript transcript;
    private final PDDocument document;
    private final PdfPages pages;

    private PdfExport(Transcript transcript, PDDocument document, PdfPages pages) {
        this.transcript = transcript;
        this.document = document;
        this.pages = pages;
    }

    /** Gives the number of characters that no font has and that are shown as boxes. */
    static int write(Transcript transcript, OutputStream out) throws IOException {
        return write(transcript, out, PdfFonts.installed());
    }

    static int write(Transcript transcript, OutputStream out, List<Path> fontFiles)
            throws IOException {
        try (PDDocument document = new PDDocument();
                PdfFonts fonts = new PdfFonts(document, fontFiles)) {
            int missing;
            try (PdfPages pages = new PdfPages(document, fonts)) {
                new PdfExport(transcript, document, pages).write();
                missing = pages.missing();
            }
            document.save(out);
            return missing;
        }
    }

    private void write() throws IOException {
        Conversation conversation = transcript.conversation();
        ExportLabels labels = transcript.labels();
        PDDocumentInformation information = document.getDocumentInformation();
        information.setTitle(conversation.title());
        Calendar updated = Calendar.getInstance(TimeZone.getTimeZone("UTC"));
        updated.setTimeInMillis(conversation.updated().toEpochMilli());
        information.setModificationDate(updated);
        set(conversation.title(), PdfFonts.Style.BOLD, TITLE, 0, BLACK);
        if (!conversation.systemPrompt().isEmpty()) {
            set(labels.systemPrompt(), PdfFonts.Style.ITALIC, SMALL, INDENT, GRAY);
            set(conversation.systemPrompt(), PdfFonts.Style.REGULAR, SMALL, INDENT, GRAY);
        }
        for (Message message : transcript.branch()) {
            write(message);
        }
        if (pages.missing() > 0) {
            pages.space(TEXT);
            set(labels.missingGlyphs(), PdfFonts.Style.ITALIC, SMALL, 0, GRAY);
        }
    }

    private void write(Message message) throws IOException {
        ExportLabels labels = transcript.labels();
        pages.space(TEXT);
        set(labels.speaker(message), PdfFonts.Style.BOLD, SPEAKER, 0, BLACK);
        for (Part part : message.parts()) {
            switch (part) {
                case Part.Text(String text) -> set(text, PdfFonts.Style.REGULAR, TEXT, 0, BLACK);
                case Part.RemovedImage(String name) ->
                        set(
                                labels.removedPicture() + " " + name,
                                PdfFonts.Style.ITALIC,
                                SMALL,
                                0,
                                GRAY);
                case Part.Image image -> set(image);
            }
        }
        if (!message.reasoning().isEmpty()) {
            set(labels.reasoning(), PdfFonts.Style.ITALIC, SMALL, INDENT, GRAY);
            PdfMarkdown.set(pages, message.reasoning(), SMALL, INDENT, GRAY);
        }
        PdfMarkdown.set(pages, message.answer(), TEXT, 0, BLACK);
        if (!message.toolCalls().equals("[]")) {
            set(labels.toolCalls(), PdfFonts.Style.ITALIC, SMALL, 0, GRAY);
            set(message.toolCalls(), PdfFonts.Style.CODE, SMALL, INDENT, BLACK);
        }
        if (!labels.ending(message).isEmpty()) {
            set(labels.ending(message), PdfFonts.Style.ITALIC, SMALL, 0, GRAY);
        }
    }

    private void set(String text, PdfFonts.Style style, float size, float indent, float gray)
            throws IOException {
        pages.paragraph(List.of(new PdfPages.Run(text.strip(), style)), size, indent, gray);
        pages.space(size / 2);
    }

    private void set(Part.Image image) throws IOException {
        Optional<PDImageXObject> picture = decode(transcript.bytes(image), image.name());
        if (picture.isPresent()) {
            pages.picture(picture.get());
        }
        set("[" + image.name() + "]", PdfFonts.Style.ITALIC, SMALL, 0, GRAY);
    }

    /**
     * Empty for a picture that is of a kind that PDF cannot hold, broken, or too large to be
     * decoded.
     */
    private Optional<PDImageXObject> decode(byte[] bytes, String name) {
        try {
            Optional<Dimension> size = size(bytes);
            if (size.isEmpty() || (long) size.get().width * size.get().height > PIXEL_LIMIT) {
                return Optional.empty();
            }
            return Optional.of(PDImageXObject.createFromByteArray(document, bytes, name));
        } catch (IOException | RuntimeException e) {
            // The decoders of the platform throw what they like at broken pictures.
            return Optional.empty();
        }
    }

    private static Optional<Dimension> size(byte[] bytes) throws IOException {
        try (ImageInputStream input =
                ImageIO.createImageInputStream(new ByteArrayInputStream(bytes))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(input);
            if (!readers.hasNext()) {
                return Optional.empty();
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(input);
                return Optional.of(new Dimension(reader.getWidth(0), reader.getHeight(0)));
            } finally {
                reader.dispose();
            }
        }
    }
}
