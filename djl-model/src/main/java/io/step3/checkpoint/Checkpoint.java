package io.step3.checkpoint;

import io.step3.ops.ExpertWeight;
import io.step3.ops.Weight;
import io.step3.ops.WeightType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.foreign.ValueLayout.OfFloat;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A folder in the layout of Hugging Face: {@code config.json}, and {@code model.safetensors} or
 * {@code model.safetensors.index.json} with its shards; {@code preprocessor_config.json} and {@code
 * generation_config.json} may be absent.
 *
 * <p>Opening reads the configuration and the headers. A shard is mapped when the first of its
 * tensors is asked for, read-only, and shared with the page cache of the operating system: nothing
 * is copied. Safe for use by several threads.
 *
 * <p>{@link #weight}, {@link #vector}, {@link #convolution} and {@link #experts} give tensors as
 * the network's operations take them. The caller says which shape it needs; the dtype is each
 * tensor's own. {@code F32}, {@code BF16} and {@code F16} stand for themselves; {@code F8_E4M3}
 * needs a second tensor {@code <name>_scale_inv}, {@code F32}, with one scale for each block of the
 * matrix (of each expert's matrix), the last blocks ragged. Scales are checked when their weight is
 * asked for; nothing else is read. These methods throw {@link CheckpointException} if the tensor is
 * missing or has another shape or a dtype that does not fit.
 *
 * <p>Closing unmaps everything. Whoever touches or asks for a tensor afterwards gets an {@link
 * IllegalStateException}; closing while a native call reads a tensor throws one, and leaves the
 * checkpoint open.
 */
public final class Checkpoint implements AutoCloseable {

    private static final String SCALE_SUFFIX = "_scale_inv";
    private static final OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path folder;
    private final Step3Config config;
    private final PreprocessorConfig preprocessor;
    private final GenerationConfig generation;
    private final Arena arena;
    private final Map<String, SafetensorsFile> files;

    private Checkpoint(Path folder) {
        this.folder = folder;
        config = Step3Config.read(folder.resolve(Step3Config.FILE_NAME));
        preprocessor = PreprocessorConfig.read(folder);
        config.vision().ifPresent(vision -> preprocessor.check(folder, vision));
        generation = GenerationConfig.read(folder, config);
        arena = Arena.ofShared();
        try {
            files = Shards.open(folder, arena);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /**
     * Opens a checkpoint.
     *
     * @throws CheckpointException if the folder does not hold a sound Step3 checkpoint, saying what
     *     is wrong where
     */
    public static Checkpoint open(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new CheckpointException(
                    folder + " is missing or not a folder: give the folder of a checkpoint");
        }
        if (!Files.exists(folder.resolve(Step3Config.FILE_NAME))) {
            throw new CheckpointException(
                    "%s holds no checkpoint: it has no %s"
                            .formatted(folder, Step3Config.FILE_NAME));
        }
        return new Checkpoint(folder);
    }

    /** Where it lies. */
    public Path folder() {
        return folder;
    }

    /** What {@code config.json} says. */
    public Step3Config config() {
        return config;
    }

    /** What {@code preprocessor_config.json} says, or the published sizes. */
    public PreprocessorConfig preprocessor() {
        return preprocessor;
    }

    /** What {@code generation_config.json} says, with the token ids of {@code config.json}. */
    public GenerationConfig generation() {
        return generation;
    }

    /** What the headers say of all tensors. Reads nothing. */
    public List<TensorInfo> tensors() {
        return files.keySet().stream().map(this::info).toList();
    }

    /** What all tensors take on disk, in bytes, without headers. */
    public long bytes() {
        return tensors().stream().mapToLong(TensorInfo::bytes).sum();
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
        WeightType type = type(tensor.info());
        if (type != WeightType.F8_E4M3) {
            return Weight.plain(type, tensor.data(), rows, cols);
        }
        QuantizationConfig block = config.quantization();
        var scales = scales(name, List.of(block.scaleRows(rows), block.scaleCols(cols)));
        return new Weight(
                type, tensor.data(), rows, cols, scales, block.blockRows(), block.blockCols());
    }

    /** A vector {@code [size]}, which becomes a matrix of one row. Never fp8. */
    public Weight vector(String name, long size) {
        return plain(shaped(name, List.of(size)), 1, size);
    }

    /**
     * The kernels of a convolution, {@code [outputs, inputs, kernel, kernel]}, which become a
     * matrix {@code [outputs, inputs * kernel * kernel]}. Never fp8.
     */
    public Weight convolution(String name, long outputs, long inputs, long kernel) {
        Tensor tensor = shaped(name, List.of(outputs, inputs, kernel, kernel));
        return plain(tensor, outputs, inputs * kernel * kernel);
    }

    /** The stacked matrices of a layer's experts, {@code [experts, rows, cols]}. */
    public ExpertWeight experts(String name, int experts, long rows, long cols) {
        Tensor tensor = shaped(name, List.of((long) experts, rows, cols));
        WeightType type = type(tensor.info());
        if (type != WeightType.F8_E4M3) {
            return new ExpertWeight(
                    type, tensor.data(), experts, rows, cols, MemorySegment.NULL, 0, 0);
        }
        QuantizationConfig block = config.quantization();
        var scales =
                scales(name, List.of((long) experts, block.scaleRows(rows), block.scaleCols(cols)));
        return new ExpertWeight(
                type,
                tensor.data(),
                experts,
                rows,
                cols,
                scales,
                block.blockRows(),
                block.blockCols());
    }

    /**
     * Unmaps the files; a second call does nothing.
     *
     * @throws IllegalStateException if a native call is reading a tensor just now
     */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private SafetensorsFile file(String name) {
        SafetensorsFile file = files.get(name);
        if (file == null) {
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
        WeightType type = type(tensor.info());
        if (type == WeightType.F8_E4M3) {
            throw unusable(tensor.info(), "F32, BF16 or F16");
        }
        return Weight.plain(type, tensor.data(), rows, cols);
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
        String scaleName = name + SCALE_SUFFIX;
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
