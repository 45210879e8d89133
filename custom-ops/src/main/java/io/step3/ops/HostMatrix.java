package io.step3.ops;

import java.lang.foreign.MemorySegment;

/** Weights that are computed with where they lie. */
record HostMatrix(Weight weight) implements Matrix {

    /** The matrix as ours; null stays null. */
    static HostMatrix of(String name, Matrix matrix) {
        if (matrix == null || matrix instanceof HostMatrix) {
            return (HostMatrix) matrix;
        }
        throw new IllegalArgumentException(name + ": belongs to another backend");
    }

    /** The weights of a matrix that is known to be ours. */
    static Weight weight(Matrix matrix) {
        return ((HostMatrix) matrix).weight;
    }

    @Override
    public int count() {
        return weight.count();
    }

    @Override
    public long rows() {
        return weight.rows();
    }

    @Override
    public long cols() {
        return weight.cols();
    }

    @Override
    public Format format() {
        return weight.format();
    }

    MemorySegment data() {
        return weight.data();
    }
}
