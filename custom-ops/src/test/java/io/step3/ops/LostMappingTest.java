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
        return new Weight(Format.of(WeightType.BF16), data, ROWS, COLS);
    }

    private void multiply(Backend backend, Weight w, int rows) {
        try (Bench b = new Bench(backend)) {
            Buffer out = b.poisoned(rows * ROWS);
            b.stream.linear(out, b.floats(cases.floats(rows * COLS)), b.hold(w), null, rows);
        }
    }

    @Test
    void everyTierRefusesWhatIsGoneAndComputesWithWhatIsThere() throws IOException {
        List<NativeBackend> tiers = NativeTiers.open(folder.resolve("cache"), 3);
        MemorySegment whole = map(write("whole"));
        for (NativeBackend backend : tiers) {
            Path file = write("cut " + backend.tier());
            MemorySegment mapping = map(file);
            try (MappingGuard guard = backend.guard(mapping);
                    MappingGuard other = backend.guard(whole)) {
                multiply(backend, weight(mapping), 1);
                cut(file, 5000);
                assertFalse(guard.lost());
                for (int rows : new int[] {1, 40}) {
                    assertThrows(
                            WeightsLostException.class,
                            () -> multiply(backend, weight(mapping), rows),
                            backend.name());
                    multiply(backend, weight(whole), rows);
                }
                assertTrue(guard.lost());
                assertFalse(other.lost());
                assertEquals(0, mapping.get(ValueLayout.JAVA_BYTE, ROWS * COLS));
            }
            // A guard that is taken up again knows nothing of the loss before.
            try (MappingGuard again = backend.guard(whole)) {
                assertFalse(again.lost());
                multiply(backend, weight(whole), 1);
            }
        }
        tiers.forEach(NativeBackend::close);
    }

    @Test
    void everyOperationThatReadsWeightsNoticesTheLoss() throws IOException {
        try (NativeBackend backend = NativeBackend.load(NativeTiers.library(folder));
                Bench b = new Bench(backend)) {
            Path file = write("weights");
            MemorySegment mapping = map(file);
            Buffer x = b.floats(cases.floats(2000));
            Buffer out = b.bytes(8000);
            MemorySegment vector = mapping.asSlice(1_000_000, 40);
            Format f32 = Format.of(WeightType.F32);
            Matrix gain = b.hold(new Weight(f32, vector, 1, 10));
            Matrix whole = b.hold(cases.weight(WeightType.F32, 10, 10));
            Matrix one = b.hold(cases.weight(WeightType.F32, 1, 10));
            MemorySegment codes = cases.arena.allocate(4000);
            Format blocks = new Format.Blocks(WeightType.F8_E4M3, 4, 100, vector);
            Matrix scaled = b.hold(new Weight(blocks, codes, 40, 100));
            Matrix experts = b.hold(cases.weights(WeightType.F32, 2, 10, 10));
            Matrix lost = b.hold(new Weight(f32, mapping.asSlice(1_000_000, 800), 2, 10, 10));
            Buffer scratch = b.bytes(backend.expertsScratch(1, 2, 2, 10, 10));
            Convolution shape = Convolution.overPlanes(1, 2, 5, 1, 1, 0);
            Matrix point = b.hold(new Weight(f32, mapping.asSlice(1_000_000, 40), 10, 1));
            Buffer first = b.ints(0);
            Buffer both = b.ints(0, 1);
            Stream s = b.stream;
            List<Runnable> operations =
                    List.of(
                            () -> s.embed(out, gain, first, 1),
                            () -> s.rmsNorm(out, x, gain, 1, 0),
                            () -> s.layerNorm(out, x, one, gain, 1, 0),
                            () -> s.linear(out, x, whole, gain, 1),
                            () -> s.linear(out, x, scaled, null, 1),
                            () -> s.convolve(out, x, point, null, shape, scratch),
                            () ->
                                    s.experts(
                                            out, x, both, x, experts, experts, lost, 1, 2, 0,
                                            scratch));
            operations.forEach(Runnable::run);
            cut(file, 0);
            try (MappingGuard guard = backend.guard(mapping)) {
                for (Runnable operation : operations) {
                    assertThrows(WeightsLostException.class, operation::run);
                }
                assertTrue(guard.lost());
            }
        }
    }

    @Test
    void javaReadsOfAnotherMappingStayJavasOwn() throws IOException {
        try (NativeBackend backend = NativeBackend.load(NativeTiers.library(folder))) {
            Path guarded = write("guarded");
            Path plain = write("plain");
            MemorySegment mapping = map(guarded);
            MemorySegment other = map(plain);
            try (MappingGuard guard = backend.guard(mapping)) {
                cut(guarded, 0);
                cut(plain, 0);
                for (MemorySegment gone : List.of(mapping, other)) {
                    assertThrows(
                            InternalError.class,
                            () -> MemorySegment.copy(gone, 0, cases.arena.allocate(40), 0, 40));
                }
                assertFalse(guard.lost());
                assertThrows(
                        InternalError.class, () -> multiply(new JavaBackend(), weight(mapping), 1));
            }
        }
    }

    @Test
    void whatIsNoMappingIsRefusedAndClosedKernelsLetGo() throws IOException {
        NativeBackend backend = NativeBackend.load(NativeTiers.library(folder));
        MemorySegment floats = cases.arena.allocate(40);
        assertThrows(IllegalArgumentException.class, () -> backend.guard(floats));
        MemorySegment mapping = map(write("file"));
        assertThrows(IllegalArgumentException.class, () -> backend.guard(mapping.asSlice(8)));
        MappingGuard guard = backend.guard(mapping);
        backend.close();
        assertFalse(guard.lost());
        guard.close();
        assertThrows(IllegalStateException.class, () -> backend.guard(mapping));
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
