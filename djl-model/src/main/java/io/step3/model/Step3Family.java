package io.step3.model;

import static io.step3.checkpoint.Step3Tensor.EMBEDDING;
import static io.step3.checkpoint.Step3Tensor.FINAL_NORM;
import static io.step3.checkpoint.Step3Tensor.INPUT_NORM;
import static io.step3.checkpoint.Step3Tensor.LANGUAGE_HEAD;
import static io.step3.checkpoint.Step3Tensor.POST_ATTENTION_NORM;

import io.step3.checkpoint.TextConfig;
import io.step3.ops.Backend;
import io.step3.ops.Buffer;
import io.step3.ops.Matrix;
import io.step3.ops.Stream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Step3: multi-matrix factorization attention in every layer; some layers dense, the others with
 * experts that a softmax chooses.
 */
final class Step3Family implements NetworkFamily {

    @Override
    public TextModel text(Arena arena, Binder binder, LoadProgress progress) {
        TextConfig config = binder.config().text();
        Matrix embedding = binder.matrix(EMBEDDING);
        List<DecoderLayer> layers = new ArrayList<>(config.numHiddenLayers());
        for (int i = 0; i < config.numHiddenLayers(); i++) {
            progress.moved(i, config.numHiddenLayers());
            layers.add(layer(binder, i));
        }
        progress.moved(config.numHiddenLayers(), config.numHiddenLayers());
        Matrix norm = binder.vector(FINAL_NORM);
        boolean tied =
                binder.config().tieWordEmbeddings()
                        && !binder.tensors().contains(LANGUAGE_HEAD.pattern());
        Placement placement = binder.placement();
        Matrix head;
        if (tied) {
            boolean together = placement.head() == placement.embedding();
            head = together ? embedding : binder.tiedHead();
        } else {
            head = binder.matrix(LANGUAGE_HEAD);
        }
        return new TextModel(
                config,
                placement.embedding(),
                embedding,
                List.copyOf(layers),
                norm,
                new Linear(placement.head(), head, binder.activations()),
                inverseFrequencies(arena, binder.backends().at(placement.cache()), config));
    }

    private static DecoderLayer layer(Binder binder, int number) {
        TextConfig config = binder.config().text();
        return new DecoderLayer(
                binder.placement().attention(),
                number,
                config.rmsNormEps(),
                binder.vector(INPUT_NORM, number),
                MfaAttention.bind(binder, number),
                binder.vector(POST_ATTENTION_NORM, number),
                config.isMoe(number)
                        ? MixtureOfExperts.bind(binder, number)
                        : GatedFeedForward.dense(binder, number));
    }

    /** {@code theta^(-2i / headDim)} (Su et al., RoFormer, section 3.2.2). */
    private static Buffer inverseFrequencies(Arena arena, Backend backend, TextConfig config) {
        float[] frequencies = new float[config.headDim() / 2];
        for (int i = 0; i < frequencies.length; i++) {
            double exponent = -2.0 * i / config.headDim();
            frequencies[i] = (float) Math.pow(config.ropeTheta(), exponent);
        }
        Buffer held = backend.allocate(arena, (long) frequencies.length * Float.BYTES);
        try (Stream stream = backend.newStream()) {
            stream.write(held, MemorySegment.ofArray(frequencies));
        }
        return held;
    }

    @Override
    public Optional<VisionTower> vision(Arena arena, Binder binder) {
        return binder.config().vision().map(_ -> new VisionTower(arena, binder));
    }
}
