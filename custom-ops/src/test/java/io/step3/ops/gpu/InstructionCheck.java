package io.step3.ops.gpu;

import io.step3.ops.cuda.CudaDevice;
import io.step3.ops.cuda.CudaDriver;
import io.step3.ops.cuda.InstructionVectors;
import io.step3.ops.cuda.InstructionVectors.Difference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Every instruction of the kernels alone, compared with the emulated device: what that one was
 * believed to do is what this one does. What a card gives is kept, for emulated devices to come.
 */
final class InstructionCheck {
    private final KernelCheck check;
    private final long seed;

    InstructionCheck(KernelCheck check, long seed) {
        this.check = check;
        this.seed = seed;
    }

    /**
     * @param emulated the emulated driver's library
     * @param kept where results go
     */
    void all(String emulated, Path kept) throws IOException {
        CudaDevice device = check.b().backend.device();
        InstructionVectors own = new InstructionVectors(device, device.architecture(), seed);
        own.write(kept, device.name());
        List<Difference> differences;
        try (CudaDevice other = CudaDriver.open(emulated).device(0)) {
            differences = own.from(new InstructionVectors(other, device.architecture(), seed));
        }
        List<Difference> exact = differences.stream().filter(Difference::exact).toList();
        List<String> wrong =
                exact.stream().filter(d -> d.lanes() > 0).map(Difference::instruction).toList();
        check.table()
                .verdict(
                        "instructions",
                        exact.size() + ", bit by bit",
                        wrong.isEmpty(),
                        wrong.size() + " give other bits: " + String.join(" | ", wrong));
        for (Difference d : differences) {
            if (!d.exact() && d.lanes() > 0) {
                String most = String.format(Locale.ROOT, "%.1e", d.most());
                check.table().remark(d.instruction() + ": other bits, by " + most + " at most");
            }
        }
    }
}
