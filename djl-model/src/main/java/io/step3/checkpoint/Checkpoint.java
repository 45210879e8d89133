package io.step3.checkpoint;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A folder in the layout of Hugging Face: {@code config.json}, and {@code model.safetensors} or
 * {@code model.safetensors.index.json} with its shards; {@code preprocessor_config.json} and {@code
 * generation_config.json} may be absent.
 *
 * <p>Opening reads the configuration and the headers. A shard is mapped when the first of its
 * tensors is asked for, read-only, and shared with the page cache of the operating system: nothing
 * is copied. Safe for use by several threads.
 *
 * <p>Closing unmaps everything. Whoever touches or asks for a tensor afterwards gets an {@link
 * IllegalStateException}; closing while a native call reads a tensor throws one, and leaves the
 * checkpoint open.
 */
public final class Checkpoint implements AutoCloseable {

    private final Path folder;
    private final Step3Config config;
    private final PreprocessorConfig preprocessor;
    private final GenerationConfig generation;
    private final Arena arena;
    private final Tensors tensors;

    private Checkpoint(Path folder) {
        this.folder = folder;
        config = Step3Config.read(folder.resolve(Step3Config.FILE_NAME));
        preprocessor = PreprocessorConfig.read(folder);
        config.vision().ifPresent(vision -> preprocessor.check(folder, vision));
        generation = GenerationConfig.read(folder, config);
        arena = Arena.ofShared();
        try {
            tensors = new Tensors(folder, Shards.open(folder, arena), config.quantization());
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

    /** Whether a folder's {@code config.json} describes a Step3; says nothing of its soundness. */
    public static boolean isStep3(Path folder) {
        return Step3Config.describesStep3(folder.resolve(Step3Config.FILE_NAME));
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

    /** The tensors by name, and as weights of the network. */
    public Tensors tensors() {
        return tensors;
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
}
