package io.step3.desktop.markdown;

import java.util.List;

/**
 * Where a block stands.
 *
 * @param containers quotes and list items around it, outermost first
 * @param gap whether a blank line stood before it in the source
 */
public record Place(List<Container> containers, boolean gap) {

    /** At the outermost level, with nothing before it. */
    public static final Place TOP = new Place(List.of(), false);

    public Place {
        containers = List.copyOf(containers);
    }
}
