package io.step3.ops;

/**
 * Weights where a {@link Backend} computes with them: {@code count} matrices of {@code rows x
 * cols}, one or those of a layer's experts. A vector (a norm's gain, a bias) is a matrix of one
 * row.
 *
 * <p>It is good as long as what it was held from: an operation that reads it keeps the memory of
 * its {@link Weight} from being freed.
 */
public interface Matrix {

    /** How many matrices: 1, or experts. */
    int count();

    /** Outputs of a linear layer. */
    long rows();

    /** Inputs of a linear layer. */
    long cols();

    /** How the numbers are stored. */
    Format format();
}
