package io.step3.ops;

/** How a cache stores keys and values. */
public enum KvFormat {
    /** Single precision: attention reads what was computed, to the bit. */
    F32(WeightType.F32) {
        @Override
        public long rowBytes(int dim) {
            return (long) Float.BYTES * dim;
        }
    },
    /** The upper half of a single, rounded to nearest even. */
    BF16(WeightType.BF16) {
        @Override
        public long rowBytes(int dim) {
            return (long) Short.BYTES * dim;
        }
    },
    /**
     * Half precision, rounded to nearest even; what is beyond 65504 becomes that. Eight times as
     * exact as {@link #BF16} in the same memory.
     */
    F16(WeightType.F16) {
        @Override
        public long rowBytes(int dim) {
            return (long) Short.BYTES * dim;
        }
    },
    /** A byte a number, and a float32 scale behind each row: see {@link E4m3#scale}. */
    F8_E4M3(WeightType.F8_E4M3) {
        @Override
        public long rowBytes(int dim) {
            return (long) dim + Float.BYTES;
        }
    };

    /** Most numbers of a row that is not float32. */
    static final int MOST_STORED = 1024;

    private final WeightType type;

    KvFormat(WeightType type) {
        this.type = type;
    }

    /** Bytes that the keys, or the values, of a token take in a layer. */
    public abstract long rowBytes(int dim);

    /** What the numbers, or their codes, are. */
    public WeightType type() {
        return type;
    }

    int code() {
        return type.code();
    }
}
