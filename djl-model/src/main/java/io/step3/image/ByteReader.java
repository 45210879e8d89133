package io.step3.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.imageio.IIOException;

/** Reads a file's header fields; whatever lies beyond the end is reported as truncation. */
final class ByteReader {
    private final ByteBuffer bytes;
    private final int end;
    private final boolean littleEndian;
    private int position;

    private ByteReader(ByteBuffer bytes, int start, int end, boolean littleEndian) {
        this.bytes = bytes;
        this.position = start;
        this.end = end;
        this.littleEndian = littleEndian;
    }

    static ByteReader littleEndian(ByteBuffer bytes) {
        return new ByteReader(bytes, 0, bytes.limit(), true);
    }

    static ByteReader bigEndian(ByteBuffer bytes) {
        return new ByteReader(bytes, 0, bytes.limit(), false);
    }

    /** A reader of the next bytes alone, which are passed over here. */
    ByteReader part(long count) throws IIOException {
        int start = advance(count);
        return new ByteReader(bytes, start, position, littleEndian);
    }

    /** A reader of the same bytes from here on, in another order. */
    ByteReader order(boolean little) {
        return new ByteReader(bytes, position, end, little);
    }

    int position() {
        return position;
    }

    int remaining() {
        return end - position;
    }

    int u8() throws IIOException {
        return bytes.get(advance(1)) & 0xff;
    }

    int u16() throws IIOException {
        return (int) number(2);
    }

    int u24() throws IIOException {
        return (int) number(3);
    }

    long u32() throws IIOException {
        return number(4);
    }

    byte[] take(long count) throws IIOException {
        byte[] taken = new byte[advanceable(count)];
        bytes.get(advance(count), taken);
        return taken;
    }

    /** The next bytes as ISO 8859-1. */
    String text(long count) throws IIOException {
        return new String(take(count), StandardCharsets.ISO_8859_1);
    }

    /** Whether the next bytes are these; nothing is passed over. */
    boolean startsWith(String prefix) {
        if (remaining() < prefix.length()) {
            return false;
        }
        for (int i = 0; i < prefix.length(); i++) {
            if ((bytes.get(position + i) & 0xff) != prefix.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    void skip(long count) throws IIOException {
        advance(count);
    }

    private long number(int size) throws IIOException {
        int start = advance(size);
        long value = 0;
        for (int i = 0; i < size; i++) {
            int at = littleEndian ? start + size - 1 - i : start + i;
            value = value << 8 | bytes.get(at) & 0xff;
        }
        return value;
    }

    private int advanceable(long count) throws IIOException {
        if (count < 0 || count > remaining()) {
            throw new IIOException("is truncated after " + end + " bytes; fetch or save it again");
        }
        return (int) count;
    }

    private int advance(long count) throws IIOException {
        int start = position;
        position += advanceable(count);
        return start;
    }
}
