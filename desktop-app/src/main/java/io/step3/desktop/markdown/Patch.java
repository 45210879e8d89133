package io.step3.desktop.markdown;

import java.util.List;

/**
 * What one piece of text changed.
 *
 * @param changes to be applied in this order
 * @param frozen how many blocks at the beginning are settled: of these only the links may still
 *     change, when a link reference definition comes after them
 */
public record Patch(List<Change> changes, int frozen) {
    public Patch {
        changes = List.copyOf(changes);
    }

    /** Applies the changes to a list that was kept up to date by all patches before this. */
    public void applyTo(List<Block> blocks) {
        for (Change change : changes) {
            switch (change) {
                case Change.Append(Block block) -> blocks.add(block);
                case Change.Replace(int index, Block block) -> blocks.set(index, block);
                case Change.Grow(int index, Block block, _) -> blocks.set(index, block);
                case Change.Truncate(int size) -> blocks.subList(size, blocks.size()).clear();
            }
        }
    }
}
