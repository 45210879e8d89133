package io.step3.ops;

/**
 * A claim on a {@link Backend} to survive the loss of a mapped file that weights lie in. To be
 * closed before the file is unmapped; the backend may have been closed before.
 */
public interface MappingGuard extends AutoCloseable {

    /**
     * Whether pages of the file were found missing. From then on its weights are refused, and what
     * Java reads of the mapping is zeros.
     */
    boolean lost();

    @Override
    void close();
}
