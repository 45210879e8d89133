package io.step3.chat;

/** A {@link ChatModel} that was asked after it was closed. */
public final class ModelClosedException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    /** Says so. */
    public ModelClosedException() {
        super("the model is closed");
    }
}
