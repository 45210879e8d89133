package io.step3.training;

import java.util.stream.LongStream;

/**
 * Sequences of like length, and what the network is to say.
 *
 * @param sequences what goes in
 * @param rows rows of the flattened [B*T] stream that are to predict a token
 * @param targets the tokens that they are to predict
 * @param owners the sequence of each row
 * @param kinds [pictures*features] the {@link io.step3.training.lessons.Landmark} whose centre each
 *     feature of the pictures covers, 0 for none
 */
record MicroBatch(Sequences sequences, long[] rows, long[] targets, int[] owners, long[] kinds) {

    /** Number of landmarks in all pictures. */
    long landmarks() {
        return LongStream.of(kinds).filter(kind -> kind > 0).count();
    }
}
