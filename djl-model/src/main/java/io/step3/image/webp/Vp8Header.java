package io.step3.image.webp;

import java.io.IOException;
import java.nio.ByteBuffer;
import javax.imageio.IIOException;
import org.jspecify.annotations.Nullable;

/**
 * The header of a key frame (RFC 6386, section 9).
 *
 * @param modes what the rest of the first partition is read from
 * @param partitions of coefficients; rows of macroblocks take turns
 * @param segments what each of the four kinds of macroblocks is quantized and filtered with
 * @param segmentProbabilities [3] of the tree that tells the kind, null where there is one kind
 * @param simpleFilter whether the loop filter is the simple one
 * @param coefficients probabilities as {@link Vp8Tables#coefficients}
 * @param skipProbability that a macroblock has coefficients, -1 where all have
 */
record Vp8Header(
        int width,
        int height,
        BoolReader modes,
        BoolReader[] partitions,
        Segment[] segments,
        int @Nullable [] segmentProbabilities,
        boolean simpleFilter,
        int[] coefficients,
        int skipProbability) {
    private static final int START_CODE = 0x2a019d;
    private static final int FRAME_HEADER = 10;

    /**
     * One kind of macroblocks.
     *
     * @param steps of the quantizer, DC and AC: luma, luma's DCs, chroma
     * @param filters for macroblocks predicted as a whole and in parts
     */
    record Segment(int[] steps, Filter[] filters) {}

    /**
     * Strength of the loop filter.
     *
     * @param level 0 where nothing is filtered
     * @param interior most difference between neighbours
     * @param variance from which difference on an edge is taken for one of the picture
     */
    record Filter(int level, int interior, int variance) {
        static Filter of(int level, int sharpness) {
            int interior = level;
            if (sharpness > 0) {
                interior = Math.min(level >> (sharpness > 4 ? 2 : 1), 9 - sharpness);
            }
            int variance = level >= 40 ? 2 : level >= 15 ? 1 : 0;
            return new Filter(level, Math.max(1, interior), variance);
        }
    }

    static Vp8Header read(ByteBuffer data) throws IOException {
        if (data.limit() < FRAME_HEADER) {
            throw new IIOException("the VP8 header is cut off");
        }
        int tag = u24(data, 0);
        boolean keyFrame = (tag & 1) == 0;
        boolean shown = (tag >> 4 & 1) == 1;
        if (!keyFrame || !shown || (tag >> 1 & 7) > 3 || u24(data, 3) != START_CODE) {
            throw new IIOException("there is no VP8 key frame");
        }
        int width = u24(data, 6) & 0x3fff;
        int height = u24(data, 7) >> 8 & 0x3fff;
        int first = tag >> 5;
        if (first > data.limit() - FRAME_HEADER) {
            throw new IIOException("the first VP8 partition is cut off");
        }
        BoolReader in = new BoolReader(data.slice(FRAME_HEADER, first));
        in.number(2); // colour space and clamping, which change nothing
        boolean segmented = in.flag();
        int[] quantizers = new int[4];
        int[] levels = new int[4];
        int[] tree = null;
        boolean absolute = true;
        if (segmented) {
            boolean hasMap = in.flag();
            if (in.flag()) {
                absolute = in.flag();
                for (int i = 0; i < 4; i++) {
                    quantizers[i] = in.optional(7);
                }
                for (int i = 0; i < 4; i++) {
                    levels[i] = in.optional(6);
                }
            }
            if (hasMap) {
                tree = new int[3];
                for (int i = 0; i < 3; i++) {
                    tree[i] = in.flag() ? in.number(8) : 255;
                }
            }
        }
        boolean simple = in.flag();
        int level = in.number(6);
        int sharpness = in.number(3);
        int forIntra = 0;
        int forParts = 0;
        if (in.flag() && in.flag()) { // deltas are used, and given
            int[] deltas = new int[8];
            for (int i = 0; i < 8; i++) {
                deltas[i] = in.optional(6);
            }
            forIntra = deltas[0];
            forParts = deltas[4];
        }
        BoolReader[] partitions = partitions(data, FRAME_HEADER + first, 1 << in.number(2));
        int base = in.number(7);
        int[] offsets = new int[5];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = in.optional(4);
        }
        Segment[] segments = new Segment[4];
        for (int i = 0; i < 4; i++) {
            int q = segmented ? quantizers[i] + (absolute ? 0 : base) : base;
            int strength = segmented ? levels[i] + (absolute ? 0 : level) : level;
            int whole = Math.clamp(strength + forIntra, 0, 63);
            int parts = Math.clamp(strength + forIntra + forParts, 0, 63);
            Filter[] filters = {Filter.of(whole, sharpness), Filter.of(parts, sharpness)};
            if (level == 0) {
                filters[0] = filters[1] = Filter.of(0, 0);
            }
            segments[i] = new Segment(steps(q, offsets), filters);
        }
        in.flag(); // whether probabilities are kept for the next frame, of which there is none
        int[] coefficients = Vp8Tables.RFC.coefficients().clone();
        for (int i = 0; i < coefficients.length; i++) {
            if (in.flag(Vp8Tables.RFC.updates()[i])) {
                coefficients[i] = in.number(8);
            }
        }
        int skip = in.flag() ? in.number(8) : -1;
        in.check();
        return new Vp8Header(
                width, height, in, partitions, segments, tree, simple, coefficients, skip);
    }

    private static BoolReader[] partitions(ByteBuffer data, int sizes, int count)
            throws IIOException {
        int start = sizes + 3 * (count - 1);
        if (start >= data.limit()) {
            throw new IIOException("the VP8 partitions are cut off");
        }
        BoolReader[] partitions = new BoolReader[count];
        for (int i = 0; i < count; i++) {
            int rest = data.limit() - start;
            int size = i == count - 1 ? rest : Math.min(rest, u24(data, sizes + 3 * i));
            partitions[i] = new BoolReader(data.slice(start, size));
            start += size;
        }
        return partitions;
    }

    /** Section 9.6 and 14.1. */
    private static int[] steps(int q, int[] offsets) {
        int[] dc = Vp8Tables.RFC.dc();
        int[] ac = Vp8Tables.RFC.ac();
        return new int[] {
            dc[index(q + offsets[0])],
            ac[index(q)],
            2 * dc[index(q + offsets[1])],
            Math.max(8, ac[index(q + offsets[2])] * 155 / 100),
            Math.min(132, dc[index(q + offsets[3])]),
            ac[index(q + offsets[4])]
        };
    }

    private static int index(int q) {
        return Math.clamp(q, 0, 127);
    }

    private static int u24(ByteBuffer data, int at) {
        return data.get(at) & 0xff
                | (data.get(at + 1) & 0xff) << 8
                | (data.get(at + 2) & 0xff) << 16;
    }
}
