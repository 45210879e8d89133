package io.step3.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The checks that every implementation makes before it computes, an operation at a time. Each
 * failure is an {@link IllegalArgumentException} that names the argument.
 */
final class Arguments {
    private Arguments() {}

    static void embed(MemorySegment out, Weight table, MemorySegment ids, long n) {
        count("n", n);
        out = floats("out", out, n, table.cols());
        MemorySegment used = floats("ids", ids, n);
        separate("out", out, "ids", used);
        for (long i = 0; i < n; i++) {
            int id = ids.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i);
            require(
                    id >= 0 && id < table.rows(),
                    "ids: number %d is %d, but the table has %d rows",
                    i,
                    id,
                    table.rows());
        }
    }

    static void rmsNorm(MemorySegment out, MemorySegment x, Weight gain, long rows) {
        count("rows", rows);
        vector("gain", gain, gain.cols());
        out = floats("out", out, rows, gain.cols());
        x = floats("x", x, rows, gain.cols());
        sameOrSeparate("out", out, "x", x);
    }

    static void layerNorm(MemorySegment out, MemorySegment x, Weight gain, Weight bias, long rows) {
        rmsNorm(out, x, gain, rows);
        vector("bias", bias, gain.cols());
    }

    static void linear(MemorySegment out, MemorySegment x, Weight w, Weight bias, long rows) {
        count("rows", rows);
        out = floats("out", out, rows, w.rows());
        x = floats("x", x, rows, w.cols());
        if (bias != null) {
            vector("bias", bias, w.rows());
        }
        separate("out", out, "x", x);
    }

    static void rotate(
            MemorySegment x,
            long rows,
            int heads,
            int dim,
            long position,
            MemorySegment inverseFrequencies) {
        count("rows", rows);
        count("position", position);
        positive("heads", heads);
        positive("dim", dim);
        require(dim % 2 == 0, "dim: must be even, not %d", dim);
        sum("position", position, rows);
        x = floats("x", x, rows, heads, dim);
        MemorySegment frequencies = floats("inverseFrequencies", inverseFrequencies, dim / 2);
        separate("x", x, "inverseFrequencies", frequencies);
    }

    static void attention(
            MemorySegment out,
            MemorySegment q,
            MemorySegment keys,
            MemorySegment values,
            long rows,
            long position,
            int heads,
            int dim) {
        count("rows", rows);
        count("position", position);
        positive("heads", heads);
        positive("dim", dim);
        out = floats("out", out, rows, heads, dim);
        q = floats("q", q, rows, heads, dim);
        long seen = rows == 0 ? 0 : sum("position", position, rows);
        keys = floats("keys", keys, seen, dim);
        values = floats("values", values, seen, dim);
        separate("out", out, "q", q);
        separate("out", out, "keys", keys);
        separate("out", out, "values", values);
    }

    static void fullAttention(
            MemorySegment out, MemorySegment qkv, long tokens, int heads, int dim) {
        count("tokens", tokens);
        positive("heads", heads);
        positive("dim", dim);
        out = floats("out", out, tokens, heads, dim);
        qkv = floats("qkv", qkv, tokens, 3, heads, dim);
        separate("out", out, "qkv", qkv);
    }

    static void route(
            MemorySegment ids,
            MemorySegment weights,
            MemorySegment probabilities,
            long rows,
            int experts,
            int k) {
        count("rows", rows);
        positive("experts", experts);
        require(k >= 1 && k <= experts, "k: must be from 1 to %d, not %d", experts, k);
        ids = floats("ids", ids, rows, k);
        weights = floats("weights", weights, rows, k);
        probabilities = floats("probabilities", probabilities, rows, experts);
        separate("ids", ids, "weights", weights);
        separate("ids", ids, "probabilities", probabilities);
        separate("weights", weights, "probabilities", probabilities);
    }

    static void experts(
            MemorySegment out,
            MemorySegment x,
            MemorySegment ids,
            MemorySegment weights,
            ExpertWeight gate,
            ExpertWeight up,
            ExpertWeight down,
            long rows,
            int k,
            int quantizeGroup,
            MemorySegment scratch,
            long scratchBytes) {
        count("rows", rows);
        count("quantizeGroup", quantizeGroup);
        require(
                k >= 1 && k <= gate.experts(),
                "k: must be from 1 to %d, not %d",
                gate.experts(),
                k);
        shape("up", up, gate.experts(), gate.rows(), gate.cols());
        shape("down", down, gate.experts(), gate.cols(), gate.rows());
        out = floats("out", out, rows, gate.cols());
        x = floats("x", x, rows, gate.cols());
        ids = floats("ids", ids, rows, k);
        weights = floats("weights", weights, rows, k);
        scratch = bytes("scratch", scratch, scratchBytes);
        separate("out", out, "ids", ids);
        separate("out", out, "weights", weights);
        separate("scratch", scratch, "ids", ids);
        separate("scratch", scratch, "weights", weights);
        separate("out", out, "x", x);
        separate("scratch", scratch, "x", x);
        separate("scratch", scratch, "out", out);
        for (long i = 0; i < rows * k; i++) {
            int id = ids.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i);
            require(
                    id >= 0 && id < gate.experts(),
                    "ids: number %d is %d, but there are %d experts",
                    i,
                    id,
                    gate.experts());
        }
    }

    static void expertsScratch(long rows, int k, int experts, long hidden, long width) {
        count("rows", rows);
        positive("k", k);
        positive("experts", experts);
        positive("hidden", hidden);
        positive("width", width);
    }

    static void siluMultiply(MemorySegment gate, MemorySegment up, long n) {
        count("n", n);
        floats("gate", gate, n);
        floats("up", up, n);
    }

    static void quickGelu(MemorySegment x, long n) {
        count("n", n);
        floats("x", x, n);
    }

    static void add(MemorySegment x, MemorySegment y, long n) {
        count("n", n);
        floats("x", x, n);
        floats("y", y, n);
    }

    static void convolve(
            MemorySegment out,
            MemorySegment in,
            Weight w,
            Weight bias,
            Convolution shape,
            MemorySegment scratch,
            long scratchBytes) {
        require(
                w.cols() == shape.patch(),
                "w: must have %d columns, not %d",
                shape.patch(),
                w.cols());
        if (bias != null) {
            vector("bias", bias, w.rows());
        }
        count("shape's channelStride", shape.channelStride());
        count("shape's rowStride", shape.rowStride());
        count("shape's columnStride", shape.columnStride());
        long last = product("shape's channelStride", shape.channels() - 1, shape.channelStride());
        long down = product("shape's rowStride", shape.height() - 1, shape.rowStride());
        long right = product("shape's columnStride", shape.width() - 1, shape.columnStride());
        last = sum("shape", sum("shape", last, down), right);
        in = floats("in", in, sum("shape", last, 1));
        out = floats("out", out, shape.outHeight(), shape.outWidth(), w.rows());
        scratch = bytes("scratch", scratch, scratchBytes);
        separate("out", out, "in", in);
        separate("scratch", scratch, "in", in);
        separate("scratch", scratch, "out", out);
    }

    static void quantize(
            MemorySegment codes,
            MemorySegment scales,
            MemorySegment x,
            long rows,
            long cols,
            int group) {
        count("rows", rows);
        positive("cols", cols);
        positive("group", group);
        x = floats("x", x, rows, cols);
        codes = bytes("codes", codes, product("rows", rows, cols));
        scales = floats("scales", scales, rows, Math.ceilDiv(cols, group));
        separate("codes", codes, "x", x);
        separate("scales", scales, "x", x);
        separate("codes", codes, "scales", scales);
    }

    static void fakeQuantize(MemorySegment out, MemorySegment x, long rows, long cols, int group) {
        count("rows", rows);
        positive("cols", cols);
        positive("group", group);
        out = floats("out", out, rows, cols);
        x = floats("x", x, rows, cols);
        sameOrSeparate("out", out, "x", x);
    }

    private static void count(String name, long n) {
        require(n >= 0, "%s: must not be negative, but is %d", name, n);
    }

    private static void positive(String name, long n) {
        require(n >= 1, "%s: must be at least 1, but is %d", name, n);
    }

    private static void vector(String name, Weight w, long cols) {
        require(
                w.rows() == 1 && w.cols() == cols,
                "%s: must be 1 x %d, not %d x %d",
                name,
                cols,
                w.rows(),
                w.cols());
    }

    private static void shape(String name, ExpertWeight w, int experts, long rows, long cols) {
        require(
                w.experts() == experts && w.rows() == rows && w.cols() == cols,
                "%s: must be %d x %d x %d to match gate, not %d x %d x %d",
                name,
                experts,
                rows,
                cols,
                w.experts(),
                w.rows(),
                w.cols());
    }

    private static long sum(String name, long a, long b) {
        require(a <= Long.MAX_VALUE - b, "%s: is beyond 64 bits", name);
        return a + b;
    }

    /** Of numbers that are not negative. */
    static long product(String name, long... numbers) {
        long product = 1;
        for (long n : numbers) {
            require(n == 0 || product <= Long.MAX_VALUE / n, "%s: is beyond 64 bits", name);
            product *= n;
        }
        return product;
    }

    /** The part that is used of a segment of this shape. Also right for int32, which is as wide. */
    private static MemorySegment floats(String name, MemorySegment segment, long... shape) {
        long bytes = product(name, product(name, shape), Float.BYTES);
        return bytes(name, segment, bytes);
    }

    private static MemorySegment bytes(String name, MemorySegment segment, long bytes) {
        require(
                segment.byteSize() >= bytes,
                "%s: needs %d bytes, but has %d",
                name,
                bytes,
                segment.byteSize());
        return segment.asSlice(0, bytes);
    }

    private static void sameOrSeparate(
            String name, MemorySegment a, String other, MemorySegment b) {
        if (a.address() != b.address()) {
            separate(name, a, other, b);
        }
    }

    private static void separate(String name, MemorySegment a, String other, MemorySegment b) {
        require(
                a.asOverlappingSlice(b).isEmpty(),
                "%s: must not overlap %s, which is read while it is written",
                name,
                other);
    }

    private static void require(boolean condition, String message, Object... arguments) {
        if (!condition) {
            throw new IllegalArgumentException(message.formatted(arguments));
        }
    }
}
