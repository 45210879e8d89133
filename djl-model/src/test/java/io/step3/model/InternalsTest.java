package io.step3.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.SafetensorsFile;
import io.step3.ops.BackendLoader;
import io.step3.ops.KeyValues;
import io.step3.ops.Stream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens within a layer, step by step, against the golden internals of a 7-token prompt. */
class InternalsTest {

    private static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));
    private static final int ROWS = 7;

    private SafetensorsFile golden;
    private Workspace work;
    private Stream stream;

    @ParameterizedTest
    @ValueSource(strings = {"a", "b"})
    void everyStepOfADenseAndOfAMixtureLayerMeetsTheGoldenFile(String name) {
        try (BackendLoader.Choice choice = BackendLoader.load();
                Checkpoint checkpoint = Checkpoint.open(GOLDEN.resolve("checkpoints/" + name));
                var model =
                        new Step3Model(
                                checkpoint,
                                choice.backend(),
                                ModelOptions.DEFAULT,
                                LoadProgress.NONE);
                Arena arena = Arena.ofShared()) {
            golden =
                    SafetensorsFile.open(
                            GOLDEN.resolve("text/" + name + "-internals.safetensors"), arena);
            try (var own =
                            new Workspace(
                                    model.text(), model.backends(), model.placement(), ROWS, 1);
                    var passes = new Streams(model.backends(), model.placement());
                    Sequence sequence = model.newSequence()) {
                work = own;
                stream = passes.at(Where.CPU);
                var span =
                        new Span(
                                sequence,
                                new int[ROWS],
                                new long[ROWS],
                                null,
                                null,
                                ForwardObserver.NONE);
                Pass pass = Pass.of(passes, work, List.of(span));
                for (DecoderLayer layer : model.text().layers().subList(0, 2)) {
                    steps(pass, layer, sequence.cache());
                }
            }
        }
    }

    private void steps(Pass pass, DecoderLayer layer, KeyValues cache) {
        String prefix = "layers." + layer.number() + ".";
        MfaAttention attention = (MfaAttention) layer.attention();
        give(work.normed, prefix + "in_normed");
        attention.queryDown().apply(pass, work.queryLow, work.normed);
        meet(prefix + "q_low", work.queryLow);

        attention.forward(pass, layer.number(), work.normed, work.branch);
        meet(prefix + "q_mid", work.queryLow);
        meet(prefix + "q_rot", work.query);
        meet(prefix + "k_rot", stream.viewKeys(cache, layer.number(), ROWS));
        meet(prefix + "v", stream.viewValues(cache, layer.number(), ROWS));
        meet(prefix + "heads", work.attended);
        meet(prefix + "attn_out", work.branch);
        attentionWeightsGatherTheSameValues(layer, cache);

        give(work.normed, prefix + "post_normed");
        if (layer.feedForward() instanceof MixtureOfExperts mixture) {
            mixture.shared().forward(pass, work.normed, work.branch);
            meet(prefix + "shared_out", work.branch);
            layer.feedForward().forward(pass, work.normed, work.branch);
            meet(prefix + "routed_out", work.routed);
            meet(prefix + "router_probs", work.routerProbabilities);
            meet(prefix + "router_weights", work.routerWeights);
            assertArrayEquals(
                    golden.tensor(prefix + "router_ids")
                            .data()
                            .toArray(ValueLayout.JAVA_INT_UNALIGNED),
                    view(work.routerIds).toArray(ValueLayout.JAVA_INT));
        } else {
            layer.feedForward().forward(pass, work.normed, work.branch);
        }
        meet(prefix + "ffn_out", work.branch);
    }

    /** Weights times values are what the heads gathered. */
    private void attentionWeightsGatherTheSameValues(DecoderLayer layer, KeyValues cache) {
        int heads = layer.attention().heads();
        int dim = layer.attention().headDim();
        float[] values =
                stream.viewValues(cache, layer.number(), ROWS).toArray(ValueLayout.JAVA_FLOAT);
        float[] gathered = new float[ROWS * heads * dim];
        for (int row = 0; row < ROWS; row++) {
            float[] weights =
                    AttentionWeights.of(
                            view(work.query),
                            stream.viewKeys(cache, layer.number(), ROWS),
                            0,
                            row,
                            heads,
                            dim);
            for (int i = 0; i < heads * dim; i++) {
                for (int p = 0; p <= row; p++) {
                    gathered[row * heads * dim + i] +=
                            weights[i / dim * (row + 1) + p] * values[p * dim + i % dim];
                }
            }
        }
        assertArrayEquals(view(work.attended).toArray(ValueLayout.JAVA_FLOAT), gathered, 1e-5f);
    }

    private float[] expected(String name) {
        return golden.tensor(name).data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }

    private void give(Rows target, String name) {
        stream.write(target.at(Where.CPU), MemorySegment.ofArray(expected(name)));
    }

    private void meet(String name, Rows actual) {
        meet(name, view(actual));
    }

    private MemorySegment view(Rows rows) {
        return stream.view(rows.at(Where.CPU));
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
