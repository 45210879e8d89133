package io.step3.model;

/** Hears how far loading is. */
@FunctionalInterface
public interface LoadProgress {

    /** Hears nothing. */
    LoadProgress NONE = (done, total) -> {};

    /**
     * Some parts are done.
     *
     * @param done parts, first 0, last {@code total}
     * @param total parts: the layers of the network
     */
    void moved(int done, int total);
}
