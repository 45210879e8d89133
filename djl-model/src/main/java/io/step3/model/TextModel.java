package io.step3.model;

import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.Tensors;
import io.step3.checkpoint.TextConfig;
import io.step3.ops.Kernels;
import io.step3.ops.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** The decoder: embeddings, layers, final norm and head. Immutable; shared by all sessions. */
record TextModel(
        TextConfig config,
        Weight embedding,
        List<DecoderLayer> layers,
        Weight norm,
        Linear head,
        MemorySegment inverseFrequencies) {

    static TextModel bind(
            Arena arena, Checkpoint checkpoint, Activations activations, LoadProgress progress) {
        TextConfig config = checkpoint.config().text();
        Tensors tensors = checkpoint.tensors();
        int vocabulary = config.vocabSize();
        Weight embedding =
                tensors.weight("model.embed_tokens.weight", vocabulary, config.hiddenSize());
        List<DecoderLayer> layers = new ArrayList<>(config.numHiddenLayers());
        for (int i = 0; i < config.numHiddenLayers(); i++) {
            progress.moved(i, config.numHiddenLayers());
            layers.add(DecoderLayer.bind(tensors, i, config, activations));
        }
        progress.moved(config.numHiddenLayers(), config.numHiddenLayers());
        Weight norm = tensors.vector("model.norm.weight", config.hiddenSize());
        boolean tied =
                checkpoint.config().tieWordEmbeddings() && !tensors.contains("lm_head.weight");
        Weight head =
                tied
                        ? embedding
                        : tensors.weight("lm_head.weight", vocabulary, config.hiddenSize());
        return new TextModel(
                config,
                embedding,
                List.copyOf(layers),
                norm,
                new Linear(head, activations),
                inverseFrequencies(arena, config));
    }

    /** {@code theta^(-2i / headDim)} (Su et al., RoFormer, section 3.2.2). */
    private static MemorySegment inverseFrequencies(Arena arena, TextConfig config) {
        int half = config.headDim() / 2;
        MemorySegment frequencies = arena.allocate(ValueLayout.JAVA_FLOAT, half);
        for (int i = 0; i < half; i++) {
            double exponent = -2.0 * i / config.headDim();
            frequencies.setAtIndex(
                    ValueLayout.JAVA_FLOAT, i, (float) Math.pow(config.ropeTheta(), exponent));
        }
        return frequencies;
    }

    /** Runs the layers over {@code work.hidden}, whose rows stand at {@code position} and after. */
    void forward(
            Kernels kernels,
            Workspace work,
            KvCache cache,
            int position,
            int rows,
            ForwardObserver observer) {
        if (observer != ForwardObserver.NONE) {
            observer.embedded(
                    position, rows, Workspace.rows(work.hidden, rows, config.hiddenSize()));
        }
        for (DecoderLayer layer : layers) {
            layer.forward(kernels, work, cache, position, rows, observer);
        }
    }

    /** Logits {@code [rows, vocabulary]} of the last {@code rows} of a chunk of {@code of} rows. */
    void logits(Kernels kernels, Workspace work, MemorySegment out, int rows, int of) {
        long rowBytes = (long) config.hiddenSize() * Float.BYTES;
        MemorySegment last = work.hidden.asSlice((of - rows) * rowBytes, rows * rowBytes);
        kernels.rmsNorm(work.normed, last, norm, rows, config.rmsNormEps());
        head.apply(kernels, out, work.normed, rows, work.scratch);
    }
}
