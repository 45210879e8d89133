package io.step3.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A shard that goes away while it answers costs the answer, never the process. {@code
 * -Dstep3.lost.rounds=100} runs more rounds and prints their figures.
 */
@DisabledOnOs(OS.WINDOWS)
class LostShardTest {

    private static final int ROUNDS = Integer.getInteger("step3.lost.rounds", 10);

    @TempDir private Path folder;

    @Test
    void aShardThatIsLostEndsTheAnswersWithASentenceThatNamesIt() throws Exception {
        Path output = folder.resolve("output");
        Process child =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:ErrorFile=" + folder.resolve("report"),
                                "-XX:-CreateCoredumpOnCrash",
                                "-Xmx256m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                LostShardProgram.class.getName(),
                                Path.of(System.getProperty("step3.golden"), "checkpoints/a")
                                        .toString(),
                                folder.toString(),
                                String.valueOf(ROUNDS),
                                "1")
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        assertTrue(child.waitFor(60 + 5L * ROUNDS, TimeUnit.SECONDS), "it hangs");
        String said = Files.readString(output);
        assertEquals(0, child.exitValue(), said);
        List<String> lines = said.lines().toList();
        assertTrue(lines.getLast().startsWith(ROUNDS + " rounds"), said);
        System.out.println(lines.getLast());
    }
}
