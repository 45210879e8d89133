package io.step3.ops;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A matrix of the network as it lies in a checkpoint, or the stacked matrices of a layer's experts:
 * what {@link Backend#hold} takes. A vector is a matrix of one row.
 *
 * @param format how the numbers are stored
 * @param data exactly {@code count * format.bytes(rows, cols)} bytes, of any alignment
 * @param count how many matrices: 1, or experts; every matrix's scale blocks start afresh at its
 *     first row
 * @param rows outputs of a linear layer, at least 1
 * @param cols inputs of a linear layer, at least 1
 */
public record Weight(Format format, MemorySegment data, int count, long rows, long cols) {

    /** Checks that sizes agree. */
    public Weight {
        Objects.requireNonNull(format, "format");
        if (count < 1 || rows < 1 || cols < 1) {
            throw new IllegalArgumentException(
                    "a weight needs matrices, rows and columns, not %d x %d x %d"
                            .formatted(count, rows, cols));
        }
        size("", data, Math.multiplyExact(format.bytes(rows, cols), count), format, count, rows);
        long scales = Math.multiplyExact(format.scaleBytes(rows, cols), count);
        size(" of scales", format.scales(), scales, format, count, rows);
    }

    /** A single matrix. */
    public Weight(Format format, MemorySegment data, long rows, long cols) {
        this(format, data, 1, rows, cols);
    }

    /**
     * One of the matrices, a view of this.
     *
     * @param number from 0 to {@code count - 1}
     */
    public Weight matrix(int number) {
        Objects.checkIndex(number, count);
        long bytes = format.bytes(rows, cols);
        MemorySegment own = data.asSlice(number * bytes, bytes);
        return new Weight(format.ofMatrix(number, rows, cols), own, rows, cols);
    }

    private static void size(
            String of, MemorySegment segment, long bytes, Format format, int count, long rows) {
        if (segment.byteSize() != bytes) {
            throw new IllegalArgumentException(
                    "%d matrices of %d rows of %s take %d bytes%s, not %d"
                            .formatted(count, rows, format.type(), bytes, of, segment.byteSize()));
        }
    }
}
