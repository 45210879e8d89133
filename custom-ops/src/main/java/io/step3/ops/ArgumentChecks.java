package io.step3.ops;

import org.jspecify.annotations.Nullable;

/**
 * What the checks of {@link Arguments} are made of: sizes, matrices, and buffers that are large
 * enough and lie apart.
 */
abstract class ArgumentChecks {

    /**
     * Where a buffer begins, in the address space of its backend.
     *
     * @throws IllegalArgumentException if it is another backend's; begins with {@code name}
     */
    protected abstract long address(String name, Buffer buffer);

    /**
     * Refuses another backend's matrix; null is nobody's.
     *
     * @throws IllegalArgumentException if it is another backend's; begins with {@code name}
     */
    protected abstract void own(String name, @Nullable Matrix matrix);

    /**
     * Refuses another backend's cache.
     *
     * @throws IllegalArgumentException if it is another backend's
     */
    protected abstract void own(KeyValues cache);

    static void count(String name, long n) {
        if (n < 0) {
            throw bad("%s: must not be negative, but is %d", name, n);
        }
    }

    static void positive(String name, long n) {
        if (n < 1) {
            throw bad("%s: must be at least 1, but is %d", name, n);
        }
    }

    final void matrix(String name, Matrix w) {
        own(name, w);
        if (w.count() != 1) {
            throw bad("%s: must be one matrix, not %d", name, w.count());
        }
    }

    final void vector(String name, Matrix w, long cols) {
        matrix(name, w);
        if (w.rows() != 1 || w.cols() != cols) {
            throw bad("%s: must be 1 x %d, not %d x %d", name, cols, w.rows(), w.cols());
        }
    }

    final void shape(String name, Matrix w, int count, long rows, long cols) {
        own(name, w);
        if (w.count() != count || w.rows() != rows || w.cols() != cols) {
            throw bad(
                    "%s: must be %d x %d x %d to match gate, not %d x %d x %d",
                    name, count, rows, cols, w.count(), w.rows(), w.cols());
        }
    }

    static long sum(String name, long a, long b) {
        if (a > Long.MAX_VALUE - b) {
            throw bad("%s: is beyond 64 bits", name);
        }
        return a + b;
    }

    /** Of numbers that are not negative. */
    static long product(String name, long a, long b) {
        if (b != 0 && a > Long.MAX_VALUE / b) {
            throw bad("%s: is beyond 64 bits", name);
        }
        return a * b;
    }

    static long product(String name, long a, long b, long c) {
        return product(name, product(name, a, b), c);
    }

    /** Bytes used of a buffer of so many numbers. Also right for int32, which is as wide. */
    final long floats(String name, Buffer buffer, long n) {
        return bytes(name, buffer, product(name, n, Float.BYTES));
    }

    final long floats(String name, Buffer buffer, long a, long b) {
        return floats(name, buffer, product(name, a, b));
    }

    final long floats(String name, Buffer buffer, long a, long b, long c) {
        return floats(name, buffer, product(name, a, b, c));
    }

    final long bytes(String name, Buffer buffer, long bytes) {
        address(name, buffer);
        long has = buffer.bytes();
        if (has < bytes) {
            throw bad("%s: needs %d bytes, but has %d", name, bytes, has);
        }
        return bytes;
    }

    final void sameOrSeparate(String name, Buffer a, String other, Buffer b, long bytes) {
        if (address(name, a) != address(other, b)) {
            separate(name, a, bytes, other, b, bytes);
        }
    }

    final void separate(String name, Buffer a, long aBytes, String other, Buffer b, long bBytes) {
        long from = address(name, a);
        long to = address(other, b);
        if (aBytes > 0 && bBytes > 0 && from < to + bBytes && to < from + aBytes) {
            throw bad("%s: must not overlap %s, which is read while it is written", name, other);
        }
    }

    static IllegalArgumentException bad(String message, Object... arguments) {
        return new IllegalArgumentException(message.formatted(arguments));
    }
}
