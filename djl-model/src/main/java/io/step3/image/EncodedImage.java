package io.step3.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import javax.imageio.IIOException;

/**
 * A picture file whose container was walked to its end. It holds what its header says and a copy of
 * the file that has the pixels and nothing else, so that colour profiles, texts and thumbnails of
 * strangers never reach a library. Messages of its exceptions continue a sentence that begins with
 * the picture's name.
 */
sealed interface EncodedImage permits BmpFile, GifFile, JpegFile, PngFile, WebpFile {

    /** Recognises a format by its first bytes and walks the container. */
    static EncodedImage parse(byte[] bytes) throws IIOException {
        String start =
                new String(bytes, 0, Math.min(bytes.length, 12), StandardCharsets.ISO_8859_1);
        if (start.startsWith("\211PNG\r\n\032\n")) {
            return PngFile.parse(bytes);
        }
        if (start.startsWith("\377\330\377")) {
            return JpegFile.parse(bytes);
        }
        if (start.startsWith("GIF87a") || start.startsWith("GIF89a")) {
            return GifFile.parse(bytes);
        }
        if (start.startsWith("RIFF") && start.startsWith("WEBP", 8)) {
            return WebpFile.parse(bytes);
        }
        if (start.startsWith("BM")) {
            return BmpFile.parse(bytes);
        }
        throw new IIOException("is no PNG, JPEG, GIF, BMP or WebP file; save it as one of these");
    }

    /** The format's name. */
    String format();

    /** Size of the whole picture, before it is turned upright; whatever is decoded lies within. */
    Size size();

    /** How the picture is to be turned. */
    Orientation orientation();

    /** Decodes the first frame over white, not yet turned. */
    RgbImage decode() throws IOException;

    /** A size of a header, whose numbers may be anything. */
    static Size size(long width, long height) throws IIOException {
        if (width < 1 || height < 1 || width > Integer.MAX_VALUE || height > Integer.MAX_VALUE) {
            throw new IIOException(
                    "has no usable size (" + width + " x " + height + "); save it again");
        }
        return new Size((int) width, (int) height);
    }
}
