package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.checkpoint.Dimension;
import io.step3.checkpoint.Step3Tensor;
import io.step3.checkpoint.TensorPart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The tables of {@code docs/tensors.md} are those that the loader reads. */
class TensorTableTest {

    private static final Path PAGE = Golden.ROOT.resolve("../../docs/tensors.md");

    @ParameterizedTest
    @EnumSource
    void thePageHoldsTheTableOfThisPart(TensorPart part) throws IOException {
        String table = table(part);
        // A blank line, or the end, so that no row is too much.
        assertTrue(
                (Files.readString(PAGE) + "\n").contains(table + "\n"),
                "docs/tensors.md must hold this table:\n" + table);
    }

    private static String table(TensorPart part) {
        return "| name | shape |\n|---|---|\n"
                + Arrays.stream(Step3Tensor.values())
                        .filter(tensor -> tensor.part() == part)
                        .map(TensorTableTest::row)
                        .collect(Collectors.joining());
    }

    private static String row(Step3Tensor tensor) {
        String shape =
                tensor.dimensions().stream()
                        .map(Dimension::toString)
                        .collect(Collectors.joining(", "));
        return "| `%s` | `[%s]` |\n".formatted(tensor.pattern(), shape);
    }
}
