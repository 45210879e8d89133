package io.step3.image;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Turns a picture upright and resizes it while it arrives row by row, so that of a large picture
 * only the small one is ever held, and a few rows. The arithmetic is {@link PillowResampler}'s to
 * the bit, applied to the upright picture: first along its rows, then along its columns. Where the
 * picture lies on its side its rows arrive as columns, and the passes change places with them.
 */
final class UprightRows implements RowSink {
    private final Size stored;
    private final Orientation orientation;
    private final RgbImage image;

    /** Along the rows as they arrive; null where that size does not change. */
    private final @Nullable FixedTaps along;

    /** Across the rows as they arrive; null where that size does not change. */
    private final @Nullable FixedTaps across;

    private final byte @Nullable [] mirrored;
    private final byte @Nullable [] resized;

    /** Sums of outputs across the rows that are begun and not complete. */
    private final TreeMap<Integer, Sums> begun = new TreeMap<>();

    private final Deque<Sums> unused = new ArrayDeque<>();
    private final byte @Nullable [] complete;
    private int rows;

    /** Of one output across the rows. */
    private record Sums(int[] values, int[] missing) {}

    /**
     * Waits for the rows.
     *
     * @param stored size of the picture as it arrives
     * @param extent size of the upright picture once padded, to the right and below, with black; at
     *     least its own size. The padding is never stored.
     * @param target the size to make of the extent
     */
    UprightRows(Size stored, Orientation orientation, Size extent, Size target) {
        this.stored = stored;
        this.orientation = orientation;
        this.image = RgbImage.black(target);
        Size upright = orientation.upright(stored);
        FixedTaps x = taps(extent.width(), target.width(), upright.width());
        FixedTaps y = taps(extent.height(), target.height(), upright.height());
        along = orientation.transposed() ? y : x;
        across = orientation.transposed() ? x : y;
        mirrored = orientation.fromRight() ? new byte[3 * stored.width()] : null;
        resized = along == null ? null : new byte[3 * along.outputs()];
        boolean resizedFirst = along != null && !orientation.transposed();
        complete =
                across == null
                        ? null
                        : new byte[resizedFirst ? resized.length : 3 * stored.width()];
    }

    /** Resizes a picture that is there already. */
    static RgbImage resize(RgbImage picture, Size extent, Size target) {
        UprightRows rows = new UprightRows(picture.size(), Orientation.TOP_LEFT, extent, target);
        picture.rows(rows);
        return rows.image();
    }

    private static @Nullable FixedTaps taps(int extent, int target, int stored) {
        return extent == target ? null : FixedTaps.of(extent, target, stored);
    }

    @Override
    public void row(byte[] rgb) {
        if (rows == stored.height()) {
            throw new IllegalArgumentException("there are more rows than the header says");
        }
        int row = orientation.fromBottom() ? stored.height() - 1 - rows : rows;
        rows++;
        byte[] line = orientation.fromRight() ? mirrored(rgb) : rgb;
        if (!orientation.transposed()) {
            line = resized(line);
        }
        if (across == null) {
            place(row, line);
        } else {
            add(row, line);
        }
    }

    private byte[] mirrored(byte[] rgb) {
        for (int from = 0, to = 3 * stored.width() - 3; to >= 0; from += 3, to -= 3) {
            mirrored[to] = rgb[from];
            mirrored[to + 1] = rgb[from + 1];
            mirrored[to + 2] = rgb[from + 2];
        }
        return mirrored;
    }

    private byte[] resized(byte[] line) {
        if (along == null) {
            return line;
        }
        along.resizeRow(line, 0, resized, 0);
        return resized;
    }

    /** Adds a row to all outputs that it is a part of; each row comes once, in either direction. */
    private void add(int row, byte[] line) {
        for (int output = firstOutput(row);
                output < across.outputs() && across.first()[output] <= row;
                output++) {
            int[] weights = across.weights()[output];
            int tap = row - across.first()[output];
            if (tap >= weights.length) {
                continue;
            }
            Sums sums = begun.computeIfAbsent(output, this::begin);
            FixedTaps.add(line, 0, weights[tap], sums.values);
            if (--sums.missing[0] == 0) {
                FixedTaps.toBytes(sums.values, complete, 0);
                place(output, complete);
                unused.push(begun.remove(output));
            }
        }
    }

    /** The first output that may have a row among its taps. */
    private int firstOutput(int row) {
        int low = 0;
        int high = across.outputs();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (across.first()[middle] + across.weights()[middle].length <= row) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private Sums begin(int output) {
        Sums sums =
                unused.isEmpty() ? new Sums(new int[complete.length], new int[1]) : unused.pop();
        Arrays.fill(sums.values, FixedTaps.HALF);
        sums.missing[0] = across.weights()[output].length;
        return sums;
    }

    /** Puts a line, which is a row of the upright picture or a column, where it belongs. */
    private void place(int index, byte[] line) {
        byte[] to = image.rgb();
        if (!orientation.transposed()) {
            System.arraycopy(line, 0, to, 3 * index * image.width(), line.length);
            return;
        }
        byte[] column = resized(line);
        int pixels = along == null ? stored.width() : along.outputs();
        for (int y = 0, from = 0, at = 3 * index; y < pixels; y++, from += 3) {
            to[at] = column[from];
            to[at + 1] = column[from + 1];
            to[at + 2] = column[from + 2];
            at += 3 * image.width();
        }
    }

    /** The picture, once all rows are there. */
    RgbImage image() {
        if (rows != stored.height()) {
            throw new IllegalStateException("there are fewer rows than the header says");
        }
        return image;
    }
}
