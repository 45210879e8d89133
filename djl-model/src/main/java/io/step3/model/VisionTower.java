package io.step3.model;

import static io.step3.checkpoint.Step3Tensor.CLASS_EMBEDDING;
import static io.step3.checkpoint.Step3Tensor.DOWNSAMPLER_1;
import static io.step3.checkpoint.Step3Tensor.DOWNSAMPLER_1_BIAS;
import static io.step3.checkpoint.Step3Tensor.DOWNSAMPLER_2;
import static io.step3.checkpoint.Step3Tensor.DOWNSAMPLER_2_BIAS;
import static io.step3.checkpoint.Step3Tensor.PATCHES;
import static io.step3.checkpoint.Step3Tensor.PATCHES_BIAS;
import static io.step3.checkpoint.Step3Tensor.POSITION_EMBEDDING;
import static io.step3.checkpoint.Step3Tensor.PROJECTOR;
import static io.step3.checkpoint.Step3Tensor.PROJECTOR_BIAS;

import io.step3.checkpoint.PreprocessorConfig;
import io.step3.checkpoint.Step3Config;
import io.step3.checkpoint.VisionConfig;
import io.step3.image.PlannedImage;
import io.step3.image.ProcessedImage;
import io.step3.ops.Backend;
import io.step3.ops.Buffer;
import io.step3.ops.Matrix;
import io.step3.ops.Stream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What turns a picture into rows that stand beside the embeddings of words: patches, a post-norm
 * ViT, two downsampling convolutions and a projector. Immutable; shared by all.
 */
final class VisionTower {

    private final Backend backend;
    private final VisionConfig config;
    private final int hidden;
    private final Matrix patchWeight;
    private final Matrix patchBias;
    private final Buffer classEmbedding;
    private final List<VisionLayer> layers;
    private final Matrix first;
    private final Matrix firstBias;
    private final Matrix second;
    private final Matrix secondBias;
    private final Matrix projector;
    private final @Nullable Matrix projectorBias;
    private final View base;
    private final View crop;

    /** A size of picture that the tower takes, with the position embeddings of its grid. */
    private record View(VisionGeometry geometry, Buffer positions) {}

    VisionTower(Arena arena, Binder binder) {
        Step3Config whole = binder.config();
        backend = binder.backends().at(binder.placement().vision());
        config = whole.vision().orElseThrow();
        hidden = whole.text().hiddenSize();
        patchWeight = binder.convolution(PATCHES);
        patchBias = binder.vector(PATCHES_BIAS);
        PositionEmbedding positions =
                PositionEmbedding.read(backend, binder.matrix(POSITION_EMBEDDING));
        classEmbedding = backend.allocate(arena, (long) config.hiddenSize() * Float.BYTES);
        try (Stream stream = backend.newStream()) {
            Matrix classWeight = binder.matrix(CLASS_EMBEDDING);
            stream.embed(classEmbedding, classWeight, backend.allocate(arena, Integer.BYTES), 1);
            stream.await();
        }
        List<VisionLayer> bound = new ArrayList<>(config.numHiddenLayers());
        for (int i = 0; i < config.numHiddenLayers(); i++) {
            bound.add(VisionLayer.bind(binder, i));
        }
        layers = List.copyOf(bound);
        first = binder.convolution(DOWNSAMPLER_1);
        firstBias = binder.vector(DOWNSAMPLER_1_BIAS);
        second = binder.convolution(DOWNSAMPLER_2);
        secondBias = binder.vector(DOWNSAMPLER_2_BIAS);
        projector = binder.matrix(PROJECTOR);
        projectorBias = whole.projectorBias() ? binder.vector(PROJECTOR_BIAS) : null;
        int stride = whole.understandProjectorStride();
        PreprocessorConfig sizes = binder.checkpoint().preprocessor();
        base = view(arena, positions, stride, sizes.imageSize());
        crop = view(arena, positions, stride, sizes.patchSize());
    }

    private View view(Arena arena, PositionEmbedding positions, int stride, int side) {
        VisionGeometry geometry = VisionGeometry.of(config, stride, side);
        return new View(geometry, positions.resized(backend, arena, geometry.grid()));
    }

    /** Rows that the whole picture becomes. */
    int baseFeatures() {
        return base.geometry().features();
    }

    /** Rows that each crop becomes. */
    int cropFeatures() {
        return crop.geometry().features();
    }

    /** Rows that a picture becomes in all. */
    int features(PlannedImage image) {
        return image.plan().crops() * cropFeatures() + baseFeatures();
    }

    /**
     * Looks at a picture.
     *
     * @param arena owner of the result
     * @param check asked before every layer; what it throws ends the look
     * @return float32 {@code [features, hidden]}: the crops in order, then the whole picture
     */
    Buffer look(Arena arena, ProcessedImage image, Runnable check) {
        long rowBytes = (long) hidden * Float.BYTES;
        Buffer features = backend.allocate(arena, features(image) * rowBytes);
        long row = 0;
        try (Stream stream = backend.newStream()) {
            if (!image.crops().isEmpty()) {
                try (Arena temporary = Arena.ofConfined()) {
                    var work = new VisionWorkspace(temporary, backend, config, crop.geometry());
                    for (float[] pixels : image.crops()) {
                        check.run();
                        Buffer out = features.slice(row * rowBytes, cropFeatures() * rowBytes);
                        forward(stream, work, crop, pixels, out, check);
                        row += cropFeatures();
                    }
                    stream.await();
                }
            }
            try (Arena temporary = Arena.ofConfined()) {
                var work = new VisionWorkspace(temporary, backend, config, base.geometry());
                forward(stream, work, base, image.base(), features.slice(row * rowBytes), check);
                stream.await();
            }
        }
        return features;
    }

    private void forward(
            Stream stream,
            VisionWorkspace work,
            View view,
            float[] pixels,
            Buffer out,
            Runnable check) {
        VisionGeometry geometry = view.geometry();
        long width = config.hiddenSize();
        long leadingBytes = VisionGeometry.LEADING * width * Float.BYTES;
        stream.write(work.pixels, MemorySegment.ofArray(pixels));

        Buffer patches = work.hidden.slice(leadingBytes);
        stream.convolve(
                patches, work.pixels, patchWeight, patchBias, geometry.embedding(), work.scratch);
        for (int i = 0; i < VisionGeometry.LEADING; i++) {
            stream.copy(work.hidden.slice(i * width * Float.BYTES), classEmbedding);
        }
        stream.add(work.hidden, view.positions(), geometry.tokens() * width);

        for (VisionLayer layer : layers) {
            check.run();
            layer.forward(stream, work, geometry.tokens());
        }

        stream.convolve(work.down1, patches, first, firstBias, geometry.first(), work.scratch);
        stream.convolve(
                work.down2, work.down1, second, secondBias, geometry.second(), work.scratch);
        stream.linear(out, work.down2, projector, projectorBias, geometry.features());
    }
}
