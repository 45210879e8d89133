package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Weights whose file is cut while it is mapped: an exception, and nothing else is disturbed. */
@DisabledOnOs(OS.WINDOWS)
class LostMappingTest {

    private static final long ROWS = 600;
    private static final long COLS = 2000;

    @TempDir private Path folder;
    private Cases cases;

    @BeforeEach
    void open() {
        cases = new Cases(1);
    }

    @AfterEach
    void close() {
        cases.close();
    }

    private MemorySegment map(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(MapMode.READ_ONLY, 0, channel.size(), cases.arena);
        }
    }

    private Path write(String name) throws IOException {
        return Files.write(folder.resolve(name), new byte[(int) (ROWS * COLS * Short.BYTES)]);
    }

    private static void cut(Path file, long bytes) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(bytes);
        }
    }

    private static Weight weight(MemorySegment data) {
        return Weight.plain(WeightType.BF16, data, ROWS, COLS);
    }

    private void multiply(Kernels kernels, Weight w, int rows) {
        kernels.linear(cases.poisoned(rows * ROWS), cases.floats(rows * COLS), w, null, rows);
    }

    @Test
    void everyTierRefusesWhatIsGoneAndComputesWithWhatIsThere() throws IOException {
        List<NativeKernels> tiers = NativeTiers.open(folder.resolve("cache"), 3);
        MemorySegment whole = map(write("whole"));
        for (NativeKernels kernels : tiers) {
            Path file = write("cut " + kernels.tier());
            MemorySegment mapping = map(file);
            try (MappingGuard guard = kernels.guard(mapping);
                    MappingGuard other = kernels.guard(whole)) {
                multiply(kernels, weight(mapping), 1);
                cut(file, 5000);
                assertFalse(guard.lost());
                for (int rows : new int[] {1, 40}) {
                    assertThrows(
                            WeightsLostException.class,
                            () -> multiply(kernels, weight(mapping), rows),
                            kernels.name());
                    multiply(kernels, weight(whole), rows);
                }
                assertTrue(guard.lost());
                assertFalse(other.lost());
                assertEquals(0, mapping.get(ValueLayout.JAVA_BYTE, ROWS * COLS));
            }
            // A guard that is taken up again knows nothing of the loss before.
            try (MappingGuard again = kernels.guard(whole)) {
                assertFalse(again.lost());
                multiply(kernels, weight(whole), 1);
            }
        }
        tiers.forEach(NativeKernels::close);
    }

    @Test
    void everyOperationThatReadsWeightsNoticesTheLoss() throws IOException {
        try (NativeKernels kernels = NativeKernels.load(NativeTiers.library(folder))) {
            Path file = write("weights");
            MemorySegment mapping = map(file);
            MemorySegment x = cases.floats(2000);
            MemorySegment out = cases.floats(2000);
            MemorySegment vector = mapping.asSlice(1_000_000, 40);
            Weight gain = Weight.plain(WeightType.F32, vector, 1, 10);
            Weight whole = cases.weight(WeightType.F32, 10, 10);
            Weight scaled =
                    new Weight(WeightType.F8_E4M3, cases.floats(1000), 40, 100, vector, 4, 100);
            ExpertWeight experts = cases.experts(WeightType.F32, 2, 10, 10);
            ExpertWeight lost =
                    new ExpertWeight(
                            WeightType.F32,
                            mapping.asSlice(1_000_000, 800),
                            2,
                            10,
                            10,
                            MemorySegment.NULL,
                            0,
                            0);
            MemorySegment scratch = cases.floats(kernels.expertsScratch(1, 2, 2, 10, 10) / 4);
            Convolution shape = Convolution.overPlanes(1, 2, 5, 1, 1, 0);
            Weight point = Weight.plain(WeightType.F32, mapping.asSlice(1_000_000, 40), 10, 1);
            List<Runnable> operations =
                    List.of(
                            () -> kernels.embed(out, gain, cases.ids(1, 1, 1), 1),
                            () -> kernels.rmsNorm(out, x, gain, 1, 0),
                            () -> kernels.layerNorm(out, x, one(), gain, 1, 0),
                            () -> kernels.linear(out, x, whole, gain, 1),
                            () -> kernels.linear(out, x, scaled, null, 1),
                            () -> kernels.convolve(out, x, point, null, shape, scratch),
                            () ->
                                    kernels.experts(
                                            out,
                                            x,
                                            cases.ids(1, 2, 2),
                                            x,
                                            experts,
                                            experts,
                                            lost,
                                            1,
                                            2,
                                            0,
                                            scratch));
            operations.forEach(Runnable::run);
            cut(file, 0);
            try (MappingGuard guard = kernels.guard(mapping)) {
                for (Runnable operation : operations) {
                    assertThrows(WeightsLostException.class, operation::run);
                }
                assertTrue(guard.lost());
            }
        }
    }

    private Weight one() {
        return cases.weight(WeightType.F32, 1, 10);
    }

    @Test
    void javaReadsOfAnotherMappingStayJavasOwn() throws IOException {
        try (NativeKernels kernels = NativeKernels.load(NativeTiers.library(folder))) {
            Path guarded = write("guarded");
            Path plain = write("plain");
            MemorySegment mapping = map(guarded);
            MemorySegment other = map(plain);
            try (MappingGuard guard = kernels.guard(mapping)) {
                cut(guarded, 0);
                cut(plain, 0);
                for (MemorySegment gone : List.of(mapping, other)) {
                    assertThrows(
                            InternalError.class,
                            () -> MemorySegment.copy(gone, 0, cases.floats(10), 0, 40));
                }
                assertFalse(guard.lost());
                assertThrows(
                        InternalError.class, () -> multiply(new JavaKernels(), weight(mapping), 1));
            }
        }
    }

    @Test
    void whatIsNoMappingIsRefusedAndClosedKernelsLetGo() throws IOException {
        NativeKernels kernels = NativeKernels.load(NativeTiers.library(folder));
        MemorySegment floats = cases.floats(10);
        assertThrows(IllegalArgumentException.class, () -> kernels.guard(floats));
        MemorySegment mapping = map(write("file"));
        assertThrows(IllegalArgumentException.class, () -> kernels.guard(mapping.asSlice(8)));
        MappingGuard guard = kernels.guard(mapping);
        kernels.close();
        assertFalse(guard.lost());
        guard.close();
        assertThrows(IllegalStateException.class, () -> kernels.guard(mapping));
    }

    /** A fault that is none of ours must still end in Java's crash report. */
    @Test
    void otherFaultsStillMakeACrashReport() throws IOException, InterruptedException {
        NativeTiers.library(folder);
        for (String fault : List.of("segmentation", "bus", "bus -Xcheck:jni")) {
            Path own = Files.createDirectory(folder.resolve(fault));
            Path report = own.resolve("report");
            var command = new ArrayList<String>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.add("--enable-native-access=ALL-UNNAMED");
            command.add("-XX:ErrorFile=" + report);
            command.add("-XX:-CreateCoredumpOnCrash");
            command.add("-Xmx64m");
            if (fault.contains(" ")) {
                command.add(fault.substring(fault.indexOf(' ') + 1));
            }
            command.addAll(List.of("-cp", System.getProperty("java.class.path")));
            command.addAll(List.of(FaultingProgram.class.getName(), fault, own.toString()));
            Path output = own.resolve("output");
            Process child =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            assertTrue(child.waitFor(60, TimeUnit.SECONDS));
            String said = Files.readString(output);
            assertTrue(said.contains("refused what was lost"), fault + ": " + said);
            assertFalse(said.contains("survived"), said);
            String text = Files.readString(report);
            String signal = fault.startsWith("bus") ? "SIGBUS" : "SIGSEGV";
            assertTrue(text.contains(signal + " (0x"), text.lines().limit(10).toList().toString());
        }
    }
}
