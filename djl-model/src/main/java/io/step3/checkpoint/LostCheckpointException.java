package io.step3.checkpoint;

import java.nio.file.Path;
import java.util.Objects;

/**
 * A checkpoint whose files were cut, overwritten or lost while it was in use: what computes with it
 * cannot go on, and it is to be loaded again once they are restored.
 */
public final class LostCheckpointException extends CheckpointException {

    private static final long serialVersionUID = 1L;

    private final transient Path folder;

    /**
     * @param message one sentence: which file, what happened to it, and what to do
     * @param folder of the checkpoint
     * @param cause what was caught, or null
     */
    LostCheckpointException(String message, Path folder, Throwable cause) {
        super(message, cause);
        this.folder = Objects.requireNonNull(folder, "folder");
    }

    /** The checkpoint's folder. */
    public Path folder() {
        return folder;
    }
}
