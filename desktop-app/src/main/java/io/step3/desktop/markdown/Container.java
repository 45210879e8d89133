package io.step3.desktop.markdown;

/** A quote or list item around a block. */
public sealed interface Container {

    /** Whether the block is the first in this container: then the marker of an item is drawn. */
    boolean opens();

    /** A block quote. */
    record Quote(boolean opens) implements Container {}

    /**
     * A list item.
     *
     * @param first whether it begins a new list
     */
    record Item(Marker marker, boolean first, boolean opens) implements Container {}

    /** What stands before a list item. */
    sealed interface Marker {

        /** A dot. */
        record Bullet() implements Marker {}

        /** A number and the sign after it, {@code '.'} or {@code ')'}. */
        record Number(int value, char delimiter) implements Marker {}

        /** A check box. */
        record Task(boolean done) implements Marker {}
    }
}
