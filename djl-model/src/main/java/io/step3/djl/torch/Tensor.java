package io.step3.djl.torch;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Map;

/** An argument or a result of an operator, and the checks that it must pass. */
final class Tensor {
    static final int UINT8 = 0;
    static final int INT32 = 3;
    static final int INT64 = 4;
    static final int FLOAT32 = 6;
    static final int FP8 = 24;

    /** PyTorch's numbers of types, which are part of its file format, as it calls them. */
    private static final Map<Integer, String> TYPES =
            Map.ofEntries(
                    Map.entry(UINT8, "uint8"),
                    Map.entry(1, "int8"),
                    Map.entry(2, "int16"),
                    Map.entry(INT32, "int32"),
                    Map.entry(INT64, "int64"),
                    Map.entry(5, "float16"),
                    Map.entry(FLOAT32, "float32"),
                    Map.entry(7, "float64"),
                    Map.entry(9, "complex64"),
                    Map.entry(11, "bool"),
                    Map.entry(15, "bfloat16"),
                    Map.entry(23, "float8_e5m2"),
                    Map.entry(FP8, "float8_e4m3fn"));

    private final String name;
    private final MemorySegment handle;
    private final long[] sizes;
    private final long[] strides;
    private final int type;
    private final Place place;
    private final long address;

    /**
     * On which device a tensor is.
     *
     * @param type PyTorch's number of the kind of device
     * @param index of the device among those of its kind; -1 for the CPU
     */
    record Place(int type, int index) {}

    /**
     * What is known of a tensor.
     *
     * @param name of the argument
     * @param handle stays its owner's
     * @param strides in numbers
     * @param address of its first number; whatever it likes if there is none
     */
    Tensor(
            String name,
            MemorySegment handle,
            long[] sizes,
            long[] strides,
            int type,
            Place place,
            long address) {
        this.name = name;
        this.handle = handle;
        this.sizes = sizes;
        this.strides = strides;
        this.type = type;
        this.place = place;
        this.address = address;
    }

    /** Asks PyTorch about a tensor. */
    static Tensor of(LibTorch torch, String name, MemorySegment handle) {
        try {
            return new Tensor(
                    name,
                    handle,
                    torch.sizes(handle),
                    torch.strides(handle),
                    torch.type(handle),
                    new Place(torch.deviceType(handle), torch.deviceIndex(handle)),
                    torch.address(handle));
        } catch (IllegalStateException e) {
            throw new IllegalArgumentException(name + ": is no ordinary dense tensor", e);
        }
    }

    String name() {
        return name;
    }

    MemorySegment handle() {
        return handle;
    }

    int type() {
        return type;
    }

    Place place() {
        return place;
    }

    int dimensions() {
        return sizes.length;
    }

    /**
     * One of its sizes.
     *
     * @param dimension counted from the last if negative
     */
    long size(int dimension) {
        return sizes[dimension < 0 ? sizes.length + dimension : dimension];
    }

    long[] sizes() {
        return sizes.clone();
    }

    /** All sizes but the last, and another last one. */
    long[] sizesWithLast(long last) {
        long[] result = sizes.clone();
        result[result.length - 1] = last;
        return result;
    }

    /** How many numbers. */
    long count() {
        return product(sizes, sizes.length);
    }

    /** How many rows of the last dimension. */
    long rows() {
        return product(sizes, sizes.length - 1);
    }

    private static long product(long[] sizes, int n) {
        long product = 1;
        for (int i = 0; i < n; i++) {
            product *= sizes[i]; // PyTorch has no tensor whose numbers overflow this
        }
        return product;
    }

    long address() {
        return address;
    }

    /** Whether its numbers lie one behind another. */
    boolean isContiguous() {
        if (count() == 0) {
            return true;
        }
        long expected = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            if (sizes[i] != 1 && strides[i] != expected) {
                return false;
            }
            expected *= sizes[i];
        }
        return true;
    }

    /** Strides of a tensor whose numbers lie one behind another. */
    static long[] contiguous(long[] sizes) {
        long[] strides = new long[sizes.length];
        long step = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            strides[i] = step;
            step *= Math.max(1, sizes[i]);
        }
        return strides;
    }

    /** As PyTorch says it: {@code float32 [2, 3]}. */
    String describe() {
        return TYPES.getOrDefault(type, "type " + type) + " " + Arrays.toString(sizes);
    }

    Tensor requireType(String names, int... allowed) {
        if (Arrays.stream(allowed).noneMatch(one -> one == type)) {
            throw bad("must be %s, not %s", names, describe());
        }
        return this;
    }

    Tensor requireFloat32() {
        return requireType("float32", FLOAT32);
    }

    Tensor requireDimensions(int least, int most, String shape) {
        if (sizes.length < least || sizes.length > most) {
            throw bad("must be %s, not %s", shape, describe());
        }
        return this;
    }

    /** For weights, which are never copied. */
    Tensor requireContiguous() {
        if (!isContiguous()) {
            throw bad(
                    "must be contiguous, since weights are not copied: %s has strides %s",
                    describe(), Arrays.toString(strides));
        }
        return this;
    }

    Tensor requireSizes(String why, long... expected) {
        if (!Arrays.equals(expected, sizes)) {
            throw bad("must be %s%s, not %s", Arrays.toString(expected), why, describe());
        }
        return this;
    }

    Tensor requireDeviceOf(Tensor other) {
        if (!place.equals(other.place)) {
            throw bad("is on another device than %s", other.name);
        }
        return this;
    }

    /** One of its numbers as the number of an expert. */
    int requireExpert(long index, long id, int experts) {
        if (id < 0 || id >= experts) {
            throw bad("number %d is %d, but must be from 0 to %d", index, id, experts - 1);
        }
        return (int) id;
    }

    IllegalArgumentException bad(String message, Object... arguments) {
        return new IllegalArgumentException(name + ": " + message.formatted(arguments));
    }
}
