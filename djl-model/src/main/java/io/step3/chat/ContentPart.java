package io.step3.chat;

import java.util.Objects;

/** One piece of a message: words or a picture, in the order in which the model shall read them. */
public sealed interface ContentPart {

    /**
     * Words.
     *
     * @param text any text, also empty
     */
    record Text(String text) implements ContentPart {
        public Text {
            Objects.requireNonNull(text, "text");
        }
    }

    /**
     * A picture; the template writes it as one {@code <im_patch>}.
     *
     * @param source the undecoded picture
     */
    record Image(ImageSource source) implements ContentPart {
        public Image {
            Objects.requireNonNull(source, "source");
        }
    }
}
