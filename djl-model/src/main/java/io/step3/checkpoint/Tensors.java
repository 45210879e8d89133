package io.step3.checkpoint;

import io.step3.ops.Format;
import io.step3.ops.Weight;
import io.step3.ops.WeightType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.foreign.ValueLayout.OfFloat;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The tensors of a checkpoint by name, valid until the checkpoint is closed: afterwards every
 * method that gives one throws {@link IllegalStateException}. Safe for use by several threads.
 *
 * <p>{@link #weight}, {@link #vector}, {@link #convolution} and {@link #experts} give tensors as
 * the network's operations take them. The caller says which shape it needs; the dtype is each
 * tensor's own. {@code F32}, {@code BF16} and {@code F16} stand for themselves; {@code F8_E4M3}
 * needs a second tensor {@code <name>_scale_inv}, {@code F32}, with one scale for each block of the
 * matrix (of each expert's matrix), the last blocks ragged. Scales are checked when their weight is
 * asked for; nothing else is read. These methods throw {@link CheckpointException} if the tensor is
 * missing or has another shape or a dtype that does not fit.
 */
public final class Tensors {

    private static final String SCALE_SUFFIX = "_scale_inv";
    private static final OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path folder;
    private final Map<String, SafetensorsFile> files;
    private final Map<String, String> missing;
    private final QuantizationConfig quantization;

    /**
     * @param folder where they come from, for messages
     * @param found which file each tensor lies in
     */
    Tensors(Path folder, Shards.Found found, QuantizationConfig quantization) {
        this.folder = folder;
        this.files = found.files();
        this.missing = found.missing();
        this.quantization = quantization;
    }

    /** The name of a block-fp8 tensor's scales. */
    public static String scalesOf(String name) {
        return name + SCALE_SUFFIX;
    }

    /** What the headers say of all tensors. Reads nothing. */
    public List<TensorInfo> infos() {
        return files.keySet().stream().map(this::info).toList();
    }

    /** What all tensors take on disk, in bytes, without headers. */
    public long bytes() {
        return infos().stream().mapToLong(TensorInfo::bytes).sum();
    }

    /** Whether there is a tensor of this name. */
    public boolean contains(String name) {
        return files.containsKey(name);
    }

    /**
     * What the header says of a tensor. Reads nothing.
     *
     * @throws CheckpointException if there is no tensor of this name
     */
    public TensorInfo info(String name) {
        return file(name).tensors().get(name);
    }

    /**
     * A tensor as it is stored, whatever its dtype.
     *
     * @throws CheckpointException if there is no tensor of this name
     */
    public Tensor tensor(String name) {
        return file(name).tensor(name);
    }

    /** A matrix {@code [rows, cols]}. */
    public Weight weight(String name, long rows, long cols) {
        Tensor tensor = shaped(name, List.of(rows, cols));
        List<Long> scales = List.of(quantization.scaleRows(rows), quantization.scaleCols(cols));
        return new Weight(format(name, tensor.info(), scales), tensor.data(), rows, cols);
    }

    /** A vector {@code [size]}, which becomes a matrix of one row. Never fp8. */
    public Weight vector(String name, long size) {
        return plain(shaped(name, List.of(size)), 1, size);
    }

    /**
     * The kernels of a convolution, {@code [outputs, inputs, height, width]}, which become a matrix
     * {@code [outputs, inputs * height * width]}. Never fp8.
     */
    public Weight convolution(String name, long outputs, long inputs, long height, long width) {
        Tensor tensor = shaped(name, List.of(outputs, inputs, height, width));
        return plain(tensor, outputs, inputs * height * width);
    }

    /** The stacked matrices of a layer's experts, {@code [experts, rows, cols]}. */
    public Weight experts(String name, int experts, long rows, long cols) {
        Tensor tensor = shaped(name, List.of((long) experts, rows, cols));
        List<Long> scales =
                List.of((long) experts, quantization.scaleRows(rows), quantization.scaleCols(cols));
        return new Weight(format(name, tensor.info(), scales), tensor.data(), experts, rows, cols);
    }

    /** How a tensor's numbers are stored, with their scales of this shape if it has them. */
    private Format format(String name, TensorInfo info, List<Long> scales) {
        WeightType type = type(info);
        if (info.dtype() != DType.F8_E4M3) {
            return Format.of(type);
        }
        return new Format.Blocks(
                type, quantization.blockRows(), quantization.blockCols(), scales(name, scales));
    }

    /** The files that tensors lie in, each once. */
    List<SafetensorsFile> files() {
        return files.values().stream().distinct().toList();
    }

    private SafetensorsFile file(String name) {
        SafetensorsFile file = files.get(name);
        if (file == null) {
            if (missing.containsKey(name)) {
                throw new CheckpointException(missing.get(name));
            }
            throw new CheckpointException(
                    "%s has no tensor %s: the download is incomplete, or config.json belongs to another model"
                            .formatted(folder, name));
        }
        return file;
    }

    private Tensor shaped(String name, List<Long> shape) {
        TensorInfo info = info(name);
        if (!info.shape().equals(shape)) {
            throw new CheckpointException(
                    "%s: tensor %s has the shape %s, but config.json asks for %s"
                            .formatted(info.file(), name, info.shape(), shape));
        }
        return tensor(name);
    }

    private static Weight plain(Tensor tensor, long rows, long cols) {
        if (tensor.info().dtype() == DType.F8_E4M3) {
            throw unusable(tensor.info(), "F32, BF16 or F16");
        }
        return new Weight(Format.of(type(tensor.info())), tensor.data(), rows, cols);
    }

    private static WeightType type(TensorInfo info) {
        return switch (info.dtype()) {
            case F32 -> WeightType.F32;
            case BF16 -> WeightType.BF16;
            case F16 -> WeightType.F16;
            case F8_E4M3 -> WeightType.F8_E4M3;
            default -> throw unusable(info, "F32, BF16, F16 or F8_E4M3");
        };
    }

    private static CheckpointException unusable(TensorInfo info, String usable) {
        return new CheckpointException(
                "%s: tensor %s has the dtype %s, but only %s can be used here"
                        .formatted(info.file(), info.name(), info.dtype(), usable));
    }

    private MemorySegment scales(String name, List<Long> shape) {
        String scaleName = scalesOf(name);
        if (!contains(scaleName)) {
            throw new CheckpointException(
                    "%s: tensor %s is F8_E4M3, but its scales %s are missing: use a block-fp8 checkpoint"
                            .formatted(info(name).file(), name, scaleName));
        }
        Tensor scales = shaped(scaleName, shape);
        if (scales.info().dtype() != DType.F32) {
            throw unusable(scales.info(), "F32");
        }
        for (long i = 0; i < scales.info().elements(); i++) {
            float scale = scales.data().get(FLOAT, i * Float.BYTES);
            // Zero is fine: that is how a block of zeros may be stored.
            if (!(scale >= 0 && scale < Float.POSITIVE_INFINITY)) {
                throw new CheckpointException(
                        "%s: tensor %s has the scale %s at index %d: download the file again"
                                .formatted(scales.info().file(), scaleName, scale, i));
            }
        }
        return scales.data();
    }
}
