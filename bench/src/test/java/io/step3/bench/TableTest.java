package io.step3.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TableTest {

    private static Table table() {
        Table table = new Table("cpu avx2", 2);
        table.add(Row.of("model", "load", 0, "ms", Samples.of(3, 1, 2)));
        table.add(
                Row.of("kernels", "a \"b\", c", 8, "ms", Samples.of(0.5))
                        .with(
                                OptionalDouble.of(12.5),
                                OptionalDouble.of(25),
                                Optional.of(new Row.Share(Limit.MEMORY, 50, 25))));
        return table;
    }

    @Test
    void aLineOfCsvHasAFieldForEachColumnAndEmptyOnesForWhatIsNotKnown() {
        String[] lines = table().toCsv().split("\n");
        assertEquals(3, lines.length);
        assertEquals(Table.CSV_HEADER, lines[0]);
        assertEquals("model,\"load\",,cpu avx2,2,3,ms,2.00000,1.50000,2.50000,,,,,", lines[1]);
        assertEquals(
                "kernels,\"a \"\"b\"\", c\",8,cpu avx2,2,1,ms,0.500000,0.500000,0.500000,"
                        + "12.5000,25.0000,read,50.0000,25.0000",
                lines[2]);
    }

    @Test
    void theTextShowsTheShareOfTheCeiling() {
        String line = Table.text(table().rows().getLast());
        assertArrayEquals(
                new String[] {
                    "a", "\"b\",", "c", "8", "0.50", "ms", "0%", "12.5", "25.0", "read", "50.0",
                    "25.0%"
                },
                line.split(" +"));
    }

    @Test
    void aFileIsReplacedWholeAndNothingIsLeftBeside(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("table.csv");
        Files.writeString(file, "what was there before, and longer than what comes".repeat(50));
        table().write(file);
        assertEquals(table().toCsv(), Files.readString(file));
        Files.createDirectories(folder.resolve("taken/full"));
        assertThrows(IOException.class, () -> table().write(folder.resolve("taken")));
        try (var left = Files.list(folder)) {
            assertEquals(2, left.count());
        }
    }
}
