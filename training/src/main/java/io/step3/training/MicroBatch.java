package io.step3.training;

/**
 * Sequences of like length, and what the network is to say.
 *
 * @param sequences what goes in
 * @param rows rows of the flattened [B*T] stream that are to predict a token
 * @param targets the tokens that they are to predict
 * @param owners the sequence of each row
 */
record MicroBatch(Sequences sequences, long[] rows, long[] targets, int[] owners) {}
