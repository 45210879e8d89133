package io.step3.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.ops.BackendLoader;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All operations at widths that take no time, with every figure looked at. */
class KernelBenchTest {

    private static final Widths SMALL =
            new Widths(128, 32, 2, 16, 192, 8, 3, 64, 300, 32, 2, 96, 4, 2);

    private static WeightMemory memory() {
        long bytes = OperationCases.wantedMemory(SMALL);
        return WeightMemory.reserve(bytes, OperationCases.leastMemory(SMALL));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "java"})
    void everyOperationPrintsFiniteFigures(String wanted) {
        try (BackendLoader.Choice choice = BackendLoader.load(wanted);
                WeightMemory weights = memory();
                Ceiling ceiling = Ceiling.over(weights.memory(), 2)) {
            List<OperationCase> cases = OperationCases.of(choice.backend(), weights, SMALL);
            List<Row> rows = new ArrayList<>();
            new KernelBench(ceiling, () -> false).run(cases, 0.01, rows::add);
            assertEquals(cases.size(), rows.size());
            Set<String> names = new HashSet<>();
            for (Row row : rows) {
                assertTrue(names.add(row.name() + row.tokens()), row.name() + " twice");
                assertPositive(row, row.samples().median());
                assertPositive(row, row.gigabytes().orElseThrow());
                row.gigaflops().ifPresent(value -> assertPositive(row, value));
                row.share().ifPresent(share -> assertPositive(row, share.percent()));
            }
            boolean weighed = rows.stream().anyMatch(row -> row.share().isPresent());
            assertEquals(ceiling.isKnown(), weighed);
        }
    }

    private static void assertPositive(Row row, double value) {
        assertTrue(value > 0 && Double.isFinite(value), () -> row.name() + ": " + value);
    }

    @Test
    void expertsCountTheBytesOfThoseThatAreChosenOnly() {
        try (BackendLoader.Choice choice = BackendLoader.load("java");
                WeightMemory weights = memory()) {
            List<OperationCase> experts =
                    OperationCases.of(choice.backend(), weights, SMALL).stream()
                            .filter(each -> each.name().startsWith("experts"))
                            .toList();
            long one = SMALL.expertBytes();
            long activations = 2L * Float.BYTES * SMALL.hidden();
            assertEquals(3 * one + activations, experts.getFirst().bytes());
            assertTrue(experts.get(1).bytes() > 3 * one, "more tokens choose more experts");
            assertTrue(experts.getLast().bytes() <= 8 * one + 512 * activations, "there are eight");
        }
    }

    @Test
    void weightsAreNumbersInEveryType() {
        try (WeightMemory weights = memory()) {
            var memory = weights.memory();
            for (long i = 0; i < memory.byteSize(); i += 2) {
                int bits = memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, i) << 16;
                float bf16 = Math.abs(Float.intBitsToFloat(bits));
                assertTrue(bf16 > 0.001f && bf16 < 4, "bf16 " + bf16);
                int code = memory.get(ValueLayout.JAVA_BYTE, i) & 0x7f;
                assertTrue(code != 0x7f, "NaN in fp8");
            }
        }
    }

    @Test
    void memoryOfAnySizeHoldsWhatIsNeeded() {
        try (WeightMemory weights = WeightMemory.reserve(1_500_000, 1_500_000)) {
            assertTrue(weights.memory().byteSize() >= 1_500_000);
        }
    }

    @Test
    void memoryThatIsNotThereIsNotTaken() {
        var refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> WeightMemory.reserve(1L << 60, 1L << 60));
        assertTrue(refused.getMessage().contains("MiB of free memory"), refused.getMessage());
    }

    @Test
    void aWishToStopEndsItBeforeTheNextSample() {
        try (BackendLoader.Choice choice = BackendLoader.load("java");
                WeightMemory weights = memory();
                Ceiling ceiling = Ceiling.over(weights.memory(), 1)) {
            List<OperationCase> cases = OperationCases.of(choice.backend(), weights, SMALL);
            KernelBench bench = new KernelBench(ceiling, () -> true);
            List<Row> rows = new ArrayList<>();
            assertThrows(CancellationException.class, () -> bench.run(cases, 3600, rows::add));
            assertTrue(rows.isEmpty());
        }
    }
}
