package io.step3.ops;

/**
 * Memory of a {@link Backend}, on the host or on a device. Nobody but its backend looks into it:
 * {@link Stream#write} and {@link Stream#read} carry numbers in and out. It lives as long as the
 * arena that it was allocated for, which cannot be closed while an operation works with it.
 */
public interface Buffer {

    /** How large it is. */
    long bytes();

    /**
     * A part of this one, in the same memory.
     *
     * @throws IndexOutOfBoundsException if it is not within this one
     */
    Buffer slice(long from, long bytes);

    /** All from some byte on. */
    default Buffer slice(long from) {
        return slice(from, bytes() - from);
    }
}
