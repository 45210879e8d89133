package io.step3.checkpoint;

import io.step3.ops.Backend;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A folder in the layout of Hugging Face: {@code config.json}, and {@code model.safetensors} or
 * {@code model.safetensors.index.json} with its shards; {@code preprocessor_config.json} and {@code
 * generation_config.json} may be absent.
 *
 * <p>Opening reads the configuration and the headers. A shard is mapped when the first of its
 * tensors is asked for, read-only, and shared with the page cache of the operating system: nothing
 * is copied. Safe for use by several threads.
 *
 * <p>Closing unmaps everything, or, while a model is bound to it, leaves that to the model's own
 * closing. Once it is unmapped, whoever touches or asks for a tensor gets an {@link
 * IllegalStateException}.
 */
public final class Checkpoint implements AutoCloseable {

    private final Path folder;
    private final Step3Config config;
    private final PreprocessorConfig preprocessor;
    private final GenerationConfig generation;
    private final Arena arena;
    private final Tensors tensors;

    /** Those who compute with the weights; under this object's lock. */
    private int holds;

    private boolean closed;

    /** Why its files cannot be used any more, or null. */
    private volatile @Nullable String broken;

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
                    "%s holds no checkpoint: it has no %s; give the folder that has it beside the weights and tokenizer.json"
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
     * Claims the checkpoint for computing with its weights: maps all files, and guards them.
     *
     * @param backends what will compute
     * @return to be closed when nothing is computed any more
     * @throws CheckpointException if a file changed since it was opened or cannot be mapped
     * @throws IllegalStateException if the checkpoint is closed
     */
    public Hold hold(Backend... backends) {
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException(folder + " is closed");
            }
            holds++;
        }
        return new Hold(this, tensors.files(), List.of(backends));
    }

    void release() {
        synchronized (this) {
            holds--;
            if (closed && holds == 0) {
                arena.close();
            }
        }
    }

    /** Remembers why the checkpoint is broken, unless it was before, and says so. */
    CheckpointException broken(String sentence, @Nullable Throwable cause) {
        synchronized (this) {
            if (broken == null) {
                broken = sentence;
            }
            return new LostCheckpointException(broken, folder, cause);
        }
    }

    void requireWhole() {
        if (broken != null) {
            throw new LostCheckpointException(broken, folder, null);
        }
    }

    /**
     * Unmaps the files, or leaves that to the last model that is bound to them. A second call does
     * nothing.
     *
     * @throws IllegalStateException if an operation that no model runs is reading a tensor just
     *     now; the checkpoint then stays open
     */
    @Override
    public void close() {
        synchronized (this) {
            if (holds == 0 && arena.scope().isAlive()) {
                arena.close();
            }
            closed = true;
        }
    }
}
