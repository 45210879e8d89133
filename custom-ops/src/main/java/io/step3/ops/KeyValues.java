package io.step3.ops;

/**
 * The keys and values of one sequence in all layers, where a {@link Backend} computes with them.
 * All query heads share one key and one value head, so a token has one row of each in a layer.
 */
public interface KeyValues extends AutoCloseable {

    /** How they are stored. */
    KvFormat format();

    /** How many layers. */
    int layers();

    /** Most tokens that fit. */
    int capacity();

    /** Numbers of a row. */
    int dim();

    /** Bytes reserved; memory is taken as tokens arrive, where the system can do so. */
    default long bytes() {
        return bytes(capacity());
    }

    /** Bytes of the first tokens, over all layers. */
    default long bytes(int tokens) {
        return 2L * layers() * tokens * format().rowBytes(dim());
    }

    /** Gives the memory of all tokens from some number on back to the system, if it can. */
    void release(int from);

    /**
     * Takes over the first tokens of another cache of the same shape and format.
     *
     * @throws IllegalArgumentException if the other's shape or format is not this one's, or if one
     *     of them holds fewer tokens
     */
    void copyFrom(KeyValues other, int tokens);

    /**
     * Frees the memory. A second call does nothing.
     *
     * @throws IllegalStateException if an operation works with it just now
     */
    @Override
    void close();
}
