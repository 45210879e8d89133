package io.step3.jinja;

import java.math.BigInteger;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one rendering may cost, counted and never timed: the same template with the same values is
 * refused or rendered alike on every machine.
 *
 * <p>Work is counted in steps: one for every node of a template that is evaluated, one for every
 * item of a list that is touched, one for every {@value #CHARS_A_STEP} characters. Memory is
 * counted as what is held at once: values are immutable, so it is what variables hold ({@link
 * #keep}) and what the expressions being evaluated have made so far ({@link #take}, undone at the
 * end of a statement by {@link #release}). Texts of the caller's own variables count nothing.
 *
 * <p>Both grow with the size of the variables, so that a long conversation is not refused for being
 * long.
 */
final class Budget {

    static final int CHARS_A_STEP = 16;

    /** A template of a hundred lines over a hundred messages takes some ten thousand. */
    private static final long STEPS = 20_000_000;

    private static final long STEPS_A_CHAR = 64;

    private static final long BYTES = 16L << 20;
    private static final long BYTES_A_CHAR = 16;

    /**
     * Nested evaluations, each up to a kilobyte of a thread's stack; Python itself ends at about
     * 200 nested calls of a macro.
     */
    private static final int DEPTH = 600;

    /** Smaller texts are counted as if they were the template's own. */
    private static final int LARGE = 1024;

    private final Set<String> given = Collections.newSetFromMap(new IdentityHashMap<>());
    private long maxSteps = STEPS;
    private long steps;
    private long maxBytes = BYTES;
    private long taken;
    private long kept;
    private int depth;

    /** Grants what a variable of the caller deserves. */
    void grant(long chars) {
        maxSteps += chars * STEPS_A_CHAR;
        maxBytes += chars * BYTES_A_CHAR;
    }

    /** A text of the caller's, which costs no memory here. */
    void grant(String text) {
        grant((long) text.length());
        if (text.length() >= LARGE) {
            given.add(text);
        }
    }

    void spend(long cost) {
        steps += cost;
        if (steps > maxSteps) {
            throw TemplateException.limit("it takes more than " + maxSteps + " steps of work");
        }
    }

    /** Looking at so many characters. */
    void read(long chars) {
        spend(1 + chars / CHARS_A_STEP);
    }

    /** Making a text of so many characters. */
    void write(long chars) {
        read(chars);
        take(40 + 2 * chars);
    }

    /** Memory that lives until the statement ends. */
    void take(long size) {
        taken += size;
        check();
    }

    /** Memory that a variable holds from now on, or no longer where it is negative. */
    void keep(long size) {
        kept += size;
        check();
    }

    private void check() {
        if (taken + kept > maxBytes) {
            throw TemplateException.limit(
                    "it needs more than " + (maxBytes >> 20) + " MiB of memory");
        }
    }

    /** What is taken now, for {@link #release}. */
    long mark() {
        return taken;
    }

    /** Gives back what was taken since a mark. */
    void release(long mark) {
        taken = mark;
    }

    /** One value of more than this many steps to walk through is refused when it is built. */
    long maxWeight() {
        return maxSteps;
    }

    void enter() {
        if (++depth > DEPTH) {
            throw TemplateException.limit("it nests too deeply");
        }
    }

    void leave() {
        depth--;
    }

    /** The bytes that a value holds beyond those of the caller's own. */
    long bytes(@Nullable Object value) {
        return switch (value) {
            case String text -> bytes(text);
            case Markup markup -> bytes(markup.text());
            case Sequence sequence -> sequence.bytes();
            case Dict dict -> dict.bytes();
            case BigInteger number -> 40 + number.bitLength() / 8;
            case null -> 0;
            default -> 32;
        };
    }

    private long bytes(String text) {
        return text.length() >= LARGE && given.contains(text) ? 0 : 40 + 2L * text.length();
    }
}
