package io.step3.training;

/**
 * Sequences of one padded length, with their pictures.
 *
 * @param count B, number of sequences
 * @param length T, padded length
 * @param rows [B,T] token ids; {@code vocabulary + i} stands for row i of the pictures' features,
 *     all pictures in a row
 * @param pictures number of pictures
 * @param patches the pictures' patches, one after the other
 */
record Sequences(int count, int length, long[] rows, int pictures, float[] patches) {}
