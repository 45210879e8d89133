package io.step3.ops.gpu;

import io.step3.ops.Format;
import io.step3.ops.cuda.CudaStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Launches kernels on one stream: their arguments are written field by field in the order of the
 * struct, and counted. Nothing is allocated.
 */
final class Launcher {
    private static final int MOST_BYTES = 4096;

    /** Most blocks in the second and third direction of a grid. */
    static final int MOST_BLOCKS = 65535;

    private final CudaStream stream;
    private final MemorySegment arguments;
    private @Nullable Kernel kernel;
    private int at;

    Launcher(Arena arena, CudaStream stream) {
        this.stream = stream;
        arguments = arena.allocate(MOST_BYTES, 16);
    }

    /** Begins the arguments of a kernel. */
    Launcher with(Kernel next) {
        kernel = next;
        at = 0;
        return this;
    }

    Launcher int64(long value) {
        arguments.set(ValueLayout.JAVA_LONG, at, value);
        at += Long.BYTES;
        return this;
    }

    Launcher int32(int value) {
        arguments.set(ValueLayout.JAVA_INT, at, value);
        at += Integer.BYTES;
        return this;
    }

    Launcher float32(float value) {
        arguments.set(ValueLayout.JAVA_FLOAT, at, value);
        at += Float.BYTES;
        return this;
    }

    /** The struct {@code Weights} of {@code plain.cuh}. */
    Launcher weights(@Nullable GpuMatrix w) {
        if (w == null) {
            for (int i = 0; i < 8; i++) {
                int64(0);
            }
            return this;
        }
        int blockRows = 1;
        int blockCols = 1;
        int scaleCols = 0;
        long matrixScales = 0;
        if (w.format() instanceof Format.Blocks blocks) {
            blockRows = blocks.rows();
            blockCols = blocks.cols();
            scaleCols = Math.toIntExact(Math.ceilDiv(w.cols(), blockCols));
            matrixScales = Math.ceilDiv(w.rows(), blockRows) * scaleCols;
        }
        return int64(w.address())
                .int64(w.scales())
                .int64(w.pitch())
                .int64(w.matrixBytes())
                .int64(matrixScales)
                .int32(Math.toIntExact(w.rows()))
                .int32(Math.toIntExact(w.cols()))
                .int32(w.format().type().code())
                .int32(blockRows)
                .int32(blockCols)
                .int32(scaleCols);
    }

    void blocks(long x) {
        blocks(x, 1, 1, 0);
    }

    void blocks(long x, long y, long z) {
        blocks(x, y, z, 0);
    }

    /** Launches. No blocks are no launch. */
    void blocks(long x, long y, long z, int sharedBytes) {
        if (at != kernel.argumentBytes()) {
            throw new AssertionError(
                    "%s takes %d bytes of arguments, not %d"
                            .formatted(kernel.cuda(), kernel.argumentBytes(), at));
        }
        if (x == 0 || y == 0 || z == 0) {
            return;
        }
        if (x > Integer.MAX_VALUE || y > MOST_BLOCKS || z > MOST_BLOCKS) {
            throw new IllegalArgumentException(
                    "%s: so many rows cannot be computed in one call".formatted(kernel.cuda()));
        }
        kernel.cuda().launch(stream, (int) x, (int) y, (int) z, sharedBytes, arguments);
    }

    /** Launches a thread for each of {@code n} numbers. */
    void threads(long n) {
        blocks(Math.ceilDiv(n, kernel.threads()));
    }
}
