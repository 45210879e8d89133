package io.step3.ops.cuda;

/** A call that the CUDA driver refused, or work that failed on the device. */
public final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private static final int OUT_OF_MEMORY = 2;

    private final int code;
    private final String name;

    CudaException(int code, String name, String message) {
        super(message);
        this.code = code;
        this.name = name;
    }

    /** What is thrown by every call after this one, which ended the device. */
    CudaException again() {
        CudaException again =
                new CudaException(code, name, "The device was lost before: " + getMessage());
        again.initCause(this);
        return again;
    }

    /** The number of the error, a {@code CUresult}. */
    public int code() {
        return code;
    }

    /** The driver's name of the error, such as {@code CUDA_ERROR_OUT_OF_MEMORY}. */
    public String name() {
        return name;
    }

    /** Whether less would have fitted. Nothing was taken, and the device can be used further. */
    public boolean isOutOfMemory() {
        return code == OUT_OF_MEMORY;
    }

    /**
     * Whether the context is beyond use, and all memory on the device with it: a kernel went
     * astray, the hardware failed, or the driver is shutting down.
     */
    public boolean isLost() {
        return isLost(code);
    }

    static boolean isLost(int code) {
        return switch (code) {
            case 4, // the driver is shutting down
                    201, // invalid context
                    214, // uncorrectable memory error
                    220, // NVLink failed
                    226, // an error was contained
                    700, // illegal address
                    702, // a kernel ran too long
                    709, // the context is destroyed
                    710, // assertion
                    714, // stack error
                    715, // illegal instruction
                    716, // misaligned address
                    717, // invalid address space
                    718, // invalid program counter
                    719, // a launch failed
                    721, // tensor memory leak
                    999 -> // unknown
                    true;
            default -> false;
        };
    }
}
