package io.step3.image;

/** The tokens that stand for a picture in a prompt. */
public enum ImageToken {
    /** Before the features of a crop. */
    PATCH_START("<patch_start>"),
    /** After the features of a crop. */
    PATCH_END("<patch_end>"),
    /** After the last crop of a row, but not of the last row. */
    PATCH_NEWLINE("<patch_newline>"),
    /** Before the features of the base picture. */
    IM_START("<im_start>"),
    /** After the features of the base picture. */
    IM_END("<im_end>"),
    /** The place of one feature; in a prompt not yet expanded, the place of a whole picture. */
    IM_PATCH("<im_patch>");

    private final String text;

    ImageToken(String text) {
        this.text = text;
    }

    /** How the tokenizer writes it. */
    public String text() {
        return text;
    }
}
