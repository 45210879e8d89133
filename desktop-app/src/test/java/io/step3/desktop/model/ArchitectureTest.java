package io.step3.desktop.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who may know whom. */
class ArchitectureTest {

    private static final Path SOURCES = Path.of("src/main/java/io/step3/desktop");

    private static List<String> imports(String folder, String forbidden) throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES.resolve(folder))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .flatMap(
                            file -> {
                                try {
                                    return Files.readAllLines(file).stream()
                                            .filter(line -> line.matches(forbidden))
                                            .map(line -> file.getFileName() + ": " + line);
                                } catch (IOException e) {
                                    throw new java.io.UncheckedIOException(e);
                                }
                            })
                    .toList();
        }
    }

    @Test
    void viewModelsKnowNothingOfTheToolkitButProperties() throws IOException {
        assertEquals(
                List.of(),
                imports("model", "import (static )?javafx\\.(?!beans|collections|util).*"));
        assertEquals(List.of(), imports("model", ".*io\\.step3\\.desktop\\.(view|app|render).*"));
    }

    @Test
    void viewsDoNotKnowTheEngineThatGenerates() throws IOException {
        assertEquals(List.of(), imports("view", "import io\\.step3\\.(generate|model|ops).*"));
        assertEquals(List.of(), imports("view", "import io\\.step3\\.desktop\\.app.*"));
    }
}
