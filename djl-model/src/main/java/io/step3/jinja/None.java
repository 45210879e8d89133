package io.step3.jinja;

/** Python's {@code None}, JSON's {@code null}. */
public enum None {
    /** The one value. */
    NONE;

    @Override
    public String toString() {
        return "None";
    }
}
