package io.step3.desktop.store;

import java.util.Objects;

/** A piece of what a message says, in the order in which the person put them. */
public sealed interface Part {

    /** Text as it was typed. */
    record Text(String text) implements Part {
        public Text {
            Objects.requireNonNull(text, "text");
        }
    }

    /**
     * A picture.
     *
     * @param sha256 names its bytes, see {@link Attachments}
     * @param name the file name it came with, only for show
     */
    record Image(String sha256, String name) implements Part {
        public Image {
            Objects.requireNonNull(sha256, "sha256");
            Objects.requireNonNull(name, "name");
        }
    }

    /** Where a picture was before it was taken out of the history. */
    record RemovedImage(String name) implements Part {
        public RemovedImage {
            Objects.requireNonNull(name, "name");
        }
    }
}
