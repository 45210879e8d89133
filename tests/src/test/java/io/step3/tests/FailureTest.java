package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.generate.Step3;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.model.PlacementRequest;
import io.step3.model.Prompt;
import io.step3.ops.Backend;
import io.step3.ops.BackendLoader;
import io.step3.ops.Buffer;
import io.step3.ops.Device;
import io.step3.ops.Format;
import io.step3.ops.KeyValues;
import io.step3.ops.KvFormat;
import io.step3.ops.Matrix;
import io.step3.ops.Stream;
import io.step3.ops.Weight;
import io.step3.ops.WeightType;
import io.step3.ops.cuda.CudaException;
import io.step3.ops.cuda.EmulatedDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever fails on a device ends in a sentence, or on the CPU: never in a wrong number, a dead
 * process, or memory that nobody frees.
 */
@Tag("device")
class FailureTest {
    private static final Path FOLDER = Golden.checkpoint("a");
    private static final Prompt PROMPT = Prompt.of(5, 6, 7, 8, 9);
    private static final ModelOptions AUTO =
            ModelOptions.DEFAULT.withContextLength(256).withPrefillChunk(16);
    private static final int TOKENS = 4;

    private final Logger logger = Logger.getLogger(Step3.class.getName());
    private final List<String> warnings = new ArrayList<>();
    private final Handler hears =
            new Handler() {
                @Override
                public void publish(LogRecord entry) {
                    warnings.add(entry.getMessage());
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            };

    private EmulatedDevice emulated;
    private int[] expected;

    @TempDir private Path folder;

    @BeforeEach
    void begin() {
        emulated = DeviceTests.fresh();
        logger.addHandler(hears);
        logger.setUseParentHandlers(false);
        expected = greedy("cpu", TOKENS);
        assertEquals(0, emulated.calls("cuInit"));
    }

    @AfterEach
    void end() {
        logger.removeHandler(hears);
        logger.setUseParentHandlers(true);
    }

    private static Step3 load(String placement) {
        return Step3.load(
                FOLDER, AUTO.withPlacement(PlacementRequest.parse(placement)), LoadProgress.NONE);
    }

    private static int[] greedy(String placement, int tokens) {
        try (Step3 step3 = load(placement)) {
            return step3.greedy(PROMPT, tokens);
        }
    }

    private void assertNothingIsLeft() {
        for (String what : List.of("bytes", "streams", "events", "modules", "contexts")) {
            assertEquals(0, emulated.live(what), what);
        }
    }

    @Test
    void withoutFailuresTheDeviceAnswersAsTheCpu() {
        assertArrayEquals(expected, greedy("auto", TOKENS));
        assertTrue(emulated.count("launches") > 0);
        assertEquals(List.of(), warnings);
        assertNothingIsLeft();
    }

    @Test
    void whatCannotBeUsedIsPassedOverOrRefusedIfItIsAskedFor() {
        for (String[] unusable :
                new String[][] {{"NONE", "1"}, {"SM", "75"}, {"DRIVER", "11040"}}) {
            emulated.reset();
            emulated.set(unusable[0], unusable[1]);
            assertArrayEquals(expected, greedy("auto", TOKENS));
            var refused = assertThrows(IllegalArgumentException.class, () -> load("gpu"));
            assertTrue(
                    refused.getMessage().startsWith("the placement gpu needs a device: "),
                    refused.getMessage());
            assertNothingIsLeft();
        }
    }

    /** Each of the allocations of a load fails in turn. */
    @Test
    void aDeviceThatIsFullInTheMiddleOfALoadLeavesNothingBehind() {
        int failed = 0;
        for (int n = 1; ; n += 1 + n / 3) {
            emulated.set("FAIL_ALLOCATION", n);
            boolean fits;
            try (Step3 step3 = load("gpu")) {
                fits = true;
            } catch (OutOfMemoryError e) {
                assertTrue(e.getMessage().contains("bytes left on emulated"), e.getMessage());
                fits = false;
            } catch (IllegalArgumentException e) { // before the first weight
                assertTrue(e.getMessage().contains("needs a device: "), e.getMessage());
                fits = false;
            }
            assertNothingIsLeft();
            if (fits) {
                break;
            }
            failed++;
            emulated.set("FAIL_ALLOCATION", n);
            assertArrayEquals(expected, greedy("auto", TOKENS));
            assertNothingIsLeft();
        }
        emulated.set("FAIL_ALLOCATION", -1);
        assertTrue(failed > 5, failed + " loads failed");
        assertTrue(
                warnings.stream().anyMatch(w -> w.contains("everything is computed on the CPU: ")),
                warnings.toString());
    }

    @Test
    void aDeviceThatIsLostEndsTheAnswerAndTheNextLoadIsOnTheCpu() {
        try (Step3 step3 = load("auto")) {
            emulated.set("LOST_AFTER", emulated.count("launches") + 150);
            CudaException lost =
                    assertThrows(CudaException.class, () -> step3.greedy(PROMPT, 1000));
            assertTrue(lost.isLost());
            assertEquals(1, lost.getMessage().lines().count(), lost.getMessage());
            CudaException again =
                    assertThrows(CudaException.class, () -> step3.greedy(PROMPT, TOKENS));
            assertTrue(again.isLost());
        }
        assertArrayEquals(expected, greedy("auto", TOKENS));
        assertEquals(0, emulated.live("contexts"));
    }

    @Test
    void anAnswerThatNoMemoryIsLeftForFailsAloneAndTheNextSucceeds() {
        try (Step3 step3 = load("auto")) {
            assertArrayEquals(expected, step3.greedy(PROMPT, TOKENS));
            emulated.set("FAIL", "cuMemAlloc:1:2");
            OutOfMemoryError e =
                    assertThrows(OutOfMemoryError.class, () -> step3.greedy(PROMPT, 200));
            assertTrue(e.getMessage().contains("bytes left on emulated"), e.getMessage());
            emulated.set("FAIL", "");
            assertArrayEquals(expected, step3.greedy(PROMPT, TOKENS));
        }
        assertNothingIsLeft();
    }

    @Test
    void aThousandSessionsLeaveTheDeviceAsItWas() {
        try (Device device = BackendLoader.device()) {
            Backend backend = device.backend().orElseThrow();
            long before = device.freeBytes();
            for (int i = 0; i < 1000; i++) {
                try (Arena arena = Arena.ofShared();
                        Stream stream = backend.newStream();
                        KeyValues cache = backend.newCache(KvFormat.F32, 2, 128, 32)) {
                    stream.view(backend.allocate(arena, 64L + cache.capacity()));
                }
            }
            assertEquals(before, device.freeBytes());
        }
        assertNothingIsLeft();
    }

    /** The kernels of the tensor cores widen codes by shifting, where NaN would be a number. */
    @Test
    void aCodeOfFp8ThatIsNoNumberIsNoneOnTheDevice() {
        int rows = 130;
        int cols = 256;
        try (Device device = BackendLoader.device();
                Arena arena = Arena.ofShared()) {
            Backend backend = device.backend().orElseThrow();
            for (int tokens : new int[] {1, 20}) {
                for (int broken : new int[] {-1, 77}) {
                    MemorySegment codes = arena.allocate((long) rows * cols);
                    codes.fill((byte) 0x38); // 1.0
                    if (broken >= 0) {
                        codes.set(ValueLayout.JAVA_BYTE, (long) broken * cols + 3, (byte) 0xff);
                    }
                    MemorySegment scales =
                            arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1f, 1f, 1f, 1f);
                    var format = new Format.Blocks(WeightType.F8_E4M3, 128, 128, scales);
                    Matrix w = backend.hold(new Weight(format, codes, rows, cols));
                    float[] ones = new float[tokens * cols];
                    Arrays.fill(ones, 1);
                    float[] out = new float[tokens * rows];
                    try (Stream stream = backend.newStream()) {
                        Buffer x = backend.allocate(arena, 4L * ones.length);
                        Buffer y = backend.allocate(arena, 4L * out.length);
                        stream.write(x, MemorySegment.ofArray(ones));
                        stream.linear(y, x, w, null, tokens);
                        stream.read(MemorySegment.ofArray(out), y);
                    }
                    for (int i = 0; i < out.length; i++) {
                        assertEquals(i % rows == broken ? Float.NaN : cols, out[i], "number " + i);
                    }
                }
            }
        }
    }

    /** Answers without end until the process ends. */
    static final class Program {
        public static void main(String[] arguments) throws InterruptedException {
            Step3 step3 = load("gpu");
            for (int i = 0; i < 2; i++) {
                Thread.ofPlatform()
                        .daemon()
                        .start(
                                () -> {
                                    while (true) {
                                        step3.greedy(PROMPT, 100);
                                    }
                                });
            }
            Thread.sleep(500);
            System.exit(7);
        }
    }

    @Test
    void aProcessEndsWithWorkInFlight() throws Exception {
        Path output = folder.resolve("output");
        Process child =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Xmx256m",
                                "-Dstep3.golden=" + System.getProperty("step3.golden"),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Program.class.getName())
                        .directory(folder.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        assertTrue(child.waitFor(120, TimeUnit.SECONDS), "it hangs");
        assertEquals(7, child.exitValue(), Files.readString(output));
        assertFalse(Files.readString(output).contains("SIGSEGV"), Files.readString(output));
    }
}
