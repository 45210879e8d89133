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
import io.step3.ops.Kernels;
import io.step3.ops.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * What turns a picture into rows that stand beside the embeddings of words: patches, a post-norm
 * ViT, two downsampling convolutions and a projector. Immutable; shared by all.
 */
final class VisionTower {

    private final Kernels kernels;
    private final VisionConfig config;
    private final int hidden;
    private final Weight patchWeight;
    private final Weight patchBias;
    private final MemorySegment classEmbedding;
    private final List<VisionLayer> layers;
    private final Weight first;
    private final Weight firstBias;
    private final Weight second;
    private final Weight secondBias;
    private final Weight projector;
    private final Weight projectorBias;
    private final View base;
    private final View crop;

    /** A size of picture that the tower takes, with the position embeddings of its grid. */
    private record View(VisionGeometry geometry, MemorySegment positions) {}

    VisionTower(Arena arena, Kernels kernels, Binder binder) {
        Step3Config whole = binder.config();
        this.kernels = kernels;
        config = whole.vision().orElseThrow();
        hidden = whole.text().hiddenSize();
        patchWeight = binder.convolution(PATCHES);
        patchBias = binder.vector(PATCHES_BIAS);
        PositionEmbedding positions =
                PositionEmbedding.read(kernels, binder.matrix(POSITION_EMBEDDING));
        classEmbedding = LazyMemory.allocate(arena, (long) config.hiddenSize() * Float.BYTES);
        Weight classWeight = binder.matrix(CLASS_EMBEDDING);
        kernels.embed(classEmbedding, classWeight, arena.allocate(ValueLayout.JAVA_INT), 1);
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
        return new View(geometry, positions.resized(arena, geometry.grid()));
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
    MemorySegment look(Arena arena, ProcessedImage image, Runnable check) {
        long rowBytes = (long) hidden * Float.BYTES;
        MemorySegment features = LazyMemory.allocate(arena, features(image) * rowBytes);
        long row = 0;
        if (!image.crops().isEmpty()) {
            try (Arena temporary = Arena.ofConfined()) {
                var work = new VisionWorkspace(temporary, kernels, config, crop.geometry());
                for (float[] pixels : image.crops()) {
                    check.run();
                    MemorySegment out = features.asSlice(row * rowBytes, cropFeatures() * rowBytes);
                    forward(work, crop, pixels, out, check);
                    row += cropFeatures();
                }
            }
        }
        try (Arena temporary = Arena.ofConfined()) {
            var work = new VisionWorkspace(temporary, kernels, config, base.geometry());
            forward(work, base, image.base(), features.asSlice(row * rowBytes), check);
        }
        return features;
    }

    private void forward(
            VisionWorkspace work, View view, float[] pixels, MemorySegment out, Runnable check) {
        VisionGeometry geometry = view.geometry();
        long width = config.hiddenSize();
        long leadingBytes = VisionGeometry.LEADING * width * Float.BYTES;
        MemorySegment.copy(pixels, 0, work.pixels, ValueLayout.JAVA_FLOAT, 0, pixels.length);

        MemorySegment patches = work.hidden.asSlice(leadingBytes);
        kernels.convolve(
                patches, work.pixels, patchWeight, patchBias, geometry.embedding(), work.scratch);
        for (int i = 0; i < VisionGeometry.LEADING; i++) {
            MemorySegment.copy(
                    classEmbedding, 0, work.hidden, i * width * Float.BYTES, width * Float.BYTES);
        }
        kernels.add(work.hidden, view.positions(), geometry.tokens() * width);

        for (VisionLayer layer : layers) {
            check.run();
            layer.forward(kernels, work, geometry.tokens());
        }

        kernels.convolve(work.down1, patches, first, firstBias, geometry.first(), work.scratch);
        kernels.convolve(
                work.down2, work.down1, second, secondBias, geometry.second(), work.scratch);
        kernels.linear(out, work.down2, projector, projectorBias, geometry.features());
    }
}
