package io.step3.model;

import java.util.Locale;

/** Where a part of the network lies and is computed. */
public enum Where {
    /** The processor's kernels, on weights in the host's memory. */
    CPU,
    /** The device's kernels, on weights in the device's memory. */
    GPU;

    /** What people call it: {@code gpu}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
