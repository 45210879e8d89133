package io.step3.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import javax.imageio.IIOException;

/**
 * A picture file whose container was walked to its end. It holds what its header says and where in
 * the file the pixels are, so that colour profiles, texts and thumbnails of strangers never reach a
 * decoder. Messages of its exceptions continue a sentence that begins with the picture's name.
 */
sealed interface EncodedImage permits BmpFile, GifFile, JpegFile, PngFile, WebpFile {

    /** Recognises a format by its first bytes and walks the container. */
    static EncodedImage parse(ByteBuffer bytes) throws IIOException {
        return switch (PictureFormat.of(bytes).orElse(null)) {
            case PNG -> PngFile.parse(bytes);
            case JPEG -> JpegFile.parse(bytes);
            case GIF -> GifFile.parse(bytes);
            case BMP -> BmpFile.parse(bytes);
            case WEBP -> WebpFile.parse(bytes);
            case null -> throw ForeignFormat.refused(ByteReader.bigEndian(bytes));
        };
    }

    /** The format's name. */
    String format();

    /** Size of the whole picture, before it is turned upright. */
    Size size();

    /** Pixels that decode in about a second, and so the most that are taken of this format. */
    long maxPixels();

    /** How the picture is to be turned. */
    Orientation orientation();

    /**
     * Decodes the first frame over white, not yet turned.
     *
     * @param sink takes all rows of {@link #size}, unless this throws
     */
    void decode(RowSink sink) throws IOException;

    /** A size of a header, whose numbers may be anything. */
    static Size size(long width, long height) throws IIOException {
        if (width < 1 || height < 1 || width > Integer.MAX_VALUE || height > Integer.MAX_VALUE) {
            throw new IIOException(
                    "has no usable size (" + width + " x " + height + "); save it again");
        }
        return new Size((int) width, (int) height);
    }
}
