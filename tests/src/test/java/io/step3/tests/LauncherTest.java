package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.step3.ops.cuda.EmulatedDevice;
import io.step3.ops.gpu.EmulatedBackend;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher in environments that people start it in. It is the real one, and so are Java and the
 * command; only Maven is a script that lays one jar, which names the classes of this test run.
 */
@EnabledOnOs(OS.LINUX)
class LauncherTest {

    private static final Path LAUNCHER = Golden.ROOT.resolve("../../step3");
    private static final String A = Golden.checkpoint("a").toString();

    /** For what builds once; a start from a new folder of jars takes longer. */
    @TempDir static Path built;

    @TempDir Path fresh;

    private Path home;

    /** What a command left behind. */
    private record Outcome(int code, String out, String err) {}

    @BeforeAll
    static void aCheckoutThatStays() throws IOException {
        lay(built);
    }

    @BeforeEach
    void itIsTheOneToUse() {
        home = built;
    }

    private void startAnew() throws IOException {
        home = fresh;
        lay(home);
    }

    /** A checkout with a build tool of its own. */
    private static void lay(Path home) throws IOException {
        Files.copy(LAUNCHER, home.resolve("step3"), StandardCopyOption.COPY_ATTRIBUTES);
        for (String file : List.of("pom.xml", "cli/pom.xml", "cli/src/main/A", "cli/src/main/B")) {
            Files.createDirectories(home.resolve(file).getParent());
            Files.writeString(home.resolve(file), "");
        }
        Path jar = home.resolve("bin/classes.jar");
        Files.createDirectories(jar.getParent());
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes()
                .put(
                        Attributes.Name.CLASS_PATH,
                        Arrays.stream(
                                        System.getProperty("java.class.path")
                                                .split(File.pathSeparator))
                                .map(entry -> Path.of(entry).toUri().toString())
                                .collect(Collectors.joining(" ")));
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        Path maven = home.resolve("bin/mvn");
        Files.writeString(
                maven,
                """
                #!/usr/bin/env bash
                for argument in "$@"; do
                    case "$argument" in -Dstep3.lib=*) lib="cli/target/${argument#*=}" ;; esac
                done
                mkdir -p "$lib" cli/target/classes
                cp bin/classes.jar "$lib"
                ls cli/src/main > "$lib/built-of"
                native=custom-ops/target/classes/io/step3/ops/native/system
                mkdir -p "$native"
                echo "not a library" > "$native/libstep3_cpu.so"
                """);
        Files.setPosixFilePermissions(maven, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** An environment as bare as a container's, with what is given on top. */
    private ProcessBuilder command(Map<String, String> environment, String... arguments) {
        var command = new ArrayList<String>(List.of(home.resolve("step3").toString()));
        command.addAll(List.of(arguments));
        return bare(command, environment);
    }

    private ProcessBuilder shell(String script) {
        return bare(List.of("bash", "-c", script), Map.of());
    }

    private ProcessBuilder bare(List<String> command, Map<String, String> environment) {
        var builder = new ProcessBuilder(command).directory(home.toFile());
        var own = new HashMap<>(builder.environment());
        builder.environment().clear();
        builder.environment().put("PATH", home.resolve("bin") + ":" + own.get("PATH"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        for (String kept : List.of("STEP3_CACHE", "STEP3_KERNELS", "TMPDIR")) {
            if (own.containsKey(kept)) {
                builder.environment().put(kept, own.get(kept));
            }
        }
        builder.environment().putAll(environment);
        return builder;
    }

    private static Outcome run(ProcessBuilder command) throws IOException, InterruptedException {
        Path out = Files.createTempFile("step3-test", ".out");
        Path err = Files.createTempFile("step3-test", ".err");
        try {
            Process process =
                    command.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
            process.getOutputStream().close();
            assertTrue(process.waitFor(5, TimeUnit.MINUTES), "it hangs");
            return new Outcome(process.exitValue(), text(out), text(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    private List<String> ask(String... more) {
        var arguments = new ArrayList<>(List.of("ask", "--model", A, "--max-tokens", "8"));
        arguments.addAll(List.of(more));
        return arguments;
    }

    /** The emulated device, as a person would use a real one. */
    @Test
    void aDeviceThatIsAskedForAnswersAsTheProcessorDoes() throws Exception {
        assumeTrue(EmulatedDevice.exists(), "no emulated CUDA device in this build");
        EmulatedBackend.assumeKernels();
        String[] ask = {"ask", "--max-tokens", "24", "Sort the numbers 5, 3, 9, 88, 12"};
        Outcome processor = run(command(Map.of(), ask));
        assertEquals(0, processor.code, processor.err);
        var environment = new HashMap<String, String>();
        environment.put("STEP3_KERNELS", "cuda");
        environment.put("STEP3_CUDA", EmulatedDevice.library());
        Outcome device = run(command(environment, ask));
        assertEquals(0, device.code, device.err);
        assertEquals(processor.out, device.out);
        // It was the device: where it is gone, there is no answer.
        environment.put("STEP3_EMULATED_NONE", "1");
        Outcome none = run(command(environment, ask));
        assertEquals(2, none.code, none.err);
        assertTrue(none.err.contains("STEP3_KERNELS asks for cuda"), none.err);
    }

    @Test
    void itRunsWithoutAHome() throws Exception {
        Outcome outcome = run(command(Map.of(), "doctor"));
        assertEquals(0, outcome.code, outcome.err);
        assertTrue(outcome.out.contains("Kernels"), outcome.out);
    }

    @Test
    void aPromptAndAPathAreReadInAnyLocale() throws Exception {
        Path picture = home.resolve("图片.png");
        Files.copy(Golden.ROOT.resolve("image/p56x56.png"), picture);
        String[] arguments = ask("--image", picture.toString(), "你好，图里有什么？").toArray(String[]::new);
        Outcome expected = run(command(Map.of("LC_ALL", "C.UTF-8"), arguments));
        assertEquals(0, expected.code, expected.err);
        for (var locale :
                List.of(
                        Map.<String, String>of(),
                        Map.of("LC_ALL", "C"),
                        Map.of("LANG", "POSIX"),
                        Map.of("LANG", "xx_XX.UTF-8"))) { // a name that no machine has installed
            assertEquals(expected.out, run(command(locale, arguments)).out, locale.toString());
        }
    }

    @Test
    void closedStreamsAreNotMistakenForFiles() throws Exception {
        Outcome in = run(shell("./step3 ask --max-tokens 8 --model '" + A + "' - <&-"));
        assertEquals(2, in.code, in.err);
        assertTrue(in.err.contains("empty"), in.err);
        Outcome out = run(shell("./step3 ask --max-tokens 8 --model '" + A + "' hello >&-"));
        assertEquals(1, out.code, out.err);
        assertTrue(out.err.contains("standard output is closed"), out.err);
        Outcome full =
                run(shell("./step3 ask --max-tokens 8 --model '" + A + "' hello >/dev/full"));
        assertEquals(1, full.code, full.err);
        assertTrue(full.err.contains("No space left on device"), full.err);
        Outcome head =
                run(shell("./step3 ask --max-tokens 8 --model '" + A + "' hello | head -c 1"));
        assertFalse(head.err.contains("Exception"), head.err);
    }

    @Test
    void tooSmallAHeapIsOneSentence() throws Exception {
        Outcome outcome =
                run(
                        command(
                                Map.of("JAVA_TOOL_OPTIONS", "-Xmx8m"),
                                ask("hello").toArray(String[]::new)));
        assertEquals(1, outcome.code, outcome.err);
        assertTrue(outcome.err.contains("does not suffice"), outcome.err);
        assertFalse(outcome.err.contains("\tat "), outcome.err);
    }

    @Test
    void aChangedAddedOrDeletedSourceIsBuiltAgain() throws Exception {
        startAnew();
        assertEquals(List.of("A", "B"), builtOf());
        Path first = lib();
        assertEquals(0, run(command(Map.of(), "--version")).code);
        assertEquals(first, lib());
        Files.delete(home.resolve("cli/src/main/B"));
        assertEquals(List.of("A"), builtOf());
        Files.writeString(home.resolve("cli/src/main/C"), "");
        assertEquals(List.of("A", "C"), builtOf());
        Path third = lib();
        Thread.sleep(20); // as fine as the file system's clock, and some
        Files.writeString(home.resolve("cli/src/main/C"), "changed");
        assertEquals(List.of("A", "C"), builtOf());
        assertFalse(third.equals(lib()));
        assertEquals(1, folders().size());
    }

    @Test
    void aRunningCommandKeepsItsJars() throws Exception {
        startAnew();
        Process running =
                command(Map.of(), ask("-").toArray(String[]::new))
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
            while (!Files.exists(home.resolve("cli/target/.built"))) {
                assertTrue(System.nanoTime() < end && running.isAlive(), "no build");
                Thread.sleep(20);
            }
            Thread.sleep(1000); // from the build to the lock that holds it
            Path held = lib();
            Files.delete(home.resolve("cli/src/main/B"));
            assertEquals(List.of("A"), builtOf());
            assertTrue(Files.exists(held.resolve("classes.jar")), held.toString());
            assertEquals(2, folders().size());

            running.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
            running.getOutputStream().close();
            String err = new String(running.getErrorStream().readAllBytes());
            assertEquals(0, running.waitFor(), err);
            Files.writeString(home.resolve("cli/src/main/B"), "");
            assertEquals(List.of("A", "B"), builtOf());
            assertEquals(1, folders().size());
        } finally {
            running.destroyForcibly();
        }
    }

    @Test
    void oneCompilerIsEnoughOnlyBesideALibraryThatLoaded() throws Exception {
        Path laid = home.resolve("cache/native/1/libstep3_cpu.so");
        Files.createDirectories(laid.getParent());
        assertFalse(oneCompiler(Map.of()));
        Files.writeString(laid, "not a library\n");
        assertFalse(oneCompiler(Map.of()));
        Path mark = Files.createFile(laid.resolveSibling("libstep3_cpu.so.loads"));
        assertTrue(oneCompiler(Map.of()));
        assertFalse(oneCompiler(Map.of("STEP3_KERNELS", "java")));
        Files.writeString(laid, "that of another build\n");
        assertFalse(oneCompiler(Map.of()));
        Files.delete(mark);
    }

    /** What Java is told, which waits for a prompt. */
    private boolean oneCompiler(Map<String, String> environment) throws Exception {
        var all = new HashMap<>(environment);
        all.put("STEP3_CACHE", home.resolve("cache").toString());
        Process waiting = command(all, ask("-").toArray(String[]::new)).start();
        try {
            long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
            while (true) {
                List<String> told = waiting.info().arguments().map(List::of).orElseGet(List::of);
                if (told.contains("io.step3.cli.Main")) {
                    return told.contains("-XX:TieredStopAtLevel=1");
                }
                assertTrue(System.nanoTime() < end && waiting.isAlive(), "Java does not start");
                Thread.sleep(10);
            }
        } finally {
            waiting.destroyForcibly().waitFor();
        }
    }

    private List<String> builtOf() throws IOException, InterruptedException {
        Outcome outcome = run(command(Map.of(), "--version"));
        assertEquals(0, outcome.code, outcome.err);
        return Files.readAllLines(lib().resolve("built-of"));
    }

    private Path lib() throws IOException {
        return Path.of(Files.readAllLines(home.resolve("cli/target/.built")).getFirst());
    }

    private List<Path> folders() throws IOException {
        try (Stream<Path> folders = Files.list(home.resolve("cli/target/run"))) {
            return folders.filter(Files::isDirectory).toList();
        }
    }
}
