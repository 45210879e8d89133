package io.step3.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.SafetensorsFile;
import io.step3.ops.KernelLoader;
import io.step3.ops.Kernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens within a layer, step by step, against the golden internals of a 7-token prompt. */
class InternalsTest {

    private static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));
    private static final int ROWS = 7;

    private SafetensorsFile golden;
    private Workspace work;

    @ParameterizedTest
    @ValueSource(strings = {"a", "b"})
    void everyStepOfADenseAndOfAMixtureLayerMeetsTheGoldenFile(String name) {
        try (KernelLoader.Choice choice = KernelLoader.load();
                Checkpoint checkpoint = Checkpoint.open(GOLDEN.resolve("checkpoints/" + name));
                var model =
                        new Step3Model(
                                checkpoint,
                                choice.kernels(),
                                ModelOptions.DEFAULT,
                                LoadProgress.NONE);
                Arena arena = Arena.ofShared()) {
            golden =
                    SafetensorsFile.open(
                            GOLDEN.resolve("text/" + name + "-internals.safetensors"), arena);
            work = new Workspace(arena, model.text(), choice.kernels(), ROWS);
            var cache = new KvCache(arena, model.text().config(), ROWS);
            for (DecoderLayer layer : model.text().layers().subList(0, 2)) {
                steps(choice.kernels(), layer, cache);
            }
        }
    }

    private void steps(Kernels kernels, DecoderLayer layer, KvCache cache) {
        String prefix = "layers." + layer.number() + ".";
        MfaAttention attention = layer.attention();
        long headDim = attention.headDim();
        give(work.normed, prefix + "in_normed");
        attention.queryDown().apply(kernels, work.queryLow, work.normed, ROWS, work.scratch);
        meet(prefix + "q_low", work.queryLow);

        attention.forward(kernels, work, cache, layer.number(), 0, ROWS);
        meet(prefix + "q_mid", work.queryLow);
        meet(prefix + "q_rot", work.query);
        meet(prefix + "k_rot", Workspace.rows(cache.keys(layer.number(), 0), ROWS, headDim));
        meet(prefix + "v", Workspace.rows(cache.values(layer.number(), 0), ROWS, headDim));
        meet(prefix + "heads", work.heads);
        meet(prefix + "attn_out", work.branch);
        attentionWeightsGatherTheSameValues(layer, cache);

        give(work.normed, prefix + "post_normed");
        if (layer.feedForward() instanceof MixtureOfExperts mixture) {
            mixture.shared().forward(kernels, work, ROWS);
            meet(prefix + "shared_out", work.branch);
            layer.feedForward().forward(kernels, work, ROWS);
            meet(prefix + "routed_out", work.routed);
            meet(prefix + "router_probs", work.routerProbabilities);
            meet(prefix + "router_weights", work.routerWeights);
            assertArrayEquals(
                    golden.tensor(prefix + "router_ids")
                            .data()
                            .toArray(ValueLayout.JAVA_INT_UNALIGNED),
                    work.routerIds.toArray(ValueLayout.JAVA_INT));
        } else {
            layer.feedForward().forward(kernels, work, ROWS);
        }
        meet(prefix + "ffn_out", work.branch);
    }

    /** Weights times values are what the heads gathered. */
    private void attentionWeightsGatherTheSameValues(DecoderLayer layer, KvCache cache) {
        int heads = layer.attention().heads();
        int dim = layer.attention().headDim();
        float[] values =
                Workspace.rows(cache.values(layer.number(), 0), ROWS, dim)
                        .toArray(ValueLayout.JAVA_FLOAT);
        float[] gathered = new float[ROWS * heads * dim];
        for (int row = 0; row < ROWS; row++) {
            float[] weights =
                    AttentionWeights.of(
                            work.query, cache.keys(layer.number(), 0), 0, row, heads, dim);
            for (int i = 0; i < heads * dim; i++) {
                for (int p = 0; p <= row; p++) {
                    gathered[row * heads * dim + i] +=
                            weights[i / dim * (row + 1) + p] * values[p * dim + i % dim];
                }
            }
        }
        assertArrayEquals(work.heads.toArray(ValueLayout.JAVA_FLOAT), gathered, 1e-5f);
    }

    private float[] expected(String name) {
        return golden.tensor(name).data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }

    private void give(MemorySegment target, String name) {
        float[] values = expected(name);
        MemorySegment.copy(values, 0, target, ValueLayout.JAVA_FLOAT, 0, values.length);
    }

    private void meet(String name, MemorySegment actual) {
        float[] expected = expected(name);
        float largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertArrayEquals(expected, actual.toArray(ValueLayout.JAVA_FLOAT), 1e-5f * largest, name);
    }
}
