package io.step3.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The C ABI under AddressSanitizer and UndefinedBehaviorSanitizer, where there are a compiler and
 * CMake: right arguments in memory of exactly their size, and hostile ones. The scalar tier stands
 * for all, whose checks are the same.
 */
@EnabledOnOs(OS.LINUX)
class SanitizedAbiTest {
    private static final Path MODULE = Path.of("").toAbsolutePath();
    private static final Path BUILD = MODULE.resolve("target/sanitized");

    @TempDir private Path folder;

    private int run(String... command) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("ASAN_OPTIONS", "detect_leaks=0");
        Process process;
        try {
            process = builder.redirectOutput(folder.resolve("output").toFile()).start();
        } catch (IOException e) {
            return 127; // there is no such program
        }
        assertTrue(process.waitFor(300, TimeUnit.SECONDS), () -> List.of(command) + " hangs");
        return process.exitValue();
    }

    @Test
    void hostileArgumentsAreRefusedWithoutUndefinedBehaviour() throws Exception {
        Path source = Files.writeString(folder.resolve("probe.cpp"), "int main() { return 0; }");
        String probe = folder.resolve("probe").toString();
        boolean sanitizers =
                run("c++", "-fsanitize=address,undefined", "-o", probe, source.toString()) == 0
                        && run(probe) == 0
                        && run("cmake", "--version") == 0;
        Assumptions.assumeTrue(sanitizers, "no compiler with sanitizers, or no CMake");
        int configured =
                run(
                        "cmake",
                        "-S",
                        MODULE.resolve("src/main/native").toString(),
                        "-B",
                        BUILD.toString(),
                        "-DCMAKE_BUILD_TYPE=Debug",
                        "-DSTEP3_SANITIZE=ON",
                        "-DSTEP3_TIERS=OFF");
        assertEquals(0, configured, () -> said());
        assertEquals(0, run("cmake", "--build", BUILD.toString()), () -> said());
        assertEquals(0, run(BUILD.resolve("abi_harness").toString(), "20"), () -> said());
        assertTrue(said().matches("\\d{3,} calls taken, \\d{4,} refused\\s*"), said());
    }

    private String said() {
        try {
            return Files.readString(folder.resolve("output"));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
