package io.step3.ops;

/**
 * A weight could not be read: pages of the mapped file that it lies in are gone, because the file
 * was cut or its disk went away. What the operation wrote is worth nothing. Whoever mapped the file
 * can say which it is: see {@link MappingGuard}.
 */
public final class WeightsLostException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    WeightsLostException(String message) {
        super(message);
    }
}
