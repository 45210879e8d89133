package io.step3.ops.gpu;

/**
 * Which places (a token's choices, one behind another) belong to which expert, in the device's
 * memory.
 *
 * @param used int32 {@code [most]}: the experts that somebody chose, then -1; 0 if there is no
 *     choice
 * @param from int32 {@code [experts + 1]}: where an expert's places begin in {@code order}
 * @param order int32 {@code [places]}
 * @param most no more experts than so many are chosen
 */
record Grouping(long used, long from, long order, int most) {

    /** A plain linear layer: one expert that has all tokens. */
    static final Grouping NONE = new Grouping(0, 0, 0, 1);
}
