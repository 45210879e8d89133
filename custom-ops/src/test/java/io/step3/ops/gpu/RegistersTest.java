package io.step3.ops.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * What ptxas made of the tuned kernels, from its report: on every architecture of the fat binary
 * nothing is spilled, and registers of a thread block fit a multiprocessor as often as the kernel
 * says. Plain kernels may spill: they are for every shape, not for speed.
 */
class RegistersTest {
    private static final Path REPORT = Path.of("target/cuda/ptxas.txt");
    private static final int REGISTERS = 65536; // of a multiprocessor, on all of them
    private static final Set<Integer> ARCHITECTURES = Set.of(80, 89, 90, 100, 120);

    private static final Pattern ENTRY =
            Pattern.compile("Compiling entry function '(\\w+)' for 'sm_(\\d+)a?'");
    private static final Pattern SPILLS =
            Pattern.compile("(\\d+) bytes spill stores, (\\d+) bytes spill loads");
    private static final Pattern USED = Pattern.compile("Used (\\d+) registers");

    private record Usage(String kernel, int architecture, int spilled, int registers) {}

    private static List<Usage> report() throws IOException {
        assumeTrue(Files.exists(REPORT), "no nvcc in this build, so nothing of ptxas to read");
        List<Usage> all = new ArrayList<>();
        String kernel = "";
        int architecture = 0;
        int spilled = 0;
        for (String line : Files.readAllLines(REPORT)) {
            Matcher m = ENTRY.matcher(line);
            if (m.find()) {
                kernel = m.group(1);
                architecture = Integer.parseInt(m.group(2));
            }
            m = SPILLS.matcher(line);
            if (m.find()) {
                spilled = Integer.parseInt(m.group(1)) + Integer.parseInt(m.group(2));
            }
            m = USED.matcher(line);
            if (m.find() && !kernel.startsWith("plain_")) {
                all.add(new Usage(kernel, architecture, spilled, Integer.parseInt(m.group(1))));
            }
        }
        return all;
    }

    private static int threads(String kernel) {
        return switch (kernel) {
            case "mfa_plan", "group_places" -> 1024;
            case "mfa_decode_32x3", "mfa_decode_bf16_32x3" -> 128;
            default -> 256;
        };
    }

    /** Thread blocks that are to run beside each other on a multiprocessor. */
    private static int together(String kernel) {
        return switch (kernel) {
            case "block_linear_2x8", "block_linear_1x8", "dense_linear_3x8" -> 2;
            case "mfa_combine", "pack_f16x2", "pack_bf16x3", "pack_e4m3" -> 4;
            default -> 1;
        };
    }

    @Test
    void nothingSpillsOnAnyArchitecture() throws IOException {
        Set<String> kernels = new HashSet<>();
        Set<String> seen = new HashSet<>();
        for (Usage u : report()) {
            kernels.add(u.kernel);
            seen.add(u.kernel + " " + u.architecture);
            assertEquals(0, u.spilled, u.toString());
        }
        for (String kernel : kernels) {
            for (int architecture : ARCHITECTURES) {
                assertTrue(seen.contains(kernel + " " + architecture), kernel + architecture);
            }
        }
        assertTrue(kernels.contains("mfa_decode_64x3") && kernels.contains("block_linear_2x8"));
    }

    @Test
    void registersFitAsOftenAsBlocksAreToRunTogether() throws IOException {
        for (Usage u : report()) {
            int ofThread = Math.ceilDiv(u.registers, 8) * 8;
            int needed = ofThread * threads(u.kernel) * together(u.kernel);
            assertTrue(needed <= REGISTERS, u + " needs " + needed);
        }
    }

    /** The limits that a thread block may opt in to, of CUDA's programming guide, in bytes. */
    @Test
    void everyArchitectureHasVariantsWhoseSharedMemoryItHas() {
        int[][] limits = {{80, 166912}, {89, 101376}, {90, 232448}, {100, 232448}, {120, 101376}};
        for (int[] of : limits) {
            assertTrue(AttentionKernels.sharedDecode(of[1]) > 0, "sm_" + of[0]);
            assertTrue(AttentionKernels.sharedPrefill(of[1]) > 0, "sm_" + of[0]);
            int[][] gemms = {{2, 64, 64, 3}, {1, 64, 64, 3}, {1, 128, 64, 3}, {3, 128, 32, 3}};
            for (int[] g : gemms) {
                assertTrue(LinearTile.manyShared(g[0], g[1], g[2], g[3]) <= of[1], "sm_" + of[0]);
            }
            assertTrue(LinearTile.manyShared(2, 128, 64, 2) <= of[1], "sm_" + of[0]);
        }
    }
}
