package io.step3.djl.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.step3.checkpoint.SafetensorsFile;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The operators on arrays of DJL's, through PyTorch's dispatcher. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64") // whose PyTorch natives the tests have
class Step3TorchOpsTest {
    private static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));
    private static final long SEED = 20250731;

    private TorchBench b;
    private Step3TorchOps ops;

    @BeforeEach
    void open() {
        b = new TorchBench(SEED);
        ops = Step3TorchOps.register();
    }

    @AfterEach
    void close() {
        b.close();
    }

    private NDArray floats(SafetensorsFile golden, String name, long... shape) {
        return b.array(numbers(golden, name), shape);
    }

    private static float[] numbers(SafetensorsFile golden, String name) {
        return golden.tensor(name).data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }

    private Fp8Weights weights(SafetensorsFile checkpoint, String name) {
        return new Fp8Weights(
                b.bytes(
                        checkpoint.tensor(name).data().toArray(ValueLayout.JAVA_BYTE),
                        shape(checkpoint, name)),
                floats(checkpoint, name + "_scale_inv", shape(checkpoint, name + "_scale_inv")));
    }

    private static long[] shape(SafetensorsFile checkpoint, String name) {
        return checkpoint.tensor(name).info().shape().stream().mapToLong(Long::longValue).toArray();
    }

    @Test
    void linearLayersOfTheCheckpointAreMet() {
        try (Arena arena = Arena.ofConfined()) {
            var golden = SafetensorsFile.open(GOLDEN.resolve("fp8/linear-b.safetensors"), arena);
            var checkpoint = checkpoint(arena);
            int compared = 0;
            for (String name : golden.tensors().keySet()) {
                if (!name.endsWith(".y") || name.contains(".moe.")) {
                    continue;
                }
                String layer = name.substring(0, name.length() - 2);
                Fp8Weights w = weights(checkpoint, layer + ".weight");
                NDArray x = floats(golden, layer + ".x", 6, w.codes().getShape().get(1));
                TorchBench.assertClose(numbers(golden, name), ops.linear(x, w), layer);
                compared++;
            }
            assertEquals(5, compared);
        }
    }

    @Test
    void attentionOfTheCheckpointIsMet() {
        try (Arena arena = Arena.ofConfined()) {
            var golden = internals(arena);
            NDArray attended =
                    ops.attend(
                            floats(golden, "layers.0.q_rot", 7, 7, 32),
                            floats(golden, "layers.0.k_rot", 7, 32),
                            floats(golden, "layers.0.v", 7, 32),
                            0,
                            (float) (1 / Math.sqrt(32)));
            TorchBench.assertClose(numbers(golden, "layers.0.heads"), attended, "attention");
        }
    }

    @Test
    void expertsOfTheCheckpointAreMet() {
        try (Arena arena = Arena.ofConfined()) {
            var golden = internals(arena);
            var checkpoint = checkpoint(arena);
            int[] ids =
                    golden.tensor("layers.1.router_ids")
                            .data()
                            .toArray(ValueLayout.JAVA_INT_UNALIGNED);
            NDArray out =
                    ops.moe(
                            floats(golden, "layers.1.post_normed", 7, 192),
                            b.manager.create(ids, new Shape(7, 3)),
                            floats(golden, "layers.1.router_weights", 7, 3),
                            weights(checkpoint, "model.layers.1.moe.gate_proj.weight"),
                            weights(checkpoint, "model.layers.1.moe.up_proj.weight"),
                            weights(checkpoint, "model.layers.1.moe.down_proj.weight"));
            TorchBench.assertClose(numbers(golden, "layers.1.routed_out"), out, "experts");
        }
    }

    private static SafetensorsFile internals(Arena arena) {
        return SafetensorsFile.open(GOLDEN.resolve("text/b-internals.safetensors"), arena);
    }

    private static SafetensorsFile checkpoint(Arena arena) {
        return SafetensorsFile.open(GOLDEN.resolve("checkpoints/b/model.safetensors"), arena);
    }

    @Test
    void linearAgreesWithPlainJavaForEveryShape() {
        for (int i = 0; i < 40; i++) {
            Fp8Weights w = b.weights(b.size(300), b.size(300));
            long inputs = w.codes().getShape().get(1);
            NDArray x = i % 3 == 0 ? b.floats(inputs) : b.floats(b.size(3), b.size(4), inputs);
            NDArray y = ops.linear(x, w);
            TorchBench.assertClose(b.linear(x, w), y, "seed " + SEED + ", case " + i);
            assertEquals(
                    w.codes().getShape().get(0), y.getShape().get(y.getShape().dimension() - 1));
            assertEquals(x.getShape().dimension(), y.getShape().dimension());
        }
    }

    @Test
    void attentionAgreesWithPlainJavaForEveryShape() {
        for (int i = 0; i < 40; i++) {
            int n = b.size(200);
            int rows = b.size(Math.min(n, 9));
            int dim = 2 * b.size(40);
            int position = b.random.nextInt(n - rows + 1);
            NDArray q = b.floats(rows, b.size(8), dim);
            NDArray keys = b.floats(n, dim);
            NDArray values = b.floats(n, dim);
            NDArray out = ops.attend(q, keys, values, position, 0.25f);
            float[] expected = b.attention(q, keys, values, position, 0.25f);
            TorchBench.assertClose(expected, out, "seed " + SEED + ", case " + i);
            assertEquals(q.getShape(), out.getShape());
        }
    }

    @Test
    void expertsAgreeWithPlainJavaForEveryShape() {
        for (int i = 0; i < 20; i++) {
            int experts = b.size(6);
            int k = b.size(experts);
            int hidden = b.size(200);
            int width = b.size(200);
            int rows = b.size(12);
            Fp8Weights gate = b.weights(experts, width, hidden);
            Fp8Weights up = b.weights(experts, width, hidden);
            Fp8Weights down = b.weights(experts, hidden, width);
            NDArray x = b.floats(rows, hidden);
            NDArray ids = b.ids(rows, k, experts);
            NDArray weights = b.floats(rows, k);
            float[] expected = b.moe(x, ids, weights, gate, up, down);
            String what = "seed " + SEED + ", case " + i;
            TorchBench.assertClose(expected, ops.moe(x, ids, weights, gate, up, down), what);
            NDArray narrow = ids.toType(DataType.INT32, false);
            TorchBench.assertClose(expected, ops.moe(x, narrow, weights, gate, up, down), what);
        }
    }

    @Test
    void inputsOfAnyStridesGiveTheSame() {
        NDArray wide = b.floats(40, 6, 16);
        NDArray q = wide.get(new NDIndex("3:5, :, :")).transpose(0, 1, 2);
        NDArray turned = b.floats(16, 50).transpose();
        NDArray beside = b.floats(50, 2, 16);
        NDArray values = beside.get(new NDIndex(":, 1, :"));
        float[] expected = b.attention(q, turned, values, 7, 0.3f);
        TorchBench.assertClose(expected, ops.attend(q, turned, values, 7, 0.3f), "attention");
        NDArray every = wide.get(new NDIndex(":, :, ::2"));
        Fp8Weights w = b.weights(20, 8);
        TorchBench.assertClose(b.linear(every, w), ops.linear(every, w), "every second");
        NDArray row = b.floats(1, 8);
        NDArray spread = row.broadcast(5, 8);
        TorchBench.assertClose(b.linear(spread, w), ops.linear(spread, w), "one row five times");
    }

    @Test
    void weightsMayBeAPartOfALargerArray() {
        Fp8Weights all = b.weights(4, 130, 140);
        NDArray x = b.floats(3, 140);
        Fp8Weights one = new Fp8Weights(all.codes().get(2), all.scales().get(2));
        TorchBench.assertClose(b.linear(x, one), ops.linear(x, one), "the third of four");
    }

    @Test
    void noRowsGiveNoRows() {
        Fp8Weights w = b.weights(5, 8);
        assertEquals(new Shape(0, 5), ops.linear(b.floats(0, 8), w).getShape());
        NDArray keys = b.floats(4, 8);
        assertEquals(
                new Shape(0, 2, 8), ops.attend(b.floats(0, 2, 8), keys, keys, 4, 1).getShape());
        NDArray none = b.floats(0, 8);
        assertEquals(
                new Shape(0, 2, 8), ops.attend(b.floats(0, 2, 8), none, none, 0, 1).getShape());
        Fp8Weights gate = b.weights(3, 5, 8);
        Fp8Weights down = b.weights(3, 8, 5);
        NDArray ids = b.manager.create(new Shape(0, 2), DataType.INT64);
        assertEquals(
                new Shape(0, 8),
                ops.moe(b.floats(0, 8), ids, b.floats(0, 2), gate, gate, down).getShape());
    }

    @Test
    void theResultBelongsToTheManagerOfTheFirstArgument() {
        Fp8Weights w = b.weights(5, 8);
        try (NDManager child = b.manager.newSubManager()) {
            NDArray x = child.create(new float[8], new Shape(1, 8));
            assertSame(child, ops.linear(x, w).getManager());
        }
    }

    @Test
    void registeringAgainAlsoFromManyThreadsChangesNothing() throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            List<Future<Step3TorchOps>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(
                        pool.submit(
                                () -> {
                                    start.await();
                                    return Step3TorchOps.register();
                                }));
            }
            start.countDown();
            for (Future<Step3TorchOps> one : all) {
                assertSame(ops, one.get());
            }
        }
    }

    @Test
    void threadsComputeAtOnceWhatEachComputesAlone() throws Exception {
        Fp8Weights w = b.weights(150, 140);
        NDArray q = b.floats(2, 3, 16);
        NDArray keys = b.floats(90, 16);
        NDArray x = b.floats(4, 140);
        float[] linear = ops.linear(x, w).toFloatArray();
        float[] attended = ops.attend(q, keys, keys, 40, 0.25f).toFloatArray();
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                boolean attends = i % 2 == 0;
                all.add(
                        pool.submit(
                                () -> {
                                    for (int n = 0; n < 50; n++) {
                                        try (NDArray y =
                                                attends
                                                        ? ops.attend(q, keys, keys, 40, 0.25f)
                                                        : ops.linear(x, w)) {
                                            assertArrayEquals(
                                                    attends ? attended : linear, y.toFloatArray());
                                        }
                                    }
                                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
    }

    /** Half of them fail. An input and its copy are a megabyte each: kept, they would be 2 GB. */
    @Test
    void aThousandCallsLeaveMemoryAsItWas() throws Exception {
        Fp8Weights w = b.weights(16, 16);
        Fp8Weights bad = new Fp8Weights(w.codes(), b.floats(2, 3));
        calls(w, bad, 20);
        long before = residentBytes();
        calls(w, bad, 500);
        long grown = residentBytes() - before;
        assertEquals(0, grown / (200L << 20), "grew by " + grown);
    }

    private void calls(Fp8Weights w, Fp8Weights bad, int n) {
        for (int i = 0; i < n; i++) {
            try (NDManager child = b.manager.newSubManager()) {
                NDArray x = child.zeros(new Shape(16, 16384)).transpose();
                ops.linear(x, w);
                try {
                    ops.linear(x, bad);
                    throw new AssertionError("it took scales of another shape");
                } catch (IllegalArgumentException expected) {
                    // its handles must be gone too
                }
            }
        }
    }

    /** What this process has in memory; 0 where the system does not say. */
    private static long residentBytes() throws Exception {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElseThrow();
    }
}
