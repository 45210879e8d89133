package io.step3.ops;

import java.util.Arrays;

/**
 * Which rows of an activation matrix belong to which sequence: spans of neighbouring rows, one
 * behind another, each with its own cache and position. Made once and filled anew for each pass, so
 * that nothing is allocated. For one thread at a time.
 */
public final class Spans {
    private KeyValues[] caches = new KeyValues[8];
    private long[] positions = new long[8];
    private int[] rows = new int[8];
    private int count;
    private long total;

    /** No spans. */
    public Spans() {}

    /** Forgets all. */
    public void clear() {
        Arrays.fill(caches, 0, count, null);
        count = 0;
        total = 0;
    }

    /**
     * The next rows.
     *
     * @param cache of their sequence; no other span's
     * @param position of the first of them in the sequence
     * @param n how many, may be 0
     * @throws IllegalArgumentException if they do not fit the cache, or it is another span's too
     */
    public void add(KeyValues cache, long position, int n) {
        if (position < 0 || n < 0 || position > cache.capacity() - n) {
            throw new IllegalArgumentException(
                    "%d rows at position %d do not fit a cache of %d"
                            .formatted(n, position, cache.capacity()));
        }
        for (int i = 0; i < count; i++) {
            if (caches[i] == cache) {
                throw new IllegalArgumentException("two spans have the same cache");
            }
        }
        if (count == rows.length) {
            caches = Arrays.copyOf(caches, 2 * count);
            positions = Arrays.copyOf(positions, 2 * count);
            rows = Arrays.copyOf(rows, 2 * count);
        }
        caches[count] = cache;
        positions[count] = position;
        rows[count++] = n;
        total += n;
    }

    /** How many spans. */
    public int count() {
        return count;
    }

    /** How many rows they have together. */
    public long rows() {
        return total;
    }

    /** Keys and values of a span's sequence. */
    public KeyValues cache(int span) {
        return caches[span];
    }

    /** Where a span's first row stands in its sequence. */
    public long position(int span) {
        return positions[span];
    }

    /** How many rows a span has. */
    public int rows(int span) {
        return rows[span];
    }
}
