package io.step3.image;

import java.awt.Point;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.function.Consumer;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;

/**
 * One use of an ImageIO reader. The JDK's own readers are taken by name, whatever else a program
 * has registered, so that a picture decodes alike everywhere; and nothing is cached in files.
 */
final class LibraryReader {
    private final ImageReaderSpi provider;

    private LibraryReader(ImageReaderSpi provider) {
        this.provider = provider;
    }

    static LibraryReader ofJdk(String format) {
        Module desktop = ImageIO.class.getModule();
        Iterator<ImageReaderSpi> providers =
                IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class, false);
        while (providers.hasNext()) {
            ImageReaderSpi provider = providers.next();
            boolean ours = provider.getClass().getModule() == desktop;
            if (ours && Arrays.asList(provider.getFormatNames()).contains(format)) {
                return new LibraryReader(provider);
            }
        }
        throw new IllegalStateException(
                "This program removed the JDK's reader of "
                        + format
                        + " from the ImageIO registry");
    }

    /** Reads the first picture; a warning, which mostly means missing pixels, is a failure. */
    BufferedImage image(Excerpt file) throws IOException {
        String[] warning = new String[1];
        BufferedImage image =
                read(
                        file,
                        reader -> {
                            reader.addIIOReadWarningListener((source, text) -> warning[0] = text);
                            return reader.read(0);
                        });
        if (warning[0] != null) {
            throw new IIOException(warning[0]);
        }
        return image;
    }

    /**
     * Reads a picture whose rows the reader hands over one by one from the top, as the JDK's JPEG
     * reader does; they are never put together.
     *
     * @param bands bytes of a pixel
     * @param passes how often the reader hands over all rows, each time finer, as it does for each
     *     scan of a progressive picture; only the last ones are taken
     * @param sink takes [width, bands] bytes, in an array that is used again
     */
    void rows(Excerpt file, Size size, int bands, int passes, Consumer<byte[]> sink)
            throws IOException {
        read(
                file,
                reader -> {
                    if (reader.getWidth(0) != size.width()
                            || reader.getHeight(0) != size.height()) {
                        throw new IIOException("the frame is not what its header says");
                    }
                    ImageReadParam param = reader.getDefaultReadParam();
                    var colors = reader.getImageTypes(0).next().getColorModel();
                    var rows = new PassedRows(size, bands, passes, sink);
                    param.setDestination(new BufferedImage(colors, rows, false, null));
                    return reader.read(0, param);
                });
    }

    private <T> T read(Excerpt file, Step<T> step) throws IOException {
        ImageReader reader = provider.createReaderInstance();
        try (var stream = file.stream()) {
            reader.setInput(stream, true, true);
            return step.on(reader);
        } finally {
            reader.dispose();
        }
    }

    /** Stands for the pixels of a whole picture, but passes on each row that is put into it. */
    private static final class PassedRows extends WritableRaster {
        private final int passes;
        private final Consumer<byte[]> sink;
        private int pass = 1;
        private int rows;

        PassedRows(Size size, int bands, int passes, Consumer<byte[]> sink) {
            super(
                    new PixelInterleavedSampleModel(
                            DataBufferByte.TYPE_BYTE,
                            size.width(),
                            size.height(),
                            bands,
                            bands * size.width(),
                            offsets(bands)),
                    new DataBufferByte(bands),
                    new Point());
            this.passes = passes;
            this.sink = sink;
        }

        private static int[] offsets(int bands) {
            int[] offsets = new int[bands];
            Arrays.setAll(offsets, band -> band);
            return offsets;
        }

        @Override
        public void setRect(int x, int y, Raster row) {
            if (y == 0 && rows > 0) {
                pass++;
                rows = 0;
            }
            if (x != 0 || y != rows++ || row.getWidth() != width || row.getHeight() != 1) {
                throw new IllegalArgumentException("the rows are not in order");
            }
            if (pass == passes) {
                sink.accept(((DataBufferByte) row.getDataBuffer()).getData());
            }
        }
    }

    @FunctionalInterface
    private interface Step<T> {
        T on(ImageReader reader) throws IOException;
    }
}
