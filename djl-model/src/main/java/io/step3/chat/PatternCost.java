package io.step3.chat;

import java.io.IOException;

/**
 * How much going back a part of a regular expression can cost, when it is matched by trying.
 *
 * <p>A part that repeats without end can match a text of n characters in n ways. Whenever something
 * behind it fails, all these ways are tried: one such part costs n steps, two cost n², and repeats
 * within repeats 2 to the n. The tokenizer's library gives up after ten million steps by ending the
 * process, so only patterns are let through whose cost grows no faster than the text.
 *
 * @param empty whether it can match nothing
 * @param rigid whether it matches in one way only, wherever it stands
 * @param canFail whether it can fail
 * @param endless how many of its parts repeat without end and can be gone back into
 * @param ways in how many ways it matches, those parts counted as one
 * @param endlessBefore how many of such parts stand before a part that can fail
 * @param retries how often, beside them, a part of it is tried before all fails
 */
record PatternCost(
        boolean empty,
        boolean rigid,
        boolean canFail,
        int endless,
        long ways,
        int endlessBefore,
        long retries) {

    /** A character, or a class of them. */
    static final PatternCost CHARACTER = new PatternCost(false, true, true, 0, 1, 0, 1);

    /** An anchor: it takes nothing. */
    static final PatternCost ANCHOR = new PatternCost(true, false, true, 0, 1, 0, 1);

    /** Nothing at all. */
    static final PatternCost NOTHING = new PatternCost(true, true, false, 0, 1, 0, 1);

    private static final long MANY = 1 << 20;

    PatternCost then(PatternCost next) {
        return new PatternCost(
                empty && next.empty,
                rigid && next.rigid,
                canFail || next.canFail,
                endless + next.endless,
                Math.min(MANY, ways * next.ways),
                Math.max(endlessBefore, (next.canFail ? endless : 0) + next.endlessBefore),
                Math.min(
                        MANY,
                        Math.max(retries, next.canFail ? ways * next.retries : next.retries)));
    }

    PatternCost or(PatternCost other) {
        return new PatternCost(
                empty || other.empty,
                false,
                canFail && other.canFail,
                Math.max(endless, other.endless),
                Math.min(MANY, ways + other.ways),
                Math.max(endlessBefore, other.endlessBefore),
                Math.min(MANY, retries + other.retries));
    }

    /**
     * @param most {@link Integer#MAX_VALUE} for any number
     * @throws IOException if a repeat would repeat what itself matches in several ways, or nothing
     */
    PatternCost repeated(int least, int most) throws IOException {
        if (most <= 1) {
            boolean optional = least == 0;
            return new PatternCost(
                    empty || optional,
                    false,
                    canFail && !optional,
                    endless,
                    Math.min(MANY, ways + 1),
                    endlessBefore,
                    retries);
        }
        if (!rigid || empty) {
            throw new IOException("it repeats a group that matches in several ways, or nothing");
        }
        boolean forEver = most == Integer.MAX_VALUE;
        return new PatternCost(
                least == 0,
                false,
                canFail && least > 0,
                forEver ? 1 : 0,
                forEver ? 1 : 1L + most - least,
                0,
                1);
    }

    /** Once it matched it is not gone back into. */
    PatternCost atomic() {
        return new PatternCost(empty, false, canFail, 0, 1, endlessBefore, retries);
    }

    /** It looks, and takes nothing. */
    PatternCost look() {
        return new PatternCost(true, false, true, 0, 1, endlessBefore, retries);
    }

    /** In another case one character may be two, so that nothing matches in one way only. */
    PatternCost caseless() {
        return new PatternCost(empty, false, canFail, endless, ways, endlessBefore, retries);
    }
}
