package io.step3.image.webp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import javax.imageio.IIOException;

/** Reads bits from the lowest of each byte on (RFC 9649, 3.1). Behind the end there are zeros. */
final class BitReader {
    private final ByteBuffer data;
    private int position;

    /** The next bits, of which {@link #count} are counted as read from the data. */
    private long value;

    private int count;

    /** Zeros among the counted bits that come from behind the end. */
    private int beyond;

    BitReader(ByteBuffer data) {
        this.data = data.slice(0, data.limit()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The next bits, at least 32 of them, without passing over them. */
    int peek() {
        if (count < 32) {
            fill();
        }
        return (int) value;
    }

    /** Passes over bits that were peeked at. */
    void skip(int bits) {
        value >>>= bits;
        count -= bits;
    }

    /** A number of up to 24 bits. */
    int number(int bits) {
        int number = peek() & (1 << bits) - 1;
        skip(bits);
        return number;
    }

    boolean flag() {
        return number(1) == 1;
    }

    private void fill() {
        if (position <= data.limit() - 8) {
            value |= data.getLong(position) << count;
            int bytes = 63 - count >> 3;
            position += bytes;
            count += 8 * bytes;
            return;
        }
        while (count <= 48) {
            if (position < data.limit()) {
                value |= (data.get(position++) & 0xffL) << count;
            } else {
                beyond += 8;
            }
            count += 8;
        }
    }

    /** Throws if more was read than there is. */
    void check() throws IOException {
        if (count < beyond) {
            throw new IIOException("more pixels than data");
        }
    }
}
