package io.step3.ops.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.step3.ops.cuda.EmulatedDevice;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.DiscoverySelector;

/**
 * The tests of the kernels, on kernels that lack a barrier, a wait for copies or a bounds check:
 * the emulated device must complain, or the numbers be wrong. Which mutants nobody can notice is in
 * {@code unnoticed.properties}, with the reason: kernel, kind and number, or a kernel that no test
 * launches.
 */
class MutationTest {
    private static final Path TABLE = Path.of("target/mutations.md");

    /** Classes whose tests launch kernels. */
    private static final List<String> TESTS =
            List.of("GpuBackendTest", "TunedAttentionTest", "TunedLinearTest");

    private final EmulatedDevice device = EmulatedDevice.fresh();
    private final Properties index = new Properties();

    @BeforeEach
    void begin() throws IOException {
        try (InputStream in = GpuBackend.class.getResourceAsStream("kernels/kernels.properties")) {
            assumeTrue(in != null, "no CUDA kernels in this build");
            index.load(in);
        }
    }

    @AfterEach
    void end() {
        device.mend();
        device.reset();
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.split(" ")).filter(w -> !w.isEmpty()).toList();
    }

    private List<Mutant> mutants() throws IOException {
        List<Mutant> all = new ArrayList<>();
        for (String module : words(index.getProperty("modules"))) {
            try (InputStream in =
                    GpuBackend.class.getResourceAsStream("kernels/" + module + ".ptx")) {
                all.addAll(Mutant.of(new String(in.readAllBytes(), StandardCharsets.UTF_8)));
            }
        }
        return all;
    }

    private KernelCases cases(List<String> tests) {
        Set<String> kernels = new TreeSet<>();
        for (String module : words(index.getProperty("modules"))) {
            kernels.addAll(words(index.getProperty(module + ".kernels")));
        }
        return new KernelCases(
                device,
                kernels,
                tests.stream().flatMap(MutationTest::selected).toArray(DiscoverySelector[]::new));
    }

    private static Stream<DiscoverySelector> selected(String name) {
        try {
            return Stream.of(selectClass(Class.forName("io.step3.ops.gpu." + name)));
        } catch (ClassNotFoundException e) {
            return Stream.empty();
        }
    }

    private enum Verdict {
        COMPLAINT,
        NUMBERS,
        NOTHING,
        NOT_RUN
    }

    private Verdict verdict(Mutant mutant, KernelCases cases) {
        List<KernelCases.Case> own = cases.of(mutant.kernel());
        if (own.isEmpty()) {
            return Verdict.NOT_RUN;
        }
        device.mutate(mutant.kernel(), mutant.line(), mutant.replacement());
        try {
            for (KernelCases.Case one : own) {
                Optional<Throwable> failure = cases.run(one);
                assertFalse(device.mutated() == 0, () -> mutant + " was never loaded");
                if (failure.isPresent()) {
                    return device.error().isEmpty() ? Verdict.NUMBERS : Verdict.COMPLAINT;
                }
            }
            return Verdict.NOTHING;
        } finally {
            device.mend();
        }
    }

    /** Those of the kernel that has most to wait for. */
    @Test
    void mutantsOfTheKernelThatAttendsAreNoticed() throws IOException {
        KernelCases cases = cases(List.of("TunedAttentionTest"));
        Properties unnoticed = unnoticed();
        int noticed = 0;
        for (Mutant m : mutants()) {
            if (m.kernel().equals("mfa_decode_64x3") && !unnoticed.containsKey(m.key())) {
                Verdict v = verdict(m, cases);
                assertTrue(v == Verdict.COMPLAINT || v == Verdict.NUMBERS, () -> m + " passes");
                noticed++;
            }
        }
        assertTrue(noticed >= 4, "only " + noticed + " mutants");
    }

    private static Properties unnoticed() throws IOException {
        Properties all = new Properties();
        try (InputStream in = MutationTest.class.getResourceAsStream("unnoticed.properties")) {
            all.load(in);
        }
        return all;
    }

    /** All of them, for a table. Takes many minutes. */
    @Test
    @Tag("sweep")
    void everyMutantIsNoticed() throws IOException {
        KernelCases cases = cases(TESTS);
        Map<Mutant, Verdict> verdicts = new LinkedHashMap<>();
        for (Mutant m : mutants()) {
            long start = System.nanoTime();
            Verdict v = verdict(m, cases);
            verdicts.put(m, v);
            System.out.printf("%-11s %5d ms  %s%n", v, (System.nanoTime() - start) / 1_000_000, m);
        }
        Files.writeString(TABLE, table(verdicts));
        Set<String> survived = new TreeSet<>();
        verdicts.forEach(
                (m, v) -> {
                    if (v == Verdict.NOTHING || v == Verdict.NOT_RUN) {
                        survived.add(v == Verdict.NOTHING ? m.key() : m.kernel());
                    }
                });
        assertEquals(new TreeSet<>(unnoticed().stringPropertyNames()), survived);
    }

    /** By kernel: how many of each kind were noticed of how many, by whom. */
    private String table(Map<Mutant, Verdict> verdicts) throws IOException {
        Map<String, Map<Mutant.Kind, int[]>> kernels = new TreeMap<>();
        Map<String, int[]> how = new TreeMap<>();
        verdicts.forEach(
                (m, v) -> {
                    int[] noticed =
                            kernels.computeIfAbsent(m.kernel(), k -> new TreeMap<>())
                                    .computeIfAbsent(m.kind(), k -> new int[2]);
                    noticed[0] += v == Verdict.COMPLAINT || v == Verdict.NUMBERS ? 1 : 0;
                    noticed[1]++;
                    how.computeIfAbsent(m.kernel(), k -> new int[Verdict.values().length])[
                            v.ordinal()]++;
                });
        StringBuilder text =
                new StringBuilder(
                        """
                        | kernel | barriers | waits | waits weakened | bounds checks | the device complains | the numbers are wrong | nobody notices |
                        |---|---|---|---|---|---|---|---|
                        """);
        kernels.forEach(
                (kernel, kinds) -> {
                    text.append("| `").append(kernel).append("` |");
                    for (Mutant.Kind kind : Mutant.Kind.values()) {
                        int[] n = kinds.get(kind);
                        text.append(n == null ? " - |" : " %d of %d |".formatted(n[0], n[1]));
                    }
                    int[] by = how.get(kernel);
                    text.append(" %d | %d | %d |%n".formatted(by[0], by[1], by[2] + by[3]));
                });
        Properties reasons = unnoticed();
        text.append(
                "\nMade with nvcc %s. Not noticed:\n\n".formatted(index.getProperty("toolkit")));
        Set<String> named = new LinkedHashSet<>();
        verdicts.forEach(
                (m, v) -> {
                    if (v == Verdict.NOTHING || v == Verdict.NOT_RUN) {
                        named.add(v == Verdict.NOTHING ? m.key() : m.kernel());
                    }
                });
        named.forEach(
                n ->
                        text.append(
                                "- `%s`: %s%n"
                                        .formatted(n, reasons.getProperty(n, "not explained"))));
        return text.toString();
    }
}
