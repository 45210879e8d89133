package io.step3.ops;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.Checksum;

/** What a packed file holds. */
sealed interface PackedContent {

    /** In bytes. */
    long size();

    /** Whether a file holds exactly this. */
    boolean isIn(Path file) throws IOException;

    /** Writes it to a file that is there. */
    void writeTo(Path file) throws IOException;

    /** Adds what tells it from other contents. */
    void addTo(Checksum sum);

    /**
     * A resource. One in a jar is not unpacked where the file is there already: the jar's directory
     * says how large it is and which checksum it has.
     */
    static PackedContent of(URL resource) throws IOException {
        URLConnection connection = resource.openConnection();
        connection.setUseCaches(false);
        if (connection instanceof JarURLConnection packed) {
            try (JarFile jar = packed.getJarFile()) {
                JarEntry entry = packed.getJarEntry();
                if (entry.getSize() >= 0 && entry.getCrc() >= 0) {
                    return new Entry(resource, entry.getSize(), entry.getCrc());
                }
            }
        }
        try (InputStream in = resource.openStream()) {
            return new Bytes(in.readAllBytes());
        }
    }

    /** Bytes in memory. */
    record Bytes(byte[] bytes) implements PackedContent {
        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public boolean isIn(Path file) throws IOException {
            return Files.isRegularFile(file)
                    && Files.size(file) == bytes.length
                    && Arrays.equals(Files.readAllBytes(file), bytes);
        }

        @Override
        public void writeTo(Path file) throws IOException {
            Files.write(file, bytes);
        }

        @Override
        public void addTo(Checksum sum) {
            sum.update(bytes);
        }
    }

    /**
     * An entry of a jar.
     *
     * @param size in bytes, unpacked
     * @param crc its CRC-32, which finds damage; that nobody forges the file is the folder's matter
     */
    record Entry(URL resource, long size, long crc) implements PackedContent {
        private static final int BUFFER_BYTES = 1 << 18;

        @Override
        public boolean isIn(Path file) throws IOException {
            if (!Files.isRegularFile(file) || Files.size(file) != size) {
                return false;
            }
            var sum = new CRC32();
            try (var in = new CheckedInputStream(Files.newInputStream(file), sum)) {
                byte[] buffer = new byte[BUFFER_BYTES];
                while (in.read(buffer) >= 0) {
                    // only the sum matters
                }
            }
            return sum.getValue() == crc;
        }

        @Override
        public void writeTo(Path file) throws IOException {
            try (InputStream in = resource.openStream()) {
                Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
            }
        }

        @Override
        public void addTo(Checksum sum) {
            for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
                sum.update((int) (crc >> shift));
            }
        }
    }

    /**
     * What tells one version from another. It guards against no forgery, and need not: what lies in
     * the folder is compared with the contents. These two checksums run at full speed from the
     * first byte on; a cryptographic digest is slow until it has been compiled, a tenth of a second
     * here.
     */
    static Checksum[] fingerprints() {
        return new Checksum[] {new CRC32(), new CRC32C()};
    }
}
