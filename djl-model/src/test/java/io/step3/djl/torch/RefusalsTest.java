package io.step3.djl.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import ai.djl.util.passthrough.PassthroughNDManager;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.function.Executable;

/** What the operators refuse, and in which words. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64") // whose PyTorch natives the tests have
class RefusalsTest {
    private TorchBench b;
    private Step3TorchOps ops;

    @BeforeEach
    void open() {
        b = new TorchBench(7);
        ops = Step3TorchOps.register();
    }

    @AfterEach
    void close() {
        assertTrue(ops.takeFailure().isEmpty(), "what was thrown is not kept as well");
        b.close();
    }

    private static void refused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void attentionNamesWhatIsWrong() {
        NDArray q = b.floats(2, 3, 8);
        NDArray keys = b.floats(5, 8);
        refused(
                "q: must be [rows, heads, dim], not float32 [5, 8]",
                () -> ops.attend(keys, keys, keys, 0, 1));
        refused(
                "q: must be float32, not float64 [2, 3, 8]",
                () -> ops.attend(q.toType(DataType.FLOAT64, true), keys, keys, 0, 1));
        refused(
                "keys: must be [5, 8] for the head size of q, not float32 [5, 7]",
                () -> ops.attend(q, b.floats(5, 7), keys, 0, 1));
        refused(
                "keys: must be [n, dim], not float32 [2, 3, 8]",
                () -> ops.attend(q, q, keys, 0, 1));
        refused(
                "keys: must be float32, not int64 [5, 8]",
                () -> ops.attend(q, keys.toType(DataType.INT64, true), keys, 0, 1));
        refused(
                "values: must be [5, 8] like keys, not float32 [6, 8]",
                () -> ops.attend(q, keys, b.floats(6, 8), 0, 1));
        for (long position : new long[] {-1, 4, Long.MAX_VALUE, Long.MIN_VALUE}) {
            refused(
                    "position: 2 rows of q at position %d need as many keys, but there are 5"
                            .formatted(position),
                    () -> ops.attend(q, keys, keys, position, 1));
        }
        refused(
                "position: 2 rows of q at position 0 need as many keys, but there are 1",
                () -> ops.attend(q, b.floats(1, 8), b.floats(1, 8), 0, 1));
        refused(
                "scale: must be a finite number, not NaN",
                () -> ops.attend(q, keys, keys, 0, Float.NaN));
    }

    @Test
    void linearNamesWhatIsWrong() {
        Fp8Weights w = b.weights(130, 8);
        NDArray x = b.floats(2, 8);
        refused(
                "x: must have rows of 8, the inputs of codes, not float32 [2, 9]",
                () -> ops.linear(b.floats(2, 9), w));
        refused(
                "x: must be [..., inputs], not float32 []",
                () -> ops.linear(b.manager.create(1f), w));
        refused(
                "codes: must be [outputs, inputs], not uint8 [2, 3, 8]",
                () -> ops.linear(x, b.weights(2, 3, 8)));
        refused(
                "codes: must be float8_e4m3fn or uint8, not float32 [130, 8]",
                () -> ops.linear(x, new Fp8Weights(b.floats(130, 8), w.scales())));
        refused(
                "scales: must be [2, 1] for blocks of 128 of codes uint8 [130, 8], not float32 [1, 1]",
                () -> ops.linear(x, new Fp8Weights(w.codes(), b.floats(1, 1))));
        refused(
                "scales: must be float32, not float16 [2, 1]",
                () ->
                        ops.linear(
                                x,
                                new Fp8Weights(
                                        w.codes(), w.scales().toType(DataType.FLOAT16, true))));
        refused(
                "codes: must be contiguous, since weights are not copied: uint8 [130, 8] has strides [1, 130]",
                () ->
                        ops.linear(
                                x,
                                new Fp8Weights(b.weights(8, 130).codes().transpose(), w.scales())));
        refused(
                "codes: must hold numbers, not uint8 [3, 0]",
                () ->
                        ops.linear(
                                b.floats(2, 0),
                                new Fp8Weights(
                                        b.manager.create(new Shape(3, 0), DataType.UINT8),
                                        b.floats(1, 0))));
    }

    @Test
    void expertsNameWhatIsWrong() {
        Fp8Weights gate = b.weights(3, 5, 8);
        Fp8Weights down = b.weights(3, 8, 5);
        NDArray x = b.floats(2, 8);
        NDArray ids = b.ids(2, 2, 3);
        NDArray weights = b.floats(2, 2);
        refused(
                "up: must be [3, 5, 8] like gate, not uint8 [3, 6, 8]",
                () -> ops.moe(x, ids, weights, gate, b.weights(3, 6, 8), down));
        refused(
                "down: must be [3, 8, 5] to match gate turned round, not uint8 [3, 5, 8]",
                () -> ops.moe(x, ids, weights, gate, gate, gate));
        refused(
                "gate: must be [experts, outputs, inputs], not uint8 [5, 8]",
                () -> ops.moe(x, ids, weights, b.weights(5, 8), gate, down));
        refused(
                "down_scales: must be [3, 1, 1] for blocks of 128 of down uint8 [3, 8, 5], not float32 [1, 1]",
                () ->
                        ops.moe(
                                x,
                                ids,
                                weights,
                                gate,
                                gate,
                                new Fp8Weights(down.codes(), b.floats(1, 1))));
        refused(
                "ids: must be int32 or int64, not float32 [2, 2]",
                () -> ops.moe(x, weights, weights, gate, gate, down));
        refused(
                "ids: must be [2, 2] with the rows of x, not int64 [3, 2]",
                () -> ops.moe(x, b.ids(3, 2, 3), weights, gate, gate, down));
        refused(
                "ids: must choose 1 to 3 experts, not int64 [2, 4]",
                () -> ops.moe(x, b.ids(2, 4, 3), b.floats(2, 4), gate, gate, down));
        refused(
                "weights: must be [2, 2] like ids, not float32 [2, 1]",
                () -> ops.moe(x, ids, b.floats(2, 1), gate, gate, down));
        long[] wrapping = {0, 1, (1L << 32) + 1, 2};
        refused(
                "ids: number 2 is 4294967297, but must be from 0 to 2",
                () -> ops.moe(x, of(wrapping), weights, gate, gate, down));
        refused(
                "ids: number 1 is -1, but must be from 0 to 2",
                () -> ops.moe(x, of(0, -1, 1, 2), weights, gate, gate, down));
        refused(
                "ids: number 3 is 3, but must be from 0 to 2",
                () ->
                        ops.moe(
                                x,
                                of(0, 1, 1, 3).toType(DataType.INT32, true),
                                weights,
                                gate,
                                gate,
                                down));
    }

    private NDArray of(long... ids) {
        return b.manager.create(ids, new Shape(2, 2));
    }

    @Test
    void arraysThatAGradientIsWantedOfAreRefused() {
        Fp8Weights w = b.weights(3, 8);
        NDArray x = b.floats(2, 8);
        x.setRequiresGradient(true);
        assertEquals(new Shape(2, 3), ops.linear(x, w).getShape(), "outside of training it may");
        try (GradientCollector _ = Engine.getEngine("PyTorch").newGradientCollector()) {
            refused(
                    "x: a gradient is wanted of it, but step3's operators have no backward pass: use stopGradient()",
                    () -> ops.linear(x, w));
            assertFalse(ops.linear(x.stopGradient(), w).hasGradient());
        }
    }

    @Test
    void arraysOfOtherEnginesAreRefused() {
        try (var other = new PassthroughNDManager(Engine.getEngine("Step3"), Device.cpu())) {
            NDArray foreign = other.create(new float[16], new Shape(2, 8));
            refused(
                    "x: must be an array of DJL's PyTorch engine",
                    () -> ops.linear(foreign, b.weights(3, 8)));
        }
    }

    @Test
    void sparseArraysAreRefused() {
        NDArray sparse =
                b.manager.createCoo(
                        FloatBuffer.wrap(new float[] {1, 2}),
                        new long[][] {{0, 1}, {3, 4}},
                        new Shape(2, 8));
        refused("x: must be dense, not COO", () -> ops.linear(sparse, b.weights(3, 8)));
    }

    @Test
    void aFailureOfOneCallDoesNotSpoilTheNext() {
        Fp8Weights w = b.weights(3, 8);
        NDArray x = b.floats(2, 8);
        float[] expected = b.linear(x, w);
        assertThrows(IllegalArgumentException.class, () -> ops.linear(b.floats(2, 9), w));
        TorchBench.assertClose(expected, ops.linear(x, w), "after a failure");
    }
}
