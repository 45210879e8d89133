package io.step3.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Reads one row of a weight as float32, whatever the type it is stored in. */
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
        long at = row * cols * w.type().bytes();
        MemorySegment data = w.data();
        switch (w.type()) {
            case F32 ->
                    MemorySegment.copy(data, ValueLayout.JAVA_FLOAT_UNALIGNED, at, into, 0, cols);
            case BF16 -> {
                for (int i = 0; i < cols; i++) {
                    int bits = data.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + 2L * i);
                    into[i] = Float.intBitsToFloat(bits << 16);
                }
            }
            case F16 -> {
                for (int i = 0; i < cols; i++) {
                    short bits = data.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + 2L * i);
                    into[i] = Float.float16ToFloat(bits);
                }
            }
            case F8_E4M3 -> readFp8(w, row, at, cols, into);
        }
    }

    private static void readFp8(Weight w, long row, long at, int cols, float[] into) {
        long blocks = Math.ceilDiv(w.cols(), w.blockCols());
        long scaleRow = row / w.blockRows() * blocks;
        for (int from = 0, block = 0; from < cols; block++) {
            int to = (int) Math.min((long) from + w.blockCols(), cols);
            float scale =
                    w.scales()
                            .get(
                                    ValueLayout.JAVA_FLOAT_UNALIGNED,
                                    (scaleRow + block) * Float.BYTES);
            for (int i = from; i < to; i++) {
                into[i] = E4m3.decode(w.data().get(ValueLayout.JAVA_BYTE, at + i)) * scale;
            }
            from = to;
        }
    }
}
