package io.step3.ops;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The matrices of all experts of a layer, stacked: {@code experts x rows x cols}, as the published
 * checkpoint stores them. The scales of {@link WeightType#F8_E4M3} carry a leading {@code experts}
 * too: every expert's blocks start afresh at its first row.
 *
 * @param type how the numbers are stored
 * @param data exactly {@code experts * rows * cols * type.bytes()} bytes, often over 2 GB
 * @param experts how many, at least 1
 * @param rows outputs of one expert's matrix
 * @param cols inputs of one expert's matrix
 * @param scales as in {@link Weight}, one set for each expert
 * @param blockRows as in {@link Weight}
 * @param blockCols as in {@link Weight}
 */
public record ExpertWeight(
        WeightType type,
        MemorySegment data,
        int experts,
        long rows,
        long cols,
        MemorySegment scales,
        int blockRows,
        int blockCols) {

    /** Checks that sizes and types agree. */
    public ExpertWeight {
        Objects.requireNonNull(type, "type");
        if (experts < 1) {
            throw new IllegalArgumentException("a layer needs at least one expert, not " + experts);
        }
        long perExpert = Math.multiplyExact(Math.multiplyExact(rows, cols), type.bytes());
        if (data.byteSize() != Math.multiplyExact(perExpert, experts)) {
            throw new IllegalArgumentException(
                    "%d experts of %d x %d %s take %d bytes, not %d"
                            .formatted(
                                    experts,
                                    rows,
                                    cols,
                                    type,
                                    perExpert * experts,
                                    data.byteSize()));
        }
        // The first and the last expert's checks cover all others: they are equally large.
        slice(type, data, experts, 0, rows, cols, scales, blockRows, blockCols);
        slice(type, data, experts, experts - 1, rows, cols, scales, blockRows, blockCols);
    }

    /**
     * The matrix of one expert, a view of this one.
     *
     * @param expert from 0 to {@code experts - 1}
     */
    public Weight expert(int expert) {
        return slice(
                type,
                data,
                experts,
                Objects.checkIndex(expert, experts),
                rows,
                cols,
                scales,
                blockRows,
                blockCols);
    }

    private static Weight slice(
            WeightType type,
            MemorySegment data,
            int experts,
            int expert,
            long rows,
            long cols,
            MemorySegment scales,
            int blockRows,
            int blockCols) {
        long bytes = rows * cols * type.bytes();
        MemorySegment own = data.asSlice(expert * bytes, bytes);
        if (type != WeightType.F8_E4M3) {
            return new Weight(type, own, rows, cols, scales, blockRows, blockCols);
        }
        if (scales.byteSize() % experts != 0) {
            throw new IllegalArgumentException(
                    "%d bytes of scales cannot belong to %d experts"
                            .formatted(scales.byteSize(), experts));
        }
        long scaleBytes = scales.byteSize() / experts;
        MemorySegment ownScales = scales.asSlice(expert * scaleBytes, scaleBytes);
        return new Weight(type, own, rows, cols, ownScales, blockRows, blockCols);
    }
}
