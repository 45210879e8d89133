package io.step3.ops;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A matrix of the network as it lies in the checkpoint: {@code rows x cols}, row-major, never
 * copied. A vector (a norm's gain, a bias) is a matrix of one row.
 *
 * @param type how the numbers are stored
 * @param data exactly {@code rows * cols * type.bytes()} bytes, of any alignment
 * @param rows outputs of a linear layer, at least 1
 * @param cols inputs of a linear layer, at least 1
 * @param scales for {@link WeightType#F8_E4M3} the float32 scales, {@code ceil(rows / blockRows) x
 *     ceil(cols / blockCols)}, row-major; {@link MemorySegment#NULL} otherwise
 * @param blockRows rows that share a scale (128 in the published model); 0 without scales
 * @param blockCols columns that share a scale; 0 without scales
 */
public record Weight(
        WeightType type,
        MemorySegment data,
        long rows,
        long cols,
        MemorySegment scales,
        int blockRows,
        int blockCols) {

    /** Checks that sizes and types agree. */
    public Weight {
        Objects.requireNonNull(type, "type");
        require(rows > 0 && cols > 0, "a weight needs rows and columns, not %d x %d", rows, cols);
        long bytes = Math.multiplyExact(Math.multiplyExact(rows, cols), type.bytes());
        require(
                data.byteSize() == bytes,
                "a %d x %d %s weight takes %d bytes, not %d",
                rows,
                cols,
                type,
                bytes,
                data.byteSize());
        if (type == WeightType.F8_E4M3) {
            require(blockRows > 0 && blockCols > 0, "an fp8 weight needs a scale block");
            long needed =
                    Math.multiplyExact(scaleCount(rows, cols, blockRows, blockCols), Float.BYTES);
            require(
                    scales.byteSize() == needed,
                    "a %d x %d fp8 weight takes %d bytes of scales, not %d",
                    rows,
                    cols,
                    needed,
                    scales.byteSize());
        } else {
            require(scales.byteSize() == 0, "only fp8 weights have scales, not %s", type);
        }
    }

    /** A weight without scales. */
    public static Weight plain(WeightType type, MemorySegment data, long rows, long cols) {
        return new Weight(type, data, rows, cols, MemorySegment.NULL, 0, 0);
    }

    /** How many scales a matrix of this shape has. */
    public static long scaleCount(long rows, long cols, int blockRows, int blockCols) {
        return Math.ceilDiv(rows, blockRows) * Math.ceilDiv(cols, blockCols);
    }

    private static void require(boolean condition, String message, Object... arguments) {
        if (!condition) {
            throw new IllegalArgumentException(message.formatted(arguments));
        }
    }
}
