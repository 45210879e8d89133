package io.step3.ops.gpu;

import io.step3.ops.cuda.EmulatedDevice;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What {@code gpu-check.sh} runs: ceilings of the device, measured, and the kernels of the
 * network's shapes against float64 and those ceilings, on fresh random numbers. Prints a table and
 * writes it as JSON. On the emulated device shapes are small, and times mean nothing.
 */
final class GpuCheck {
    private GpuCheck() {}

    /**
     * @param arguments where the JSON goes; then, if numbers are not to be fresh, their seed
     */
    public static void main(String[] arguments) throws IOException {
        long seed = arguments.length > 1 ? Long.parseLong(arguments[1]) : System.nanoTime();
        System.exit(
                run(System.getenv("STEP3_CUDA"), Path.of(arguments[0]), seed, System.out) ? 0 : 1);
    }

    /**
     * Checks all kernels.
     *
     * @param library the driver's; null for the system's
     * @return whether all are right
     */
    static boolean run(String library, Path json, long seed, PrintStream out) throws IOException {
        try (DeviceBench b = DeviceBench.on(library, seed)) {
            boolean emulated = b.backend.device().name().startsWith("emulated");
            CheckTable table = new CheckTable(out, b.backend.device(), seed, emulated);
            KernelCheck check = new KernelCheck(b, table, emulated);
            try {
                if (EmulatedDevice.exists()) {
                    Path vectors = json.toAbsolutePath().resolveSibling("ptx-vectors.bin");
                    new InstructionCheck(check, seed).all(EmulatedDevice.library(), vectors);
                } else {
                    table.remark("no emulated device to compare instructions with");
                }
                new CeilingCheck(check).all();
                new RowCheck(check).all();
                new LinearCheck(check).all();
                new AttentionCheck(check).all();
            } finally {
                Files.writeString(json, table.json());
            }
            return !table.failed();
        }
    }
}
