package io.step3.chat;

import java.util.Arrays;

/**
 * The 256 characters with which a byte-level tokenizer writes bytes: printable bytes of Latin-1
 * stand for themselves, the others for the characters from U+0100 on (Radford et al. 2019, GPT-2's
 * {@code bytes_to_unicode}).
 */
public final class ByteAlphabet {

    private static final char[] LETTERS = new char[0x100];
    private static final int[] BYTES = new int[0x200];

    static {
        Arrays.fill(BYTES, -1);
        char next = 0x100;
        for (int b = 0; b < LETTERS.length; b++) {
            boolean printable =
                    b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE && b <= 0xFF;
            LETTERS[b] = printable ? (char) b : next++;
            BYTES[LETTERS[b]] = b;
        }
    }

    private ByteAlphabet() {}

    /** The character that stands for a byte. */
    public static char letter(byte b) {
        return LETTERS[b & 0xFF];
    }

    /** The byte, 0 to 255, that a character stands for, or -1 where it stands for none. */
    public static int byteOf(char letter) {
        return letter < BYTES.length ? BYTES[letter] : -1;
    }
}
