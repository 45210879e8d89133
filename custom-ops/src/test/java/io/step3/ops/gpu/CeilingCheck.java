package io.step3.ops.gpu;

import io.step3.ops.Buffer;
import io.step3.ops.cuda.CudaDevice;
import io.step3.ops.cuda.CudaStream;
import io.step3.ops.cuda.DeviceMemory;
import io.step3.ops.cuda.PinnedMemory;
import io.step3.ops.gpu.CheckTable.Work;
import java.lang.foreign.Arena;

/** What nothing on a device can be faster than: copies, and products of the tensor cores. */
final class CeilingCheck {
    private static final int THREADS = 256;
    private static final int ARGUMENT_BYTES = 24;
    private static final int LANE_NUMBERS = 20;

    /** Multiplications and additions of a round of a block: 8 warps, 8 products of 16 x 16 x 8. */
    private static final double ROUND = 8 * 8 * 2.0 * 16 * 16 * 8;

    private final KernelCheck check;
    private final DeviceBench b;

    CeilingCheck(KernelCheck check) {
        this.check = check;
        b = check.b();
    }

    void all() {
        double copied = copies();
        double f16 = products("rate_f16", 0x3c00);
        double bf16 = products("rate_bf16", 0x3f80);
        check.table().ceilings(copied, Math.max(f16, bf16));
    }

    private double copies() {
        CudaDevice device = b.backend.device();
        CudaStream stream = check.stream();
        long bytes = check.size(1 << 16, 1 << 28);
        String size = bytes + " B";
        try (Arena arena = Arena.ofShared()) {
            DeviceMemory from = device.allocate(arena, bytes);
            DeviceMemory to = device.allocate(arena, bytes);
            PinnedMemory host = device.pinned(arena, bytes);
            host.segment().fill((byte) 1);
            double up = check.time(() -> stream.upload(from, 0, host, 0, bytes));
            check.table().measured("upload", size, up, Work.of(bytes));
            double down = check.time(() -> stream.download(host, 0, from, 0, bytes));
            check.table().measured("download", size, down, Work.of(bytes));
            double copy = check.time(() -> stream.copy(to, 0, from, 0, bytes));
            check.table().measured("copy", size, copy, Work.of(2 * bytes));
            return 2 * bytes / copy;
        }
    }

    /**
     * Flops a microsecond, on numbers near 1 with all their bits in use.
     *
     * @param one the bits of 1
     */
    private double products(String name, int one) {
        int blocks = 2 * b.backend.device().multiprocessors();
        int rounds = check.size(2, 20_000);
        blocks = check.size(2, blocks);
        int[] pairs = new int[32 * LANE_NUMBERS];
        for (int i = 0; i < pairs.length; i++) {
            int low = one ^ b.random.nextInt(128) ^ (b.random.nextInt(2) << 15);
            int high = one ^ b.random.nextInt(128) ^ (b.random.nextInt(2) << 15);
            pairs[i] = high << 16 | low;
        }
        Buffer numbers = b.buffer(pairs);
        Buffer out = b.poisoned(blocks * THREADS);
        GpuArguments arguments = b.backend.arguments();
        try (Arena arena = Arena.ofShared()) {
            Kernels kernels = Kernels.find(b.backend.device(), arena);
            Kernel kernel = Kernel.of(kernels, name, THREADS, 0, ARGUMENT_BYTES);
            Launcher launcher = new Launcher(arena, check.stream());
            int grid = blocks;
            Runnable multiply =
                    () ->
                            launcher.with(kernel)
                                    .int64(arguments.numbers("out", out))
                                    .int64(arguments.numbers("numbers", numbers))
                                    .int32(rounds)
                                    .int32(0)
                                    .blocks(grid);
            multiply.run();
            b.read(out);
            double us = check.time(multiply);
            double flops = ROUND * grid * rounds;
            check.table().measured(name, rounds + " rounds", us, new Work(0, flops, 1));
            return flops / us;
        }
    }
}
