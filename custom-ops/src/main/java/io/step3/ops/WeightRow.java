package io.step3.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Reads one row of a weight as float32, whatever the format it is stored in. */
final class WeightRow {
    private WeightRow() {}

    static float[] read(Weight w, long row) {
        float[] into = new float[Math.toIntExact(w.cols())];
        read(w, row, into);
        return into;
    }

    /**
     * @param into at least {@code w.cols()} long
     */
    static void read(Weight w, long row, float[] into) {
        int cols = Math.toIntExact(w.cols());
        Format format = w.format();
        long at = row * format.bytes(1, cols);
        MemorySegment data = w.data();
        switch (format) {
            case Format.Plain plain -> readPlain(plain.type(), data, at, cols, into);
            case Format.Blocks blocks -> {
                long scales = row / blocks.rows() * Math.ceilDiv(cols, blocks.cols()) * Float.BYTES;
                readBlocks(blocks, data, at, scales, cols, into);
            }
        }
    }

    private static void readPlain(
            WeightType type, MemorySegment data, long at, int cols, float[] into) {
        if (type == WeightType.F32) {
            MemorySegment.copy(data, ValueLayout.JAVA_FLOAT_UNALIGNED, at, into, 0, cols);
            return;
        }
        for (int i = 0; i < cols; i++) {
            short bits = data.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + 2L * i);
            into[i] =
                    type == WeightType.BF16
                            ? Float.intBitsToFloat(bits << 16)
                            : Float.float16ToFloat(bits);
        }
    }

    private static void readBlocks(
            Format.Blocks format,
            MemorySegment data,
            long at,
            long scalesAt,
            int cols,
            float[] into) {
        for (int from = 0; from < cols; scalesAt += Float.BYTES) {
            int to = (int) Math.min((long) from + format.cols(), cols);
            float scale = format.scales().get(ValueLayout.JAVA_FLOAT_UNALIGNED, scalesAt);
            for (; from < to; from++) {
                into[from] = E4m3.decode(data.get(ValueLayout.JAVA_BYTE, at + from)) * scale;
            }
        }
    }
}
