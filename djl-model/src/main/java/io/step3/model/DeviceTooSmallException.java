package io.step3.model;

/** A placement that somebody asked for does not fit the device. */
public final class DeviceTooSmallException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    private final long missing;
    private final transient Placement fitting;

    DeviceTooSmallException(String message, long missing, Placement fitting) {
        super(message);
        this.missing = missing;
        this.fitting = fitting;
    }

    /** Bytes that the device is too small by. */
    public long missing() {
        return missing;
    }

    /** The placement nearest to the one asked for that fits. */
    public Placement fitting() {
        return fitting;
    }
}
