package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.bench.Table;
import io.step3.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code step3 bench} as it is typed. */
class BenchCommandTest {

    @Test
    void aModelIsMeasuredAndWrittenAsCsv(@TempDir Path folder) throws Exception {
        Path csv = folder.resolve("model.csv");
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int code =
                Main.run(
                        InputStream.nullInputStream(),
                        out,
                        err,
                        false,
                        "bench",
                        "model",
                        "--seconds",
                        "1",
                        "--csv",
                        csv.toString());
        assertEquals(0, code, err.toString(StandardCharsets.UTF_8));
        List<String> lines = Files.readAllLines(csv);
        assertEquals(Table.CSV_HEADER, lines.getFirst());
        String printed = out.toString(StandardCharsets.UTF_8);
        assertEquals(lines.size() + 1, printed.lines().count(), printed);
        assertTrue(printed.contains("read a prompt"), printed);
        assertTrue(lines.stream().anyMatch(line -> line.startsWith("model,\"load\",")));
    }

    @Test
    void whatCannotBeMeasuredIsRefusedBeforeAnythingIs(@TempDir Path folder) throws Exception {
        CommandLineTest.assertRefused("WHAT", "bench");
        CommandLineTest.assertRefused("\"kernel\"", "bench", "kernel");
        CommandLineTest.assertRefused("--seconds", "bench", "kernels", "--seconds", "0");
        CommandLineTest.assertRefused("--seconds", "bench", "kernels", "--seconds", "9999");
        CommandLineTest.assertRefused("--seconds", "bench", "kernels", "--seconds", "soon");
        CommandLineTest.assertRefused("\"zzz\"", "bench", "kernels", "--only", "zzz");
        CommandLineTest.assertRefused("--only", "bench", "streams", "--only", "fp8");
        CommandLineTest.assertRefused("--model", "bench", "kernels", "--model", "x");
        CommandLineTest.assertRefused("--placement", "bench", "kernels", "--placement", "cpu");
        CommandLineTest.assertRefused("is a folder", "bench", "model", "--csv", folder.toString());
        Path nowhere = folder.resolve("nowhere/table.csv");
        CommandLineTest.assertRefused(
                "does not exist", "bench", "model", "--csv", nowhere.toString());
        assertFalse(Files.exists(nowhere));
    }
}
