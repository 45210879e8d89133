package io.step3.desktop.markdown;

/** What happened to one block of the list. */
public sealed interface Change {

    /** A new block at the end of the list. */
    record Append(Block block) implements Change {}

    /** Another block stands at this index. */
    record Replace(int index, Block block) implements Change {}

    /**
     * The block at this index is the old one with more text in its last run (or, for code, at its
     * end): a renderer may grow the last node instead of building the block again.
     */
    record Grow(int index, Block block, String suffix) implements Change {}

    /** All blocks from this index on are gone. */
    record Truncate(int size) implements Change {}
}
