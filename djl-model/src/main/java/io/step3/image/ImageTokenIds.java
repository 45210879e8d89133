package io.step3.image;

/** The ids that a checkpoint's tokenizer has for the picture tokens. */
public record ImageTokenIds(
        int patchStart, int patchEnd, int patchNewline, int imStart, int imEnd, int imPatch) {

    /** The id of a token. */
    public int of(ImageToken token) {
        return switch (token) {
            case PATCH_START -> patchStart;
            case PATCH_END -> patchEnd;
            case PATCH_NEWLINE -> patchNewline;
            case IM_START -> imStart;
            case IM_END -> imEnd;
            case IM_PATCH -> imPatch;
        };
    }
}
