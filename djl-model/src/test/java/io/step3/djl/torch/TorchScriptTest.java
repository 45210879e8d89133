package io.step3.djl.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** TorchScript modules that name the operators, loaded and run by DJL. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64") // whose PyTorch natives the tests have
class TorchScriptTest {
    private static final String LINEAR = "x: Tensor, codes: Tensor, scales: Tensor";

    @TempDir private Path folder;

    private TorchBench b;
    private Step3TorchOps ops;

    @BeforeEach
    void open() {
        b = new TorchBench(11);
        ops = Step3TorchOps.register();
    }

    @AfterEach
    void close() {
        b.close();
    }

    private Model module(String parameters, String... body) throws Exception {
        TorchScriptFile.write(folder, "Module3", parameters, body);
        Model model = Model.newInstance("Module3", "PyTorch");
        model.load(folder, "Module3");
        return model;
    }

    /** With a predictor of its own, as each thread must have. */
    private static NDArray run(Model module, NDArray... inputs) throws TranslateException {
        try (var predictor = module.newPredictor(new NoopTranslator())) {
            NDArray result = predictor.predict(new NDList(inputs)).singletonOrThrow();
            result.attach(inputs[0].getManager());
            return result;
        }
    }

    @Test
    void aModuleComputesWhatPlainJavaDoes() throws Exception {
        Fp8Weights w = b.weights(150, 140);
        NDArray x = b.floats(3, 140);
        try (Model linear = module(LINEAR, "return ops.step3.fp8_linear(x, codes, scales)")) {
            TorchBench.assertClose(b.linear(x, w), run(linear, x, w.codes(), w.scales()), "linear");
        }
        NDArray q = b.floats(2, 4, 16);
        NDArray keys = b.floats(30, 16);
        try (Model attention =
                module(
                        "q: Tensor, keys: Tensor",
                        "return ops.step3.mfa_attention(q, keys, keys, 20, 0.25)")) {
            TorchBench.assertClose(
                    b.attention(q, keys, keys, 20, 0.25f), run(attention, q, keys), "attention");
        }
    }

    /** As a layer is written: a router, its choice, the experts, and what goes past them. */
    @Test
    void aMixtureOfExpertsCanBeWrittenInTorchScript() throws Exception {
        Fp8Weights gate = b.weights(5, 20, 16);
        Fp8Weights up = b.weights(5, 20, 16);
        Fp8Weights down = b.weights(5, 16, 20);
        NDArray x = b.floats(7, 16);
        NDArray router = b.floats(16, 5);
        try (Model layer =
                module(
                        "x: Tensor, router: Tensor, g: Tensor, gs: Tensor, u: Tensor, us: Tensor, d: Tensor, ds: Tensor",
                        "p = torch.softmax(torch.matmul(x, router), -1)",
                        "w, ids = torch.topk(p, 2)",
                        "return torch.add(x, ops.step3.fp8_moe(x, ids, w, g, gs, u, us, d, ds))")) {
            NDArray out =
                    run(
                            layer,
                            x,
                            router,
                            gate.codes(),
                            gate.scales(),
                            up.codes(),
                            up.scales(),
                            down.codes(),
                            down.scales());
            NDList best = x.matMul(router).softmax(-1).topK(2, -1, true, true);
            float[] experts = b.moe(x, best.get(1), best.get(0), gate, up, down);
            TorchBench.assertClose(x.add(b.array(experts, 7, 16)).toFloatArray(), out, "layer");
        }
    }

    @Test
    void codesMayBeATensorOfFp8() throws Exception {
        float[] values = {1, 2, -0.5f, 448, -240, 0.001953125f, 0, 18};
        NDArray codes = b.array(values, 2, 4);
        NDArray x = b.floats(3, 4);
        try (Model linear =
                module(LINEAR, "return ops.step3.fp8_linear(x, torch.to(codes, 24), scales)")) {
            NDArray scale = b.array(new float[] {0.5f}, 1, 1);
            float[] got = run(linear, x, codes, scale).toFloatArray();
            assertArrayEquals(
                    x.matMul(codes.mul(0.5f).transpose()).toFloatArray(), got, 1e-5f * 448);
            float[] wrong = run(linear, x, codes, b.floats(2, 1)).toFloatArray();
            assertEquals(6, wrong.length);
            assertTrue(Float.isNaN(wrong[5]));
            assertEquals(
                    "scales: must be [1, 1] for blocks of 128 of codes float8_e4m3fn [2, 4], not float32 [2, 1]",
                    ops.takeFailure().orElseThrow().getMessage());
        }
    }

    @Test
    void aCallThatFailsGivesNaNInEveryNumberAndSaysWhyToWhoAsks() throws Exception {
        Fp8Weights w = b.weights(3, 8);
        try (Model linear = module(LINEAR, "return ops.step3.fp8_linear(x, codes, scales)")) {
            NDArray failed = run(linear, b.floats(2, 9), w.codes(), w.scales());
            assertEquals(new Shape(2, 3), failed.getShape());
            for (float number : failed.toFloatArray()) {
                assertTrue(Float.isNaN(number));
            }
            // A call that succeeds in between does not hide it.
            assertEquals(new Shape(2, 3), ops.linear(b.floats(2, 8), w).getShape());
            assertEquals(
                    "x: must have rows of 8, the inputs of codes, not float32 [2, 9]",
                    ops.takeFailure().orElseThrow().getMessage());
            assertTrue(ops.takeFailure().isEmpty());

            NDArray shapeless =
                    run(linear, b.manager.create(new int[] {1, 2}), w.codes(), w.scales());
            assertEquals(new Shape(), shapeless.getShape());
            assertTrue(Float.isNaN(shapeless.getFloat()));
            assertEquals(
                    "x: must be float32, not int32 [2]",
                    ops.takeFailure().orElseThrow().getMessage());
            TorchBench.assertClose(
                    new float[0], run(linear, b.floats(0, 8), w.codes(), w.scales()), "no rows");
        }
    }

    @Test
    void threadsRunAModuleAtOnce() throws Exception {
        NDArray q = b.floats(2, 4, 16);
        NDArray keys = b.floats(200, 16);
        try (Model attention =
                        module(
                                "q: Tensor, keys: Tensor",
                                "return ops.step3.mfa_attention(q, keys, keys, 150, 0.25)");
                ExecutorService pool = Executors.newFixedThreadPool(4)) {
            float[] expected = run(attention, q, keys).toFloatArray();
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(
                        pool.submit(
                                () -> {
                                    for (int n = 0; n < 50; n++) {
                                        float[] got = run(attention, q, keys).toFloatArray();
                                        assertArrayEquals(expected, got);
                                    }
                                    return null;
                                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
    }

    @Test
    void anOperatorThatIsNotThereIsPyTorchsToRefuse() {
        Exception e =
                assertThrows(
                        Exception.class, () -> module(LINEAR, "return ops.step3.fp8_lineal(x)"));
        assertTrue(e.getMessage().contains("step3::fp8_lineal"), e.getMessage());
    }

    @Test
    void aTensorOfTheMetaDeviceHasNoKernel() throws Exception {
        Fp8Weights w = b.weights(3, 8);
        try (Model linear =
                module(
                        LINEAR,
                        "m = torch.to(x, torch.device(\"meta\"))",
                        "return ops.step3.fp8_linear(m, codes, scales)")) {
            TranslateException e =
                    assertThrows(
                            TranslateException.class,
                            () -> run(linear, b.floats(2, 8), w.codes(), w.scales()));
            assertTrue(e.getMessage().contains("step3::fp8_linear"), e.getMessage());
            NDArray x = b.floats(2, 8).toType(DataType.FLOAT32, false);
            assertEquals(new Shape(2, 3), ops.linear(x, w).getShape());
        }
    }
}
