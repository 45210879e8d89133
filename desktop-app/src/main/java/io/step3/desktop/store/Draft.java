package io.step3.desktop.store;

import java.util.List;

/** What is typed and attached but not yet sent. */
public record Draft(String text, List<Part.Image> images) {

    /** Nothing typed. */
    public static final Draft EMPTY = new Draft("", List.of());

    public Draft {
        images = List.copyOf(images);
    }

    /** Whether there is nothing to keep. */
    public boolean isEmpty() {
        return text.isEmpty() && images.isEmpty();
    }
}
