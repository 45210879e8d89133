package io.step3.cli;

import ai.djl.engine.Engine;
import ai.djl.util.Utils;
import com.sun.management.OperatingSystemMXBean;
import io.step3.checkpoint.BundledCheckpoint;
import io.step3.djl.Step3Engine;
import io.step3.ops.BackendLoader;
import io.step3.ops.CpuTier;
import io.step3.ops.Device;
import io.step3.ops.NativeBackend;
import io.step3.ops.PackedFiles;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** Says what this machine has for Step3, and what it lacks and why. */
@Command(
        name = "doctor",
        description = "Show what Step3 finds on this machine, and why it uses what it uses.",
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {

    @ParentCommand private Main main;

    /** For picocli. */
    DoctorCommand() {}

    @Override
    public Integer call() {
        line("JDK", Runtime.version() + ", " + System.getProperty("java.vendor"));
        line("System", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        kernels();
        device();
        memory();
        line("DJL", Engine.getDjlVersion());
        line("DJL engines", String.join(", ", Engine.getAllEngines().stream().sorted().toList()));
        line("Step3 engine", Engine.getEngine(Step3Engine.NAME).toString());
        line("Built-in model", BundledCheckpoint.exists() ? BundledCheckpoint.NAME : "none");
        line(
                "Model caches",
                PackedFiles.cacheFolder("models") + ", and DJL's " + Utils.getCacheDir());
        return 0;
    }

    private void kernels() {
        try (BackendLoader.Choice choice = BackendLoader.load()) {
            int logical = Runtime.getRuntime().availableProcessors();
            if (choice.backend() instanceof NativeBackend library) {
                line(
                        "Cores",
                        "%d physical, %d logical".formatted(library.physicalCores(), logical));
                line(
                        "Instructions",
                        library.supportedTiers().stream()
                                .map(CpuTier::label)
                                .collect(Collectors.joining(", ")));
                line("Library", library.libraryFile().toString());
            } else {
                line("Cores", logical + " logical");
            }
            line("Kernels", choice.backend().name());
            choice.refused().forEach(no -> line("", "not " + no.kernels() + ": " + no.reason()));
        } catch (IllegalArgumentException e) {
            line("Kernels", "none: " + e.getMessage());
        }
    }

    /** What may compute beside the CPU, or why nothing does. */
    private void device() {
        try (Device device = BackendLoader.device()) {
            Optional<Device.Facts> facts = device.facts();
            line("Device", facts.map(f -> described(f, device)).orElse("none"));
            device.backend().ifPresent(b -> line("", "kernels: " + b.name()));
            device.reason().ifPresent(reason -> line("", "not cuda: " + reason));
        }
    }

    private static String described(Device.Facts facts, Device device) {
        return "%s, sm_%d, %.1f GiB, of which %.1f GiB are free; its driver can do CUDA %d.%d"
                .formatted(
                        facts.name(),
                        facts.architecture(),
                        gibibytes(facts.memory()),
                        gibibytes(device.freeBytes()),
                        facts.driver() / 1000,
                        facts.driver() % 1000 / 10);
    }

    private void memory() {
        var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        line(
                "Memory",
                "%.1f GiB, of which %.1f GiB are free; Java heap at most %.1f GiB"
                        .formatted(
                                gibibytes(system.getTotalMemorySize()),
                                gibibytes(system.getFreeMemorySize()),
                                gibibytes(Runtime.getRuntime().maxMemory())));
    }

    private static double gibibytes(long bytes) {
        return bytes / (double) (1L << 30);
    }

    private void line(String what, String finding) {
        main.out().printf("%-16s%s%n", what, finding);
    }
}
