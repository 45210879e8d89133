package io.step3.ops.gpu;

import io.step3.ops.cuda.CudaDevice;
import io.step3.ops.cuda.CudaStream;
import io.step3.ops.cuda.DeviceMemory;
import io.step3.ops.cuda.PinnedMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/**
 * What the kernels of a stream found wrong with the numbers in the device's memory: the first of
 * it.
 */
final class Faults {
    private static final int BYTES = 16;
    private static final int LOGITS = 1;
    private static final int EMBEDDING = 2;

    private final CudaStream stream;
    private final DeviceMemory memory;
    private final PinnedMemory seen;

    Faults(CudaDevice device, Arena arena, CudaStream stream) {
        this.stream = stream;
        memory = device.allocate(arena, BYTES);
        seen = device.pinned(arena, BYTES);
        stream.fill(memory, 0, BYTES, (byte) 0);
    }

    /** Where kernels report. */
    long address() {
        return memory.address();
    }

    /** Asks for what all work so far has found; the answer is there once the stream was awaited. */
    void ask() {
        stream.download(seen, 0, memory, 0, BYTES);
    }

    /**
     * After {@link #ask} and waiting.
     *
     * @throws ArithmeticException if router logits were not finite
     * @throws IllegalArgumentException if an id was out of range
     */
    void require() {
        int kind = seen(0);
        if (kind == 0) {
            return;
        }
        stream.fill(memory, 0, BYTES, (byte) 0);
        if (kind == LOGITS) {
            throw new ArithmeticException(
                    "row %d of the router's logits holds NaN or infinity".formatted(seen(1)));
        }
        throw new IllegalArgumentException(
                "ids: number %d is %d, but must be from 0 to %d"
                                .formatted(seen(1), seen(2), seen(3) - 1)
                        + (kind == EMBEDDING ? " to look up an embedding" : " to be an expert"));
    }

    private int seen(int field) {
        return seen.segment().getAtIndex(ValueLayout.JAVA_INT, field);
    }
}
