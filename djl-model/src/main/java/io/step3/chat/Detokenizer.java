package io.step3.chat;

/**
 * Turns token ids into text one by one, never giving out half a character: the bytes of an
 * unfinished UTF-8 sequence wait for the next token. Joined, the pieces are what {@link
 * Tokenizer#decode} makes of all ids; bytes that are no UTF-8 become U+FFFD, one for each maximal
 * part of a sequence, as the Unicode standard advises (chapter 3.9, "U+FFFD Substitution of Maximal
 * Subparts"). Where SentencePiece spells bytes that are no UTF-8, {@code decode} makes one of each
 * byte of a whole run of them instead.
 *
 * <p>Needs no native library. For one thread.
 */
public final class Detokenizer {

    private static final char REPLACEMENT = '\uFFFD';

    private final Vocabulary vocabulary;
    private final boolean allSpecial;

    /** The code point so far, and how many continuation bytes are still to come. */
    private int codePoint;

    /** How many leading characters may still be left out, see {@link Spelling#leading}. */
    private int leading;

    private int missing;

    /** What the next byte may be; narrower than 80..BF after some first bytes. */
    private int lowest;

    private int highest;

    Detokenizer(Vocabulary vocabulary, boolean allSpecial) {
        this.vocabulary = vocabulary;
        this.allSpecial = allSpecial;
        this.leading = vocabulary.spelling().leadingCount();
    }

    /**
     * Takes the next token.
     *
     * @return the characters that are now complete; often empty, and always for an id that names no
     *     token
     */
    public String feed(int id) {
        if (isHidden(id)) {
            return "";
        }
        byte[] bytes = vocabulary.bytes(id);
        StringBuilder text = new StringBuilder(bytes.length);
        for (byte b : bytes) {
            decode(b & 0xFF, text);
        }
        while (leading > 0 && !text.isEmpty()) {
            if (text.charAt(0) == vocabulary.spelling().leading()) {
                text.deleteCharAt(0);
                leading--;
            } else {
                leading = 0;
            }
        }
        return text.toString();
    }

    /**
     * Ends the text.
     *
     * @return U+FFFD if it ended within a character, otherwise nothing
     */
    public String finish() {
        boolean unfinished = missing > 0;
        missing = 0;
        return unfinished ? String.valueOf(REPLACEMENT) : "";
    }

    private boolean isHidden(int id) {
        return !allSpecial && vocabulary.isSpecial(id) && !vocabulary.isToolMark(id);
    }

    private void decode(int b, StringBuilder text) {
        if (missing > 0) {
            if (b >= lowest && b <= highest) {
                codePoint = codePoint << 6 | b & 0x3F;
                lowest = 0x80;
                highest = 0xBF;
                if (--missing == 0) {
                    text.appendCodePoint(codePoint);
                }
                return;
            }
            text.append(REPLACEMENT);
            missing = 0;
        }
        if (b < 0x80) {
            text.append((char) b);
        } else if (b >= 0xC2 && b <= 0xF4) {
            // Unicode standard, table 3-7: no overlong forms, no surrogates, nothing above 10FFFF.
            missing = b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
            codePoint = b & (0x3F >> missing);
            lowest = b == 0xE0 ? 0xA0 : b == 0xF0 ? 0x90 : 0x80;
            highest = b == 0xED ? 0x9F : b == 0xF4 ? 0x8F : 0xBF;
        } else {
            text.append(REPLACEMENT);
        }
    }
}
