package io.step3.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * The checks that every host implementation makes before it computes, an operation at a time. Each
 * failure is an {@link IllegalArgumentException} that names the argument. Where nothing fails,
 * nothing is allocated.
 */
final class Arguments {
    private Arguments() {}

    static void embed(Buffer out, Matrix table, Buffer ids, long n) {
        count("n", n);
        matrix("table", table);
        long written = floats("out", out, n, table.cols());
        long read = floats("ids", ids, n);
        separate("out", out, written, "ids", ids, read);
        ids(ids, n, table.rows());
    }

    private static void ids(Buffer ids, long n, long limit) {
        MemorySegment segment = HostBuffer.segment(ids);
        for (long i = 0; i < n; i++) {
            int id = segment.get(ValueLayout.JAVA_INT_UNALIGNED, i * Integer.BYTES);
            if (id < 0 || id >= limit) {
                throw bad("ids: number %d is %d, but must be from 0 to %d", i, id, limit - 1);
            }
        }
    }

    static void rmsNorm(Buffer out, Buffer x, Matrix gain, long rows) {
        count("rows", rows);
        matrix("gain", gain);
        vector("gain", gain, gain.cols());
        long bytes = floats("out", out, rows, gain.cols());
        floats("x", x, rows, gain.cols());
        sameOrSeparate("out", out, "x", x, bytes);
    }

    static void layerNorm(Buffer out, Buffer x, Matrix gain, Matrix bias, long rows) {
        rmsNorm(out, x, gain, rows);
        vector("bias", bias, gain.cols());
    }

    static void linear(Buffer out, Buffer x, Matrix w, @Nullable Matrix bias, long rows) {
        count("rows", rows);
        matrix("w", w);
        long written = floats("out", out, rows, w.rows());
        long read = floats("x", x, rows, w.cols());
        if (bias != null) {
            vector("bias", bias, w.rows());
        }
        separate("out", out, written, "x", x, read);
    }

    static void cache(KvFormat format, int layers, int capacity, int dim) {
        positive("layers", layers);
        positive("capacity", capacity);
        positive("dim", dim);
        if (format != KvFormat.F32 && dim > KvFormat.MOST_STORED) {
            throw bad(
                    "dim: must be at most %d for keys and values in %s, not %d",
                    KvFormat.MOST_STORED, format, dim);
        }
    }

    /** A cache of the host, and a layer of it; also how many rows are wanted of it. */
    static HostKeyValues cache(KeyValues cache, int layer, long rows) {
        HostKeyValues own = HostKeyValues.of(cache);
        if (layer < 0 || layer >= own.layers()) {
            throw bad("layer: must be from 0 to %d, not %d", own.layers() - 1, layer);
        }
        if (rows < 0 || rows > own.capacity()) {
            throw bad("rows: must be from 0 to %d, not %d", own.capacity(), rows);
        }
        return own;
    }

    static void rotate(Buffer x, Spans spans, int heads, int dim, Buffer inverseFrequencies) {
        positive("heads", heads);
        positive("dim", dim);
        if (dim % 2 != 0) {
            throw bad("dim: must be even, not %d", dim);
        }
        long written = floats("x", x, spans.rows(), heads, dim);
        long read = floats("inverseFrequencies", inverseFrequencies, dim / 2);
        separate("x", x, written, "inverseFrequencies", inverseFrequencies, read);
    }

    static void append(Buffer keys, Buffer values, Spans spans, int layer) {
        int dim = dim(spans, layer);
        floats("keys", keys, spans.rows(), dim);
        floats("values", values, spans.rows(), dim);
    }

    static void attention(Buffer out, Buffer q, Spans spans, int layer, int heads) {
        int dim = dim(spans, layer);
        positive("heads", heads);
        long bytes = floats("out", out, spans.rows(), heads, dim);
        floats("q", q, spans.rows(), heads, dim);
        separate("out", out, bytes, "q", q, bytes);
    }

    /** What all caches have in common; 1 if there is none. */
    private static int dim(Spans spans, int layer) {
        for (int i = 0; i < spans.count(); i++) {
            HostKeyValues cache = cache(spans.cache(i), layer, 0);
            if (cache.dim() != spans.cache(0).dim()) {
                throw bad(
                        "spans: all caches must have rows of %d, not %d",
                        spans.cache(0).dim(), cache.dim());
            }
        }
        return spans.count() == 0 ? 1 : spans.cache(0).dim();
    }

    static void fullAttention(Buffer out, Buffer qkv, long tokens, int heads, int dim) {
        count("tokens", tokens);
        positive("heads", heads);
        positive("dim", dim);
        long written = floats("out", out, tokens, heads, dim);
        long read = floats("qkv", qkv, product("tokens", tokens, 3), heads, dim);
        separate("out", out, written, "qkv", qkv, read);
    }

    static void route(
            Buffer ids, Buffer weights, Buffer probabilities, long rows, int experts, int k) {
        count("rows", rows);
        positive("experts", experts);
        choice(k, experts);
        long chosen = floats("ids", ids, rows, k);
        floats("weights", weights, rows, k);
        long all = floats("probabilities", probabilities, rows, experts);
        separate("ids", ids, chosen, "weights", weights, chosen);
        separate("ids", ids, chosen, "probabilities", probabilities, all);
        separate("weights", weights, chosen, "probabilities", probabilities, all);
    }

    private static void choice(int k, int experts) {
        if (k < 1 || k > experts) {
            throw bad("k: must be from 1 to %d, not %d", experts, k);
        }
    }

    static void experts(
            Buffer out,
            Buffer x,
            Buffer ids,
            Buffer weights,
            Matrix gate,
            Matrix up,
            Matrix down,
            long rows,
            int k,
            int quantizeGroup,
            Buffer scratch,
            long needed) {
        count("rows", rows);
        count("quantizeGroup", quantizeGroup);
        HostMatrix.of("gate", gate);
        choice(k, gate.count());
        shape("up", up, gate.count(), gate.rows(), gate.cols());
        shape("down", down, gate.count(), gate.cols(), gate.rows());
        long activations = floats("out", out, rows, gate.cols());
        floats("x", x, rows, gate.cols());
        long chosen = floats("ids", ids, rows, k);
        floats("weights", weights, rows, k);
        bytes("scratch", scratch, needed);
        separate("out", out, activations, "ids", ids, chosen);
        separate("out", out, activations, "weights", weights, chosen);
        separate("scratch", scratch, needed, "ids", ids, chosen);
        separate("scratch", scratch, needed, "weights", weights, chosen);
        separate("out", out, activations, "x", x, activations);
        separate("scratch", scratch, needed, "x", x, activations);
        separate("scratch", scratch, needed, "out", out, activations);
        ids(ids, rows * k, gate.count());
    }

    static void expertsScratch(long rows, int k, int experts, long hidden, long width) {
        count("rows", rows);
        positive("k", k);
        positive("experts", experts);
        positive("hidden", hidden);
        positive("width", width);
    }

    static void siluMultiply(Buffer gate, Buffer up, long n) {
        count("n", n);
        floats("gate", gate, n);
        floats("up", up, n);
    }

    static void quickGelu(Buffer x, long n) {
        count("n", n);
        floats("x", x, n);
    }

    static void add(Buffer x, Buffer y, long n) {
        count("n", n);
        floats("x", x, n);
        floats("y", y, n);
    }

    static void convolve(
            Buffer out,
            Buffer in,
            Matrix w,
            @Nullable Matrix bias,
            Convolution shape,
            Buffer scratch,
            long needed) {
        matrix("w", w);
        if (w.cols() != shape.patch()) {
            throw bad("w: must have %d columns, not %d", shape.patch(), w.cols());
        }
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
        long read = floats("in", in, sum("shape", last, 1));
        long written = floats("out", out, shape.outHeight(), shape.outWidth(), w.rows());
        bytes("scratch", scratch, needed);
        separate("out", out, written, "in", in, read);
        separate("scratch", scratch, needed, "in", in, read);
        separate("scratch", scratch, needed, "out", out, written);
    }

    static long convolveScratch(Convolution shape) {
        long places = product("shape", shape.outHeight(), shape.outWidth());
        return product("shape", product("shape", places, shape.patch()), Float.BYTES);
    }

    static void quantize(Buffer codes, Buffer scales, Buffer x, long rows, long cols, int group) {
        count("rows", rows);
        positive("cols", cols);
        positive("group", group);
        long read = floats("x", x, rows, cols);
        long coded = bytes("codes", codes, product("rows", rows, cols));
        long scaled = floats("scales", scales, rows, Math.ceilDiv(cols, group));
        separate("codes", codes, coded, "x", x, read);
        separate("scales", scales, scaled, "x", x, read);
        separate("codes", codes, coded, "scales", scales, scaled);
    }

    static void fakeQuantize(Buffer out, Buffer x, long rows, long cols, int group) {
        count("rows", rows);
        positive("cols", cols);
        positive("group", group);
        long bytes = floats("out", out, rows, cols);
        floats("x", x, rows, cols);
        sameOrSeparate("out", out, "x", x, bytes);
    }

    private static void count(String name, long n) {
        if (n < 0) {
            throw bad("%s: must not be negative, but is %d", name, n);
        }
    }

    private static void positive(String name, long n) {
        if (n < 1) {
            throw bad("%s: must be at least 1, but is %d", name, n);
        }
    }

    private static void matrix(String name, Matrix w) {
        if (HostMatrix.of(name, w).count() != 1) {
            throw bad("%s: must be one matrix, not %d", name, w.count());
        }
    }

    private static void vector(String name, Matrix w, long cols) {
        matrix(name, w);
        if (w.rows() != 1 || w.cols() != cols) {
            throw bad("%s: must be 1 x %d, not %d x %d", name, cols, w.rows(), w.cols());
        }
    }

    private static void shape(String name, Matrix w, int count, long rows, long cols) {
        HostMatrix.of(name, w);
        if (w.count() != count || w.rows() != rows || w.cols() != cols) {
            throw bad(
                    "%s: must be %d x %d x %d to match gate, not %d x %d x %d",
                    name, count, rows, cols, w.count(), w.rows(), w.cols());
        }
    }

    private static long sum(String name, long a, long b) {
        if (a > Long.MAX_VALUE - b) {
            throw bad("%s: is beyond 64 bits", name);
        }
        return a + b;
    }

    /** Of numbers that are not negative. */
    static long product(String name, long a, long b) {
        if (b != 0 && a > Long.MAX_VALUE / b) {
            throw bad("%s: is beyond 64 bits", name);
        }
        return a * b;
    }

    static long product(String name, long a, long b, long c) {
        return product(name, product(name, a, b), c);
    }

    /** Bytes used of a buffer of so many numbers. Also right for int32, which is as wide. */
    private static long floats(String name, Buffer buffer, long n) {
        return bytes(name, buffer, product(name, n, Float.BYTES));
    }

    private static long floats(String name, Buffer buffer, long a, long b) {
        return floats(name, buffer, product(name, a, b));
    }

    private static long floats(String name, Buffer buffer, long a, long b, long c) {
        return floats(name, buffer, product(name, a, b, c));
    }

    private static long bytes(String name, Buffer buffer, long bytes) {
        long has = HostBuffer.of(name, buffer).bytes();
        if (has < bytes) {
            throw bad("%s: needs %d bytes, but has %d", name, bytes, has);
        }
        return bytes;
    }

    private static void sameOrSeparate(String name, Buffer a, String other, Buffer b, long bytes) {
        if (address(a) != address(b)) {
            separate(name, a, bytes, other, b, bytes);
        }
    }

    private static void separate(
            String name, Buffer a, long aBytes, String other, Buffer b, long bBytes) {
        long from = address(a);
        long to = address(b);
        if (aBytes > 0 && bBytes > 0 && from < to + bBytes && to < from + aBytes) {
            throw bad("%s: must not overlap %s, which is read while it is written", name, other);
        }
    }

    private static long address(Buffer buffer) {
        return ((HostBuffer) buffer).address();
    }

    private static IllegalArgumentException bad(String message, Object... arguments) {
        return new IllegalArgumentException(message.formatted(arguments));
    }
}
