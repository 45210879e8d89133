package io.step3.ops.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.step3.ops.cuda.EmulatedDevice;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The check of a device's kernels, on the emulated one at small sizes. */
class GpuCheckTest {
    private final EmulatedDevice device = EmulatedDevice.fresh();

    @TempDir Path folder;

    @BeforeEach
    void needsKernels() {
        assumeTrue(ptx("plain_rows") != null, "no CUDA kernels in this build");
        device.set("MULTIPROCESSORS", 4);
    }

    @AfterEach
    void mend() {
        device.mend();
        device.reset();
    }

    private record Result(boolean passed, String table, JsonArray json) {
        Set<String> kernels(boolean pass) {
            Set<String> all = new TreeSet<>();
            for (JsonElement line : json) {
                JsonObject o = line.getAsJsonObject();
                if (o.has("pass") && o.get("pass").getAsBoolean() == pass) {
                    all.add(o.get("what").getAsString());
                }
            }
            return all;
        }
    }

    private Result run(long seed) throws IOException {
        Path json = folder.resolve("check.json");
        ByteArrayOutputStream table = new ByteArrayOutputStream();
        boolean passed =
                GpuCheck.run(
                        EmulatedDevice.library(),
                        json,
                        seed,
                        new PrintStream(table, true, StandardCharsets.UTF_8));
        return new Result(
                passed,
                table.toString(StandardCharsets.UTF_8),
                JsonParser.parseString(Files.readString(json)).getAsJsonArray());
    }

    @Test
    void everyKernelPassesAndIsInTheTableAndTheJson() throws IOException {
        Result result = run(1);
        assertTrue(result.passed, result.table);
        assertEquals(Set.of(), result.kernels(false));
        Set<String> kernels = result.kernels(true);
        Set<String> wanted =
                Set.of(
                        "instructions",
                        "rms norm",
                        "silu",
                        "rotate",
                        "append f16",
                        "router",
                        "grouping",
                        "linear fp8",
                        "linear bf16",
                        "experts fp8",
                        "decode attention",
                        "decode, 1 splits",
                        "prefill attention",
                        "vision attention");
        assertTrue(kernels.containsAll(wanted), kernels.toString());
        for (JsonElement line : result.json) {
            JsonObject o = line.getAsJsonObject();
            if (o.has("what")) {
                assertTrue(result.table.contains(o.get("what").getAsString()), o.toString());
            }
            if (o.has("error")) {
                double error = o.get("error").getAsDouble();
                assertTrue(error <= o.get("allowed").getAsDouble(), o.toString());
            }
        }
        assertTrue(result.json.get(0).getAsJsonObject().get("emulated").getAsBoolean());
        assertTrue(result.table.contains("TIMES MEAN NOTHING"));
        assertFalse(result.table.contains("FAIL"), result.table);
        assertTrue(Files.size(folder.resolve("ptx-vectors.bin")) > 100_000);
        assertEquals("", device.error());
    }

    /** A kernel that computes something else fails, and nothing beside it. */
    @Test
    void aKernelThatIsWrongFails() throws IOException {
        String kernel = "plain_silu_multiply";
        List<String> lines = ptx("plain_rows").lines().toList();
        int line = 0;
        while (!lines.get(line).contains(".entry " + kernel + "(")) {
            line++;
        }
        while (!lines.get(line).contains("st.global.f32")) {
            line++;
        }
        String register = lines.get(line).replaceAll(".*(%f\\d+);.*", "$1");
        while (!lines.get(line).contains("mul.f32 \t" + register + ",")) {
            line--;
        }
        device.mutate(kernel, line + 1, lines.get(line).replace("mul.f32", "add.f32"));
        Result result = run(2);
        assertFalse(result.passed, result.table);
        assertEquals(Set.of("silu"), result.kernels(false));
        assertTrue(result.table.contains("FAIL"), result.table);
    }

    private static String ptx(String module) {
        try (InputStream in = GpuBackend.class.getResourceAsStream("kernels/" + module + ".ptx")) {
            return in == null ? null : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
