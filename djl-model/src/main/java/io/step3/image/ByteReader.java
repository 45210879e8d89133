package io.step3.image;

import java.util.Arrays;
import javax.imageio.IIOException;

/** Reads a file's header fields; whatever lies beyond the end is reported as truncation. */
final class ByteReader {
    private final byte[] bytes;
    private final int end;
    private final boolean littleEndian;
    private int position;

    ByteReader(byte[] bytes, int start, int end, boolean littleEndian) {
        this.bytes = bytes;
        this.position = start;
        this.end = end;
        this.littleEndian = littleEndian;
    }

    static ByteReader littleEndian(byte[] bytes) {
        return new ByteReader(bytes, 0, bytes.length, true);
    }

    static ByteReader bigEndian(byte[] bytes) {
        return new ByteReader(bytes, 0, bytes.length, false);
    }

    int position() {
        return position;
    }

    int remaining() {
        return end - position;
    }

    int u8() throws IIOException {
        return bytes[advance(1)] & 0xff;
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
        int start = advance(count);
        return Arrays.copyOfRange(bytes, start, position);
    }

    void skip(long count) throws IIOException {
        advance(count);
    }

    private long number(int size) throws IIOException {
        int start = advance(size);
        long value = 0;
        for (int i = 0; i < size; i++) {
            int at = littleEndian ? start + size - 1 - i : start + i;
            value = value << 8 | bytes[at] & 0xff;
        }
        return value;
    }

    private int advance(long count) throws IIOException {
        if (count < 0 || count > remaining()) {
            throw new IIOException("is truncated after " + end + " bytes; fetch or save it again");
        }
        int start = position;
        position += (int) count;
        return start;
    }
}
