package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.step3.checkpoint.BundledCheckpoint;
import io.step3.cli.Main;
import io.step3.generate.Step3;
import io.step3.server.ChatServer;
import io.step3.server.ServerOptions;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What docs/serving.md says, done. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ServingDocTest {

    private static final Path HOUSE = Golden.ROOT.resolve("../..").normalize();
    private static final Path PAGE = HOUSE.resolve("docs/serving.md");

    @Test
    void everyCurlLineIsAnswered() throws Exception {
        List<String> commands =
                Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL)
                        .matcher(Files.readString(PAGE))
                        .results()
                        .map(match -> match.group(1))
                        .filter(block -> block.contains("curl"))
                        .toList();
        assertEquals(5, commands.size());
        assumeTrue(
                new ProcessBuilder("sh", "-c", "command -v curl").start().waitFor() == 0,
                "there is no curl here");
        try (Step3 model = Step3.load(BundledCheckpoint.folder().orElseThrow());
                ChatServer server =
                        ChatServer.start(
                                model,
                                ServerOptions.DEFAULT.at(InetAddress.getLoopbackAddress(), 0),
                                line -> {})) {
            StringBuilder all = new StringBuilder();
            for (String command : commands) {
                Process process =
                        new ProcessBuilder(
                                        "sh",
                                        "-c",
                                        command.replace("http://127.0.0.1:8080", server.url())
                                                .replace("curl ", "curl --noproxy '*' --fail "))
                                .directory(HOUSE.toFile())
                                .redirectErrorStream(true)
                                .start();
                String said =
                        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                assertEquals(0, process.waitFor(), command + said);
                all.append(said);
            }
            String said = all.toString();
            assertTrue(said.contains("data: [DONE]"), said);
            assertTrue(said.contains("red circles"), said);
            assertTrue(said.contains("3 + 4 = 7."), said);
            assertTrue(said.contains("\"input_tokens\":18"), said);
            assertTrue(said.contains("step3_requests_total"), said);
        }
    }

    @Test
    void everyOptionIsInItsTable() throws Exception {
        var help = new ByteArrayOutputStream();
        Main.run(
                InputStream.nullInputStream(),
                help,
                OutputStream.nullOutputStream(),
                false,
                "serve",
                "--help");
        String page = Files.readString(PAGE);
        Matcher options =
                Pattern.compile("--[a-z-]+").matcher(help.toString(StandardCharsets.UTF_8));
        int count = 0;
        while (options.find()) {
            String name = options.group();
            assertTrue(List.of("--help", "--version").contains(name) || page.contains(name), name);
            count++;
        }
        assertTrue(count >= 12, count + " options");
    }

    @Test
    void whatCannotBeServedIsToldInOneSentence() {
        for (List<String> wrong :
                List.of(
                        List.of("--host", "0.0.0.0"),
                        List.of("--port", "70000"),
                        List.of("--parallel", "0"),
                        List.of("--max-body", "0"),
                        List.of("--cache-memory", "0"),
                        List.of("--allow-origin", "example.org"),
                        List.of("--api-key-file", "no-such-file"))) {
            var errors = new ByteArrayOutputStream();
            List<String> arguments = new ArrayList<>(List.of("serve"));
            arguments.addAll(wrong);
            int code =
                    Main.run(
                            InputStream.nullInputStream(),
                            OutputStream.nullOutputStream(),
                            errors,
                            false,
                            arguments.toArray(String[]::new));
            String said = errors.toString(StandardCharsets.UTF_8);
            assertEquals(2, code, wrong + said);
            assertTrue(said.startsWith("step3: "), said);
            assertFalse(said.strip().contains("\n"), said);
        }
    }
}
