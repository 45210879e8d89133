package io.step3.ops;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * How the numbers of a matrix are stored: the only place that knows how many bytes they take. Rows
 * lie one behind another.
 */
public sealed interface Format {

    /** What a number, or its code, is. */
    WeightType type();

    /** Bytes that a matrix takes, without scales. */
    long bytes(long rows, long cols);

    /** Bytes of scales that a matrix has; 0 where numbers stand for themselves. */
    long scaleBytes(long rows, long cols);

    /** Float32 scales of all matrices, one matrix behind another; of no bytes if there are none. */
    MemorySegment scales();

    /**
     * Whether products with these numbers may be made of activations that were rounded to fp8 too,
     * if the caller wishes so (W8A8).
     */
    boolean takesRoundedInputs();

    /** The format of one of several matrices, whose scales are its own. */
    Format ofMatrix(int number, long rows, long cols);

    /** Numbers that stand for themselves. */
    static Format of(WeightType type) {
        return new Plain(type);
    }

    /**
     * Numbers that stand for themselves.
     *
     * @param type any but {@link WeightType#F8_E4M3}
     */
    record Plain(WeightType type) implements Format {
        /** Checks the type. */
        public Plain {
            Objects.requireNonNull(type, "type");
            if (type == WeightType.F8_E4M3) {
                throw new IllegalArgumentException("fp8 weights need scales");
            }
        }

        @Override
        public long bytes(long rows, long cols) {
            long bytes = type == WeightType.F32 ? Float.BYTES : Short.BYTES;
            return Math.multiplyExact(Math.multiplyExact(rows, cols), bytes);
        }

        @Override
        public long scaleBytes(long rows, long cols) {
            return 0;
        }

        @Override
        public MemorySegment scales() {
            return MemorySegment.NULL;
        }

        @Override
        public boolean takesRoundedInputs() {
            return false;
        }

        @Override
        public Format ofMatrix(int number, long rows, long cols) {
            return this;
        }
    }

    /**
     * Codes of one byte, and a scale for each block of rows and columns, the last blocks ragged.
     *
     * @param type {@link WeightType#F8_E4M3}
     * @param rows rows that share a scale (128 in the published model)
     * @param cols columns that share a scale
     * @param scales float32, {@code ceil(matrix rows / rows) x ceil(matrix cols / cols)} for each
     *     matrix, row-major, of any alignment
     */
    record Blocks(WeightType type, int rows, int cols, MemorySegment scales) implements Format {
        /** Checks type and block. */
        public Blocks {
            Objects.requireNonNull(scales, "scales");
            if (type != WeightType.F8_E4M3) {
                throw new IllegalArgumentException("only fp8 weights have scales, not " + type);
            }
            if (rows < 1 || cols < 1) {
                throw new IllegalArgumentException("an fp8 weight needs a scale block");
            }
        }

        @Override
        public long bytes(long matrixRows, long matrixCols) {
            return Math.multiplyExact(matrixRows, matrixCols);
        }

        @Override
        public long scaleBytes(long matrixRows, long matrixCols) {
            long blocks =
                    Math.multiplyExact(
                            Math.ceilDiv(matrixRows, rows), Math.ceilDiv(matrixCols, cols));
            return Math.multiplyExact(blocks, Float.BYTES);
        }

        @Override
        public boolean takesRoundedInputs() {
            return true;
        }

        @Override
        public Format ofMatrix(int number, long matrixRows, long matrixCols) {
            long bytes = scaleBytes(matrixRows, matrixCols);
            return new Blocks(type, rows, cols, scales.asSlice(number * bytes, bytes));
        }
    }
}
