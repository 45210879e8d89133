package io.step3.image;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * One use of an ImageIO reader. The JDK's own readers are taken by name, whatever else a program
 * has registered, so that a picture decodes alike everywhere; and nothing is cached in files.
 */
final class LibraryReader {
    private final ImageReaderSpi provider;

    private LibraryReader(ImageReaderSpi provider) {
        this.provider = provider;
    }

    static LibraryReader of(ImageReaderSpi provider) {
        return new LibraryReader(provider);
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
    BufferedImage image(byte[] file) throws IOException {
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

    /** Reads the samples as they are coded, without any colour conversion. */
    Raster raster(byte[] file) throws IOException {
        return read(file, reader -> reader.readRaster(0, null));
    }

    private <T> T read(byte[] file, Step<T> step) throws IOException {
        ImageReader reader = provider.createReaderInstance();
        try (var stream = new EndingStream(file)) {
            reader.setInput(stream, true, true);
            return step.on(reader);
        } finally {
            reader.dispose();
        }
    }

    /**
     * Some readers go on at the end of a file, for hours if its header makes them; this stream ends
     * that.
     */
    private static final class EndingStream extends MemoryCacheImageInputStream {
        private static final int PATIENCE = 1000;
        private int readsAtEnd;

        EndingStream(byte[] file) {
            super(new ByteArrayInputStream(file));
        }

        @Override
        public int read() throws IOException {
            return checked(super.read());
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return checked(super.read(bytes, offset, length));
        }

        private int checked(int result) throws IOException {
            if (result < 0 && ++readsAtEnd > PATIENCE) {
                throw new IIOException("more pixels than data");
            }
            return result;
        }
    }

    @FunctionalInterface
    private interface Step<T> {
        T on(ImageReader reader) throws IOException;
    }
}
