package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.step3.checkpoint.SafetensorsFile;
import io.step3.cli.Main;
import io.step3.ops.BackendLoader;
import io.step3.ops.Device;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The commands as they are typed, run in this process. */
class CommandLineTest {

    private static final String A = Golden.checkpoint("a").toString();
    private static final String PICTURE = Golden.ROOT.resolve("image/p300x200.png").toString();

    /** What a command left behind. */
    private record Outcome(int code, String out, String err) {}

    private static Outcome run(String... arguments) {
        return runWith("", arguments);
    }

    private static Outcome runWith(String input, String... arguments) {
        return runWith(input, false, arguments);
    }

    private static Outcome runWith(String input, boolean styled, String... arguments) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int code =
                Main.run(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        out,
                        err,
                        styled,
                        arguments);
        return new Outcome(
                code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Exit code 2 and one sentence that names what is wrong. */
    static void assertRefused(String names, String... arguments) {
        Outcome outcome = run(arguments);
        assertEquals(2, outcome.code, outcome.err);
        assertEquals(1, outcome.err.lines().count(), outcome.err);
        assertTrue(outcome.err.contains(names), outcome.err);
        assertFalse(outcome.err.contains("Exception"), outcome.err);
        assertTrue(outcome.out.isEmpty(), outcome.out);
    }

    /** Exit code 0 and nothing to complain about. */
    static void assertAnswers(String... arguments) {
        Outcome outcome = run(arguments);
        assertEquals(0, outcome.code, outcome.err);
        assertTrue(outcome.err.isEmpty(), outcome.err);
    }

    @Test
    void askStreamsAnAnswerAboutAPicture() {
        Outcome outcome =
                run("ask", "--model", A, "--image", PICTURE, "--max-tokens", "20", "hello");
        assertEquals(0, outcome.code, outcome.err);
        assertFalse(outcome.out.isBlank());
    }

    @Test
    void askReadsThePromptFromStandardInput() {
        String[] sameQuestion = {"ask", "--model", A, "--max-tokens", "20", "-"};
        Outcome piped = runWith("What is 2+2?\n", sameQuestion);
        sameQuestion[5] = "What is 2+2?";
        assertEquals(run(sameQuestion).out, piped.out);
        assertEquals(0, piped.code, piped.err);
    }

    @Test
    void jsonPrintsOneObjectALine() {
        Outcome outcome = run("ask", "--model", A, "--max-tokens", "20", "--json", "hello");
        List<JsonObject> lines =
                outcome.out
                        .lines()
                        .map(line -> JsonParser.parseString(line).getAsJsonObject())
                        .toList();
        JsonObject done = lines.getLast();
        assertEquals("done", done.get("type").getAsString());
        assertEquals("length", done.get("finish_reason").getAsString());
        assertEquals(20, done.getAsJsonObject("usage").get("completion_tokens").getAsInt());
        assertTrue(done.getAsJsonObject("usage").get("prompt_tokens").getAsInt() > 5);
        for (JsonObject line : lines.subList(0, lines.size() - 1)) {
            assertEquals("reasoning", line.get("type").getAsString());
            assertFalse(line.get("text").getAsString().isEmpty());
        }
    }

    @Test
    void theSameSeedGivesTheSameText() {
        String[] arguments = {
            "ask", "--model", A, "--max-tokens", "20", "--temperature", "1", "--seed", "5", "hi"
        };
        String first = run(arguments).out;
        assertEquals(first, run(arguments).out);
        arguments[8] = "6";
        assertFalse(first.equals(run(arguments).out));
    }

    @Test
    void aThinkBudgetEndsTheThought() {
        Outcome outcome =
                run(
                        "ask",
                        "--model",
                        A,
                        "--max-tokens",
                        "20",
                        "--think-budget",
                        "5",
                        "--json",
                        "hello");
        JsonObject done =
                JsonParser.parseString(outcome.out.lines().reduce("", (a, b) -> b))
                        .getAsJsonObject();
        assertEquals(5, done.getAsJsonObject("usage").get("reasoning_tokens").getAsInt());
        assertTrue(outcome.out.contains("\"type\":\"answer\""), outcome.out);
    }

    @Test
    void inspectWritesWhatTheGoldenFilesHold(@TempDir Path folder) {
        Golden.Tensors golden = Golden.tensors("multimodal/a-crops.safetensors");
        JsonObject crops =
                Golden.json("multimodal/a.json").getAsJsonArray().asList().stream()
                        .map(one -> one.getAsJsonObject())
                        .filter(one -> one.get("case").getAsString().equals("crops"))
                        .findFirst()
                        .orElseThrow();
        String picture = crops.getAsJsonArray("pictures").get(0).getAsString();
        Path out = folder.resolve("out.safetensors");
        Outcome outcome =
                run(
                        "inspect",
                        "--model",
                        A,
                        "--prompt",
                        crops.get("prompt_text").getAsString(),
                        "--image",
                        Golden.ROOT.resolve("image/" + picture + ".png").toString(),
                        "--greedy",
                        "32",
                        "--out",
                        out.toString());
        assertEquals(0, outcome.code, outcome.err);
        try (Arena arena = Arena.ofShared()) {
            var written = new Golden.Tensors(SafetensorsFile.open(out, arena));
            for (String ids : List.of("input_ids", "expanded_ids", "greedy_ids")) {
                assertArrayEquals(golden.ints(ids), written.ints(ids), ids);
            }
            for (String name : List.of("embeds", "hidden", "logits")) {
                Golden.assertClose(name, golden.floats(name), written.floats(name), 1e-4);
            }
            Golden.Tensors pixels = Golden.tensors("image/pixels-a.safetensors");
            Golden.assertClose(
                    "pixels.base",
                    pixels.floats(picture + ".base"),
                    written.floats("pixels.base"),
                    1e-4);
            Golden.assertClose(
                    "pixels.crops",
                    pixels.floats(picture + ".crops"),
                    written.floats("pixels.crops"),
                    1e-4);
            int hidden = 192;
            int crop = pixels.floats(picture + ".crops").length / (3 * 64 * 64);
            assertEquals((crop * 4 + 9) * hidden, written.floats("vision.features").length);
        }
    }

    @Test
    void inspectTakesIds(@TempDir Path folder) {
        Golden.Tensors golden = Golden.tensors("text/b-len7.safetensors");
        String ids =
                java.util.Arrays.stream(golden.ints("input_ids"))
                        .mapToObj(Integer::toString)
                        .collect(java.util.stream.Collectors.joining(", "));
        Path out = folder.resolve("out.safetensors");
        Outcome outcome =
                run(
                        "inspect",
                        "--model",
                        Golden.checkpoint("b").toString(),
                        "--ids",
                        ids,
                        "--greedy",
                        "32",
                        "--out",
                        out.toString());
        assertEquals(0, outcome.code, outcome.err);
        try (Arena arena = Arena.ofShared()) {
            var written = new Golden.Tensors(SafetensorsFile.open(out, arena));
            for (String exact : List.of("input_ids", "router_ids", "greedy_ids")) {
                assertArrayEquals(golden.ints(exact), written.ints(exact), exact);
            }
            for (String name : List.of("hidden", "logits", "router_weights", "router_probs")) {
                Golden.assertClose(name, golden.floats(name), written.floats(name), 1e-4);
            }
        }
    }

    @Test
    void doctorNamesWhatItFound() {
        Outcome outcome = run("doctor");
        assertEquals(0, outcome.code, outcome.err);
        for (String what : List.of("JDK", "Cores", "Kernels", "Memory", "DJL", "Step3", "cache")) {
            assertTrue(outcome.out.contains(what), outcome.out);
        }
    }

    @Test
    void aDeviceThatIsNotThereIsMissedOnlyWhereItIsAskedFor() {
        try (Device device = BackendLoader.device()) {
            assumeTrue(device.backend().isEmpty(), "there is a device");
            assertRefused(
                    "the placement gpu,vision=cpu needs a device: " + device.reason().orElseThrow(),
                    "ask",
                    "--model",
                    A,
                    "--placement",
                    "gpu,vision=cpu",
                    "hi");
        }
        for (String placement : List.of("auto", "cpu")) {
            Outcome outcome =
                    run("ask", "--model", A, "--placement", placement, "--max-tokens", "2", "hi");
            assertEquals(0, outcome.code, outcome.err);
            assertEquals("", outcome.err);
        }
    }

    @Test
    void argumentsOutOfRangeAreNamed() {
        assertRefused("temperature", "ask", "--model", A, "--temperature", "-1", "hi");
        assertRefused("temperature", "ask", "--model", A, "--temperature", "NaN", "hi");
        assertRefused("max_tokens", "ask", "--model", A, "--max-tokens", "0", "hi");
        assertRefused("think_budget", "ask", "--model", A, "--think-budget", "-1", "hi");
        assertRefused("--threads must be from 1 to 1024, not 0", "ask", "--threads", "0", "hi");
        assertRefused("--threads", "ask", "--threads", "many", "hi");
        assertRefused(
                "--placement: a placement is cpu, gpu, auto", "ask", "--placement", "tpu", "hi");
        assertRefused("float32, f16, bf16 or fp8", "ask", "--model", A, "--cache", "int4", "hi");
        assertRefused("empty", "ask", "--model", A, "");
        assertRefused("empty", "inspect", "--model", A, "--prompt", "", "--out", "x");
        assertRefused("--ids", "inspect", "--model", A, "--ids", "1,,2", "--out", "x");
        assertRefused("1024", "inspect", "--model", A, "--ids", "1024", "--out", "x");
        assertRefused(
                "--greedy", "inspect", "--model", A, "--ids", "1", "--greedy", "-1", "--out", "x");
    }

    @Test
    void wrongUsageIsOneSentence() {
        assertRefused("say what to do");
        assertRefused("sing", "sing");
        assertRefused("PROMPT", "ask", "--model", A);
        assertRefused("many", "ask", "--model", A, "--max-tokens", "many", "hi");
        assertRefused("99999999999", "ask", "--model", A, "--max-tokens", "99999999999", "hi");
        assertRefused("--imge", "ask", "--model", A, "--imge", PICTURE, "hi");
        assertRefused("--model", "ask", "hi", "--model");
    }

    @Test
    void aPromptMayBeginLikeAnOptionOrAFileOfArguments(@TempDir Path folder) throws IOException {
        assertRefused("goes behind --", "ask", "--model", A, "-5 + 3");
        Outcome dash = run("ask", "--model", A, "--max-tokens", "4", "--", "-5 + 3");
        assertEquals(0, dash.code, dash.err);
        Path notes = Files.writeString(folder.resolve("notes.txt"), "--no-such-option");
        for (String at : List.of("@" + notes, "@")) {
            Outcome outcome =
                    run("ask", "--model", A, "--max-tokens", "4", "--system", at, at + " what?");
            assertEquals(0, outcome.code, outcome.err);
        }
    }

    @Test
    void noControlCharacterOfAModelReachesTheOutput() {
        String[] arguments = {
            "ask", "--model", A, "--temperature", "10", "--seed", "2", "--max-tokens", "400", "hi"
        };
        Pattern control = Pattern.compile("[\\x00-\\x08\\x0B-\\x1F\\x7F-\\x9F]");
        String plain = run(arguments).out;
        assertFalse(control.matcher(plain).find());
        // On a terminal the program's own two sequences stand around the reasoning, and no other.
        String styled = runWith("", true, arguments).out;
        assertTrue(styled.startsWith("\u001b[2m"), styled);
        String bare = styled.replace("\u001b[2m", "").replace("\u001b[0m", "");
        assertEquals(plain, bare);
    }

    @Test
    void noControlCharacterOfATemplateReachesStandardError(@TempDir Path folder)
            throws IOException {
        try (Stream<Path> files = Files.list(Path.of(A))) {
            for (Path file : files.toList()) {
                Files.createSymbolicLink(folder.resolve(file.getFileName()), file);
            }
        }
        Files.deleteIfExists(folder.resolve("chat_template.jinja"));
        Files.writeString(
                folder.resolve("chat_template.jinja"),
                "{{ raise_exception('\u001b]0;title\u0007\u001b[31mred\u009b2J\nstep3: done') }}");
        Outcome outcome = run("ask", "--model", folder.toString(), "hi");
        assertEquals(2, outcome.code);
        assertEquals(1, outcome.err.lines().count(), outcome.err);
        assertTrue(outcome.err.contains("red"), outcome.err);
        assertTrue(outcome.err.strip().chars().noneMatch(Character::isISOControl), outcome.err);
    }

    @Test
    void anOutputThatIsFullOrGoneIsToldOnce() {
        var full = new BrokenOutput("No space left on device");
        var err = new ByteArrayOutputStream();
        String[] arguments = {"ask", "--model", A, "--max-tokens", "20", "hello"};
        assertEquals(1, Main.run(InputStream.nullInputStream(), full, err, false, arguments));
        String told = err.toString(StandardCharsets.UTF_8);
        assertEquals(1, told.lines().count(), told);
        assertTrue(told.contains("No space left on device"), told);

        err.reset();
        var gone = new BrokenOutput("Broken pipe");
        assertEquals(141, Main.run(InputStream.nullInputStream(), gone, err, false, arguments));
        assertEquals("", err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void whatTheHeapCannotHoldIsOneSentence() {
        var endless =
                new InputStream() {
                    @Override
                    public int read() {
                        throw new OutOfMemoryError();
                    }
                };
        var err = new ByteArrayOutputStream();
        String[] arguments = {"ask", "--model", A, "-"};
        assertEquals(1, Main.run(endless, OutputStream.nullOutputStream(), err, false, arguments));
        String told = err.toString(StandardCharsets.UTF_8);
        assertEquals(1, told.lines().count(), told);
        assertTrue(told.contains("does not suffice"), told);
    }

    private static final class BrokenOutput extends OutputStream {
        private final String why;

        BrokenOutput(String why) {
            this.why = why;
        }

        @Override
        public void write(int b) throws IOException {
            throw new IOException(why);
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void inspectWritesIntoDevicesAndThroughLinks(@TempDir Path folder) throws Exception {
        String[] inspect = {"inspect", "--model", A, "--ids", "1,2,3", "--out", null};

        Path pipe = folder.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        var copy = new CompletableFuture<byte[]>();
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                copy.complete(Files.readAllBytes(pipe));
                            } catch (IOException e) {
                                copy.completeExceptionally(e);
                            }
                        });
        inspect[6] = pipe.toString();
        Outcome piped = run(inspect);
        assertEquals(0, piped.code, piped.err);

        Path file = Files.writeString(folder.resolve("file"), "older");
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("file"));
        inspect[6] = link.toString();
        assertEquals(0, run(inspect).code);
        assertTrue(Files.isSymbolicLink(link));
        assertArrayEquals(copy.get(1, TimeUnit.MINUTES), Files.readAllBytes(file));

        inspect[6] = "/dev/full";
        assertRefused("/dev/full: No space left", inspect);
        assertFalse(Files.isRegularFile(Path.of("/dev/full")));
        inspect[6] = folder.toString();
        assertRefused("is a folder", inspect);
        inspect[6] = folder.resolve("missing/out").toString();
        assertRefused("missing does not exist", inspect);
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(3, left.count()); // no part of a file stays behind
        }
    }

    @Test
    void picturesThatCannotBeUsedAreNamed(@TempDir Path folder) throws IOException {
        Path text = Files.writeString(folder.resolve("letter.png"), "Dear Step3, how are you?");
        assertRefused("letter.png", "ask", "--model", A, "--image", text.toString(), "hi");
        assertRefused("nowhere.png", "ask", "--model", A, "--image", "nowhere.png", "hi");
        byte[] huge = Files.readAllBytes(Path.of(PICTURE));
        // Width and height of a PNG lie at 16 and 20: 100,000 x 100,000.
        for (int at : new int[] {16, 20}) {
            huge[at + 1] = 1;
            huge[at + 2] = (byte) 0x86;
            huge[at + 3] = (byte) 0xA0;
        }
        Path bomb = Files.write(folder.resolve("bomb.png"), huge);
        assertRefused("bomb.png", "ask", "--model", A, "--image", bomb.toString(), "hi");
    }

    @Test
    void moreOrFewerPicturesThanPlacesAreRefused() {
        assertRefused(
                "1 picture",
                "inspect",
                "--model",
                A,
                "--prompt",
                "hi",
                "--image",
                PICTURE,
                "--out",
                "x");
        assertRefused(
                "2 places",
                "inspect",
                "--model",
                A,
                "--prompt",
                "<im_patch><im_patch>",
                "--image",
                PICTURE,
                "--out",
                "x");
    }

    @Test
    void aPromptBeyondTheContextNamesBothNumbers() {
        assertRefused("4096", "ask", "--model", A, "hello ".repeat(5000));
    }
}
