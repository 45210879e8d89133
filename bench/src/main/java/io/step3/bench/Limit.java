package io.step3.bench;

/** What binds an operation. */
public enum Limit {
    /** Reading memory, in GB/s. */
    MEMORY("read", "GB/s"),
    /** Multiplying and adding float32 in registers, in GFLOP/s. */
    ARITHMETIC("multiply", "GFLOP/s");

    private final String label;
    private final String unit;

    Limit(String label, String unit) {
        this.label = label;
        this.unit = unit;
    }

    /** One word for tables. */
    public String label() {
        return label;
    }

    /** The unit of the ceiling. */
    public String unit() {
        return unit;
    }
}
