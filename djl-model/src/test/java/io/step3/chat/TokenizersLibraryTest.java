package io.step3.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Which tokenizers library a process loads. */
@EnabledOnOs(OS.LINUX)
class TokenizersLibraryTest {

    private static final Path CHECKPOINT =
            Path.of(System.getProperty("step3.golden"), "checkpoints/a");

    @TempDir private Path folder;

    private List<String> run(Map<String, String> environment, String... options)
            throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-Xmx128m");
        command.add("-Djava.io.tmpdir=" + folder);
        command.addAll(Arrays.asList(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(TokenizerProgram.class.getName(), CHECKPOINT.toString()));
        Path output = folder.resolve("output");
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        List.of("STEP3_CACHE", "XDG_CACHE_HOME", "DJL_CACHE_DIR", "ENGINE_CACHE_DIR", "RUST_FLAVOR")
                .forEach(builder.environment()::remove);
        builder.environment().putAll(environment);
        Process child = builder.redirectOutput(output.toFile()).start();
        assertTrue(child.waitFor(60, TimeUnit.SECONDS), "it hangs");
        String said = Files.readString(output);
        assertEquals(0, child.exitValue(), said);
        return said.lines().filter(line -> line.matches("(ids|library|refused).*")).toList();
    }

    private static Path library(List<String> said) {
        assertEquals(2, said.size(), said.toString());
        assertTrue(said.getFirst().startsWith("ids ["), said.toString());
        return Path.of(said.getLast().substring("library ".length()));
    }

    @Test
    void aDamagedLibraryIsReplacedAndOneInTheCacheOfDjlIsNotLoaded() throws Exception {
        Path cache = folder.resolve("cache");
        Path djl = folder.resolve("djl");
        Path planted =
                Files.createDirectories(djl.resolve("tokenizers/0.21.0-0.36.0-cpu-linux-x86_64"))
                        .resolve("libtokenizers.so");
        Files.writeString(planted, "no library");
        var environment =
                Map.of(
                        "STEP3_CACHE", cache.toString(),
                        "DJL_CACHE_DIR", djl.toString(),
                        "ENGINE_CACHE_DIR", djl.toString());
        Path library = library(run(environment));
        assertTrue(library.startsWith(cache.toRealPath()), library.toString());
        long size = Files.size(library);
        Files.write(library, new byte[1000]);
        assertEquals(library, library(run(environment)));
        assertEquals(size, Files.size(library));
        assertEquals("no library", Files.readString(planted));
    }

    @Test
    void withoutAHomeItLiesInAFolderThatBelongsToTheUser() throws Exception {
        Path planted = Files.createDirectories(folder.resolve(".djl.ai/tokenizers"));
        Path library = library(run(Map.of(), "-Duser.home=?"));
        Object user = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        assertTrue(
                library.startsWith(folder.toRealPath().resolve("step3-" + user)),
                library.toString());
        try (var files = Files.list(planted)) {
            assertFalse(files.findAny().isPresent());
        }
    }

    @Test
    void aCacheThatCannotBeUsedIsNamedInOneSentence() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "no folder");
        Path open = Files.createDirectory(folder.resolve("open"));
        Files.setAttribute(open, "unix:mode", 0777);
        for (Path cache : List.of(file, open.resolve("cache"))) {
            List<String> said = run(Map.of("STEP3_CACHE", cache.toString()));
            assertEquals(1, said.size(), said.toString());
            String sentence = said.getFirst();
            assertTrue(sentence.startsWith("refused: the tokenizers library"), sentence);
            assertTrue(sentence.contains(cache.toString()), sentence);
            assertTrue(sentence.contains("set STEP3_CACHE to a folder"), sentence);
            assertFalse(sentence.contains("tokenizer.json"), sentence);
        }
    }
}
