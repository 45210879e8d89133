package io.step3.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.IIOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * Parts of a file that a library reads as if they were a file of their own: what belongs to the
 * pixels and nothing else. Nothing is copied.
 */
final class Excerpt {
    /** Honest files have some dozens of parts. */
    private static final int MOST_PARTS = 2000;

    private final ByteBuffer file;
    private final List<ByteBuffer> parts = new ArrayList<>();

    Excerpt(ByteBuffer file) {
        this.file = file;
    }

    /** Adds bytes that the file does not have. */
    void addBytes(byte... bytes) {
        parts.add(ByteBuffer.wrap(bytes));
    }

    /** Adds a part of the file. */
    void add(int start, int end) throws IIOException {
        if (parts.size() == MOST_PARTS) {
            throw new IIOException(
                    "is damaged: it has more than " + MOST_PARTS + " segments; save it again");
        }
        parts.add(file.slice(start, end - start));
    }

    /** A new stream over all parts. */
    Stream stream() {
        return new Stream(parts);
    }

    /**
     * Some readers go on at the end of a file, for hours if its header makes them; this stream ends
     * that.
     */
    static final class Stream extends ImageInputStreamImpl {
        private static final int PATIENCE = 1000;

        private final List<ByteBuffer> parts;

        /** Where each part starts, and at the end where the last one ends. */
        private final long[] starts;

        /** The part that was read last. */
        private int part;

        private int readsAtEnd;

        private Stream(List<ByteBuffer> parts) {
            this.parts = List.copyOf(parts);
            starts = new long[parts.size() + 1];
            for (int i = 0; i < parts.size(); i++) {
                starts[i + 1] = starts[i] + parts.get(i).limit();
            }
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            checkClosed();
            bitOffset = 0;
            if (length == 0) {
                return 0;
            }
            if (streamPos >= length()) {
                if (++readsAtEnd > PATIENCE) {
                    throw new IIOException("more pixels than data");
                }
                return -1;
            }
            while (streamPos < starts[part]) {
                part--;
            }
            while (streamPos >= starts[part + 1]) {
                part++;
            }
            int count = (int) Math.min(length, starts[part + 1] - streamPos);
            parts.get(part).get((int) (streamPos - starts[part]), bytes, offset, count);
            streamPos += count;
            return count;
        }

        @Override
        public long length() {
            return starts[starts.length - 1];
        }
    }
}
