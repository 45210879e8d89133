package io.step3.model;

import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.DType;
import io.step3.checkpoint.Step3Config;
import io.step3.checkpoint.Step3Tensor;
import io.step3.checkpoint.Tensors;
import io.step3.checkpoint.TextConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The memory that the parts of a network take on a device, in bytes; in the host's they take a
 * little less where rows are short.
 *
 * @param parts the weights of each class but the routed experts; of the vision tower its working
 *     memory too
 * @param routed the routed experts of each layer, 0 where there are none
 * @param cacheToken keys and values of one token in all layers
 * @param work the working memory of a pass
 */
public record Footprint(
        Map<TensorClass, Long> parts, List<Long> routed, long cacheToken, long work) {

    private static final int PITCH = 128;

    /** Copies what it is given. */
    public Footprint {
        parts = Map.copyOf(parts);
        routed = List.copyOf(routed);
    }

    /** Of what type a tensor of a layer is; null if there is none. */
    private interface Types {
        @Nullable DType of(Step3Tensor tensor, int layer);
    }

    /** Of a checkpoint, as its headers say. Reads no weights. */
    public static Footprint of(Checkpoint checkpoint, ModelOptions options) {
        Tensors tensors = checkpoint.tensors();
        return of(
                checkpoint.config(),
                options,
                (tensor, layer) -> {
                    // A head that is not there is the embedding, which may lie elsewhere.
                    boolean tied =
                            tensor == Step3Tensor.LANGUAGE_HEAD
                                    && !tensors.contains(tensor.pattern());
                    String name = (tied ? Step3Tensor.EMBEDDING : tensor).name(layer);
                    return tensors.contains(name) ? tensors.info(name).dtype() : null;
                });
    }

    /** Of a model whose tensors have these types; fp8 ones with their scales. */
    public static Footprint of(
            Step3Config config, Function<Step3Tensor, DType> dtypes, ModelOptions options) {
        return of(config, options, (tensor, _) -> dtypes.apply(tensor));
    }

    /** As on a device: a row begins at a multiple of {@value #PITCH} bytes. */
    private static long bytes(Step3Config config, Step3Tensor tensor, DType dtype) {
        List<Long> shape = tensor.shape(config);
        boolean convolution = shape.size() == 4;
        long all = shape.stream().reduce(1L, Math::multiplyExact);
        long cols = convolution ? shape.get(1) * shape.get(2) * shape.get(3) : shape.getLast();
        long rowBytes = Math.ceilDiv(cols * dtype.bits(), Byte.SIZE);
        long scales = dtype == DType.F8_E4M3 ? config.quantization().scaleBytes(shape) : 0;
        return all / cols * Math.ceilDiv(rowBytes, PITCH) * PITCH + scales;
    }

    private static Footprint of(Step3Config config, ModelOptions options, Types types) {
        TextConfig text = config.text();
        Map<TensorClass, Long> parts = new EnumMap<>(TensorClass.class);
        List<Long> routed = new ArrayList<>(Collections.nCopies(text.numHiddenLayers(), 0L));
        for (Step3Tensor tensor : Step3Tensor.values()) {
            TensorClass part = TensorClass.of(tensor);
            tensor.part()
                    .layers(config)
                    .forEach(
                            layer -> {
                                DType dtype = types.of(tensor, layer);
                                long bytes = dtype == null ? 0 : bytes(config, tensor, dtype);
                                if (part == TensorClass.ROUTED) {
                                    routed.set(layer, routed.get(layer) + bytes);
                                } else {
                                    parts.merge(part, bytes, Long::sum);
                                }
                            });
        }
        config.vision()
                .ifPresent(
                        vision ->
                                parts.merge(
                                        TensorClass.VISION,
                                        VisionWorkspace.bytes(
                                                vision, config.understandProjectorStride()),
                                        Long::sum));
        int tokens = Math.min(options.prefillChunk(), text.maxPositions());
        return new Footprint(
                parts, routed, options.cacheBytesPerToken(text), Workspace.bytes(text, tokens));
    }

    /** Of a class in all layers; of the cache for so many tokens. */
    public long of(TensorClass part, int context) {
        return switch (part) {
            case CACHE -> cacheToken * context;
            case ROUTED -> routed.stream().mapToLong(Long::longValue).sum();
            default -> parts.getOrDefault(part, 0L);
        };
    }

    /** Of all that a placement puts to one place, with caches of so many tokens. */
    public long at(Where where, Placement placement, int context) {
        long bytes = placement.decodes(where) ? work : 0;
        for (Map.Entry<TensorClass, Where> part : placement.parts().entrySet()) {
            bytes += part.getValue() == where ? of(part.getKey(), context) : 0;
        }
        for (int layer = 0; layer < routed.size(); layer++) {
            bytes += placement.routed().get(layer) == where ? routed.get(layer) : 0;
        }
        return bytes;
    }
}
