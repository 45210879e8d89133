package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's promises that can be run. */
class ReadmeTest {

    private static final Path README = Golden.ROOT.resolve("../../README.md");

    private static String snippet() throws Exception {
        Matcher code =
                Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                        .matcher(Files.readString(README));
        assertTrue(code.find());
        return code.group(1);
    }

    @Test
    void theJavaSnippetCompilesAndStreams(@TempDir Path folder) throws Exception {
        String body =
                snippet()
                        .replace("\"checkpoint\"", quoted(Golden.checkpoint("b")))
                        .replace(
                                "\"picture.png\"", quoted(Golden.ROOT.resolve("image/p56x56.png")));
        assertEquals(false, body.equals(snippet()));
        Path source = folder.resolve("Snippet.java");
        Files.writeString(
                source,
                """
                import ai.djl.repository.zoo.Criteria;
                import io.step3.chat.*;
                import java.nio.file.Path;

                public class Snippet {
                    public static void run() throws Exception {
                %s
                    }
                }
                """
                        .formatted(body));
        int compiled =
                ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                null,
                                null,
                                "-cp",
                                System.getProperty("java.class.path"),
                                "-d",
                                folder.toString(),
                                source.toString());
        assertEquals(0, compiled, "the snippet does not compile");
        PrintStream stdout = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (var loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            loader.loadClass("Snippet").getMethod("run").invoke(null);
        } finally {
            System.setOut(stdout);
        }
        assertFalse(printed.toString(StandardCharsets.UTF_8).isBlank());
    }

    private static String quoted(Path path) {
        return '"' + path.toString().replace("\\", "\\\\") + '"';
    }

    @Test
    void everyCommandOfTheTableExists() throws Exception {
        Matcher commands =
                Pattern.compile("\\| `\\./step3 (\\w+)").matcher(Files.readString(README));
        String launcher = Files.readString(Golden.ROOT.resolve("../../step3"));
        int count = 0;
        while (commands.find()) {
            String command = commands.group(1);
            assertTrue(
                    launcher.contains("\n" + command + ")\n")
                            || help("--help").matches("(?s).*\n  " + command + " .*"),
                    command);
            count++;
        }
        assertTrue(count >= 4, count + " commands");
    }

    @Test
    void everyOptionOfAskIsInTheTable() throws Exception {
        String readme = Files.readString(README);
        Matcher options = Pattern.compile("--[a-z-]+").matcher(help("ask", "--help"));
        int count = 0;
        while (options.find()) {
            String name = options.group();
            boolean everyCommandHasIt = List.of("--help", "--version").contains(name);
            assertTrue(everyCommandHasIt || readme.contains(name), name);
            count++;
        }
        assertTrue(count >= 8, count + " options");
    }

    private static String help(String... arguments) {
        var out = new ByteArrayOutputStream();
        assertEquals(
                0,
                Main.run(
                        InputStream.nullInputStream(),
                        out,
                        OutputStream.nullOutputStream(),
                        false,
                        arguments));
        return out.toString(StandardCharsets.UTF_8);
    }
}
