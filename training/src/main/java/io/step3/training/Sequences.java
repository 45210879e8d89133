package io.step3.training;

/**
 * Sequences of one padded length, with their pictures.
 *
 * @param count B, number of sequences
 * @param length T, padded length
 * @param rows [B,T] token ids; {@code vocabulary + i} stands for row i of the pictures' features,
 *     all whole pictures in a row, then all crops
 * @param pictures number of whole pictures
 * @param patches the pictures' patches, one after the other
 * @param crops number of crops
 * @param cropPatches the crops' patches, one after the other
 */
record Sequences(
        int count,
        int length,
        long[] rows,
        int pictures,
        float[] patches,
        int crops,
        float[] cropPatches) {

    /** Sequences whose pictures are not cut. */
    static Sequences uncut(int count, int length, long[] rows, int pictures, float[] patches) {
        return new Sequences(count, length, rows, pictures, patches, 0, new float[0]);
    }
}
