package io.step3.djl.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.translate.NoopTranslator;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Where the operators cannot be registered, and programs of their own that use them. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64") // whose PyTorch natives the tests have
class RegistrationTest {

    @TempDir private Path folder;

    /**
     * Runs Java, which must end with this status, on the tests' class path, as far as it is wanted.
     */
    private List<String> java(int status, Predicate<String> wanted, String... arguments)
            throws Exception {
        String path =
                Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                        .filter(wanted)
                        .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC"));
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xmx256m", "-Dai.djl.offline=true"));
        command.addAll(List.of("-cp", path));
        command.addAll(List.of(arguments));
        Path output = folder.resolve("output");
        Process child =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
        if (!child.waitFor(120, TimeUnit.SECONDS)) {
            child.destroyForcibly();
            throw new AssertionError("it hangs: " + Files.readString(output));
        }
        assertEquals(status, child.exitValue(), Files.readString(output));
        return Files.readAllLines(output);
    }

    /** Prints why the operators cannot be registered. */
    static final class Refused {
        public static void main(String[] args) {
            try {
                Step3TorchOps.register();
                System.out.println("registered");
            } catch (IllegalStateException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @Test
    void withoutPyTorchOneSentenceSaysWhatToAdd() throws Exception {
        assertEquals(
                "DJL's PyTorch engine is not on the class path: add ai.djl.pytorch:pytorch-engine and its natives.",
                java(0, jar -> !jar.contains("pytorch"), Refused.class.getName()).getLast());
    }

    @Test
    void withoutItsNativesOneSentenceSaysSo() throws Exception {
        String said =
                java(
                                0,
                                jar -> !jar.contains("pytorch-native"),
                                "-Duser.home=" + folder,
                                "-DDJL_CACHE_DIR=" + folder,
                                Refused.class.getName())
                        .getLast();
        assertTrue(
                said.startsWith(
                        "DJL's PyTorch engine does not start, its natives may be missing: "),
                said);
    }

    /** Runs a module that computes in threads of PyTorch's own, and prints what it gives. */
    static final class Forking {
        public static void main(String[] args) throws Exception {
            Step3TorchOps.register();
            Path folder = Path.of(args[0]);
            TorchScriptFile.write(
                    folder,
                    "Forking",
                    "x: Tensor, codes: Tensor, scales: Tensor",
                    "def branch() -> Tensor:",
                    "  return ops.step3.fp8_linear(x, codes, scales)",
                    "one = fork(branch)",
                    "other = fork(branch)",
                    "return torch.add(torch.wait(one), torch.wait(other))");
            try (TorchBench b = new TorchBench(3);
                    Model model = Model.newInstance("Forking", "PyTorch")) {
                model.load(folder, "Forking");
                Fp8Weights w = b.weights(5, 8);
                NDArray x = b.floats(3, 8);
                NDArray twice = b.array(b.linear(x, w), 3, 5).mul(2);
                try (var predictor = model.newPredictor(new NoopTranslator())) {
                    for (int i = 0; i < 20; i++) {
                        NDList in = new NDList(x, w.codes(), w.scales());
                        NDArray out = predictor.predict(in).singletonOrThrow();
                        TorchBench.assertClose(twice.toFloatArray(), out, "round " + i);
                    }
                }
            }
            System.out.println("20 rounds");
            System.exit(7);
        }
    }

    @Test
    void aProcessWhoseModulesForkedEndsWithItsStatus() throws Exception {
        List<String> said = java(7, _ -> true, Forking.class.getName(), folder.toString());
        assertEquals("20 rounds", said.getLast());
    }

    /** As an application server does that loads a program anew. */
    @Test
    void anotherClassLoaderIsToldThatTheNamesAreTaken() throws Exception {
        Step3TorchOps.register();
        try (var loader =
                new URLClassLoader(
                        new URL[] {
                            Step3TorchOps.class.getProtectionDomain().getCodeSource().getLocation()
                        },
                        getClass().getClassLoader()) {
                    @Override
                    protected Class<?> loadClass(String name, boolean resolve)
                            throws ClassNotFoundException {
                        synchronized (getClassLoadingLock(name)) {
                            if (name.startsWith("io.step3.djl.torch.")) {
                                Class<?> loaded = findLoadedClass(name);
                                return loaded != null ? loaded : findClass(name);
                            }
                            return super.loadClass(name, resolve);
                        }
                    }
                }) {
            var register = loader.loadClass(Step3TorchOps.class.getName()).getMethod("register");
            var e = assertThrows(InvocationTargetException.class, () -> register.invoke(null));
            assertEquals(
                    "PyTorch has a library named step3 already: register once a process, in one class loader.",
                    e.getCause().getMessage());
        }
        try (TorchBench b = new TorchBench(1)) {
            Fp8Weights w = b.weights(3, 8);
            var x = b.floats(2, 8);
            TorchBench.assertClose(
                    b.linear(x, w), Step3TorchOps.register().linear(x, w), "after the refusal");
        }
    }

    @Test
    void theExampleAgreesWithPyTorchItself() throws Exception {
        List<String> said = java(0, _ -> true, "../examples/TorchAttention.java");
        assertEquals(
                "attention of 64 heads: (1, 64, 256)", said.get(said.size() - 2), said.toString());
        String last = said.getLast();
        float difference = Float.parseFloat(last.substring(last.lastIndexOf(' ') + 1));
        assertTrue(difference < 1e-5, last);
    }
}
