package io.step3.checkpoint;

/**
 * A checkpoint that cannot be used: a file that is missing, broken or hostile, a tensor that is not
 * what the configuration promises, a model that is not Step3. The message is one sentence that
 * names the file, and the tensor or key in it, and what to do.
 *
 * <p>Unchecked, because a program can rarely mend a checkpoint; an {@link
 * IllegalArgumentException}, because the folder or file that was named is the wrong one. Failures
 * to read (a broken disk, no permission) are reported the same way, with the {@link
 * java.io.IOException} as cause.
 */
public sealed class CheckpointException extends IllegalArgumentException
        permits LostCheckpointException {

    private static final long serialVersionUID = 1L;

    /**
     * @param message one sentence: which file, what in it, and what to do
     */
    public CheckpointException(String message) {
        super(message);
    }

    /**
     * @param message one sentence: which file, what in it, and what to do
     * @param cause what was caught
     */
    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }
}
