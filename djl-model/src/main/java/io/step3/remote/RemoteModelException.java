package io.step3.remote;

/**
 * A server cannot be reached, does not answer as it should, or vanished in the middle of an answer.
 * The message is one sentence without the key.
 */
public final class RemoteModelException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    RemoteModelException(String message) {
        super(message);
    }
}
