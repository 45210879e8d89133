package io.step3.image.webp;

import java.io.IOException;
import java.nio.ByteBuffer;
import javax.imageio.IIOException;

/** The arithmetic decoder (RFC 6386, section 7). */
final class BoolReader {
    private final ByteBuffer data;
    private int position;

    /** 8 bits that are compared, and {@link #ahead} that come after them. */
    private long value;

    private int ahead = -8;
    private int range = 255;
    private boolean overrun;

    BoolReader(ByteBuffer data) {
        this.data = data;
    }

    /** Whether a bit is set that is 0 with a probability of {@code probability / 256}. */
    boolean flag(int probability) {
        if (ahead < 0) {
            load();
        }
        int split = 1 + ((range - 1) * probability >> 8);
        long bound = (long) split << ahead;
        boolean set = value >= bound;
        if (set) {
            value -= bound;
            range -= split;
        } else {
            range = split;
        }
        int shift = Integer.numberOfLeadingZeros(range) - 24;
        range <<= shift;
        ahead -= shift;
        return set;
    }

    int bit(int probability) {
        return flag(probability) ? 1 : 0;
    }

    /** A bit that may be either. */
    boolean flag() {
        return flag(128);
    }

    /** An unsigned number, its highest bit first. */
    int number(int bits) {
        int number = 0;
        for (int i = 0; i < bits; i++) {
            number = 2 * number + bit(128);
        }
        return number;
    }

    /** A number and then its sign. */
    int signed(int bits) {
        int number = number(bits);
        return flag() ? -number : number;
    }

    /** A signed number that need not be there. */
    int optional(int bits) {
        return flag() ? signed(bits) : 0;
    }

    private void load() {
        if (position == data.limit()) {
            overrun = true;
            value <<= 8;
            ahead += 8;
        }
        while (ahead < 40 && position < data.limit()) {
            value = value << 8 | data.get(position++) & 0xff;
            ahead += 8;
        }
    }

    /** Throws if more was read than there is. */
    void check() throws IOException {
        if (overrun) {
            throw new IIOException("more pixels than data");
        }
    }
}
