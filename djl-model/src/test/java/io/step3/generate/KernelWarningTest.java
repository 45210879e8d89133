package io.step3.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that computes slowly for a reason nobody asked for says so. */
class KernelWarningTest {

    @TempDir private Path folder;

    /** Loads and closes a model. */
    static final class Program {
        public static void main(String[] arguments) {
            Step3.load(Path.of(arguments[0])).close();
        }
    }

    @Test
    void aLibraryThatCannotBeLaidIsToldOnceWithTheReason() throws Exception {
        Path cache = folder.resolve("cache");
        Files.createDirectory(cache);
        Files.writeString(cache.resolve("native"), "no folder");
        Path output = folder.resolve("output");
        var builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName(),
                        Path.of(System.getProperty("step3.golden"), "checkpoints/a").toString());
        builder.environment().put("STEP3_CACHE", cache.toString());
        builder.environment().remove("STEP3_KERNELS");
        Process child = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
        assertTrue(child.waitFor(60, TimeUnit.SECONDS), "it hangs");
        String said = Files.readString(output);
        assertEquals(0, child.exitValue(), said);
        List<String> warnings = said.lines().filter(line -> line.contains("plain Java")).toList();
        assertEquals(1, warnings.size(), said);
    }
}
