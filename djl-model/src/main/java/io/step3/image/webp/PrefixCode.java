package io.step3.image.webp;

import java.io.IOException;
import java.util.Arrays;
import javax.imageio.IIOException;

/** A canonical prefix code (RFC 9649, 3.7.2): how it is written in the file, and how it is read. */
final class PrefixCode {
    private static final int LONGEST = 15;

    /** Codes of up to as many bits are looked up at once. */
    private static final int LOOKED_UP = 8;

    private static final int[] ORDER = {
        17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    };

    /** By the next bits: the symbol and above its 16 bits the length of its code, 0 if longer. */
    private final int[] table;

    private final int[] counts;

    /** By length and then by value. */
    private final short[] symbols;

    private PrefixCode(int[] lengths) throws IOException {
        counts = new int[LONGEST + 1];
        for (int length : lengths) {
            counts[length]++;
        }
        int used = lengths.length - counts[0];
        counts[0] = 0;
        int[] next = new int[LONGEST + 2];
        int space = 0;
        int longest = 0;
        for (int length = 1; length <= LONGEST; length++) {
            next[length + 1] = next[length] + counts[length];
            space += counts[length] << LONGEST - length;
            longest = counts[length] > 0 ? length : longest;
        }
        symbols = new short[used];
        for (int symbol = 0; symbol < lengths.length; symbol++) {
            if (lengths[symbol] > 0) {
                symbols[next[lengths[symbol]]++] = (short) symbol;
            }
        }
        if (used == 1) {
            table = new int[] {symbols[0] & 0xffff}; // it is never written
            return;
        }
        if (space != 1 << LONGEST) {
            throw new IIOException("a prefix code is not complete");
        }
        table = new int[1 << Math.min(longest, LOOKED_UP)];
        fillTable();
    }

    private void fillTable() {
        int code = 0;
        int at = 0;
        for (int length = 1; 1 << length <= table.length; length++) {
            code <<= 1;
            for (int i = 0; i < counts[length]; i++) {
                int first = Integer.reverse(code++) >>> 32 - length;
                int entry = symbols[at++] & 0xffff | length << 16;
                for (int place = first; place < table.length; place += 1 << length) {
                    table[place] = entry;
                }
            }
        }
    }

    /** Memory that it takes, in words. */
    int words() {
        return table.length + symbols.length / 2 + counts.length;
    }

    /** Reads a symbol. */
    int read(BitReader in) {
        if (table.length == 1) {
            return table[0];
        }
        int bits = in.peek();
        int entry = table[bits & table.length - 1];
        if (entry != 0) {
            in.skip(entry >> 16);
            return entry & 0xffff;
        }
        int code = 0;
        int first = 0;
        int index = 0;
        for (int length = 1; length <= LONGEST; length++) {
            code |= bits & 1;
            bits >>>= 1;
            if (code - first < counts[length]) {
                in.skip(length);
                return symbols[index + code - first] & 0xffff;
            }
            index += counts[length];
            first = first + counts[length] << 1;
            code <<= 1;
        }
        throw new AssertionError("the code is complete");
    }

    /**
     * Reads a code.
     *
     * @param alphabet symbols that there are
     */
    static PrefixCode of(BitReader in, int alphabet) throws IOException {
        int[] lengths = new int[alphabet];
        if (in.flag()) {
            boolean two = in.flag();
            int first = in.number(in.flag() ? 8 : 1);
            lengths[within(first, alphabet)] = 1;
            if (two) {
                lengths[within(in.number(8), alphabet)] = 1;
            }
        } else {
            readLengths(in, lengths);
        }
        in.check();
        return new PrefixCode(lengths);
    }

    private static int within(int symbol, int alphabet) throws IIOException {
        if (symbol >= alphabet) {
            throw new IIOException("a prefix code has too large a symbol");
        }
        return symbol;
    }

    private static void readLengths(BitReader in, int[] lengths) throws IOException {
        int[] ofLengths = new int[ORDER.length];
        int count = 4 + in.number(4);
        for (int i = 0; i < count; i++) {
            ofLengths[ORDER[i]] = in.number(3);
        }
        PrefixCode code = new PrefixCode(ofLengths);
        int most = in.flag() ? 2 + in.number(2 + 2 * in.number(3)) : lengths.length;
        int last = 8;
        for (int at = 0; at < lengths.length && most > 0; most--) {
            int symbol = code.read(in);
            if (symbol < 16) {
                lengths[at++] = symbol;
                last = symbol > 0 ? symbol : last;
                continue;
            }
            int repeat =
                    switch (symbol) {
                        case 16 -> 3 + in.number(2);
                        case 17 -> 3 + in.number(3);
                        default -> 11 + in.number(7);
                    };
            if (repeat > lengths.length - at) {
                throw new IIOException("a prefix code repeats too often");
            }
            Arrays.fill(lengths, at, at + repeat, symbol == 16 ? last : 0);
            at += repeat;
        }
    }
}
