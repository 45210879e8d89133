package io.step3.ops;

import org.jspecify.annotations.Nullable;

/**
 * The checks that every implementation makes before it computes, an operation at a time. Each
 * failure is an {@link IllegalArgumentException} that names the argument. Where nothing fails,
 * nothing is allocated. A backend says by a subclass what is its own.
 */
public abstract class Arguments extends ArgumentChecks {
    /** For a backend. */
    protected Arguments() {}

    /** Of {@link Stream#embed}. */
    public void embed(Buffer out, Matrix table, Buffer ids, long n) {
        count("n", n);
        matrix("table", table);
        long written = floats("out", out, n, table.cols());
        long read = floats("ids", ids, n);
        separate("out", out, written, "ids", ids, read);
    }

    /** Of {@link Stream#rmsNorm}. */
    public void rmsNorm(Buffer out, Buffer x, Matrix gain, long rows) {
        count("rows", rows);
        matrix("gain", gain);
        vector("gain", gain, gain.cols());
        long bytes = floats("out", out, rows, gain.cols());
        floats("x", x, rows, gain.cols());
        sameOrSeparate("out", out, "x", x, bytes);
    }

    /** Of {@link Stream#layerNorm}. */
    public void layerNorm(Buffer out, Buffer x, Matrix gain, Matrix bias, long rows) {
        rmsNorm(out, x, gain, rows);
        vector("bias", bias, gain.cols());
    }

    /** Of {@link Stream#linear}. */
    public void linear(Buffer out, Buffer x, Matrix w, @Nullable Matrix bias, long rows) {
        count("rows", rows);
        matrix("w", w);
        long written = floats("out", out, rows, w.rows());
        long read = floats("x", x, rows, w.cols());
        if (bias != null) {
            vector("bias", bias, w.rows());
        }
        separate("out", out, written, "x", x, read);
    }

    /** Of {@link Backend#newCache}. */
    public static void cache(KvFormat format, int layers, int capacity, int dim) {
        positive("layers", layers);
        positive("capacity", capacity);
        positive("dim", dim);
        if (format != KvFormat.F32 && dim > KvFormat.MOST_STORED) {
            throw bad(
                    "dim: must be at most %d for keys and values in %s, not %d",
                    KvFormat.MOST_STORED, format, dim);
        }
    }

    /** A layer of a cache, and how many rows are wanted of it. */
    public final void cache(KeyValues cache, int layer, long rows) {
        own(cache);
        if (layer < 0 || layer >= cache.layers()) {
            throw bad("layer: must be from 0 to %d, not %d", cache.layers() - 1, layer);
        }
        if (rows < 0 || rows > cache.capacity()) {
            throw bad("rows: must be from 0 to %d, not %d", cache.capacity(), rows);
        }
    }

    /** Of {@link Stream#rotate}. */
    public void rotate(Buffer x, Spans spans, int heads, int dim, Buffer inverseFrequencies) {
        positive("heads", heads);
        positive("dim", dim);
        if (dim % 2 != 0) {
            throw bad("dim: must be even, not %d", dim);
        }
        long written = floats("x", x, spans.rows(), heads, dim);
        long read = floats("inverseFrequencies", inverseFrequencies, dim / 2);
        separate("x", x, written, "inverseFrequencies", inverseFrequencies, read);
    }

    /** Of {@link Stream#append}. */
    public void append(Buffer keys, Buffer values, Spans spans, int layer) {
        int dim = dim(spans, layer);
        floats("keys", keys, spans.rows(), dim);
        floats("values", values, spans.rows(), dim);
    }

    /** Of {@link Stream#attention}. */
    public void attention(Buffer out, Buffer q, Spans spans, int layer, int heads) {
        int dim = dim(spans, layer);
        positive("heads", heads);
        long bytes = floats("out", out, spans.rows(), heads, dim);
        floats("q", q, spans.rows(), heads, dim);
        separate("out", out, bytes, "q", q, bytes);
    }

    /** What all caches have in common; 1 if there is none. */
    private int dim(Spans spans, int layer) {
        for (int i = 0; i < spans.count(); i++) {
            KeyValues cache = spans.cache(i);
            cache(cache, layer, 0);
            if (cache.dim() != spans.cache(0).dim()) {
                throw bad(
                        "spans: all caches must have rows of %d, not %d",
                        spans.cache(0).dim(), cache.dim());
            }
        }
        return spans.count() == 0 ? 1 : spans.cache(0).dim();
    }

    /** Of {@link Stream#fullAttention}. */
    public void fullAttention(Buffer out, Buffer qkv, long tokens, int heads, int dim) {
        count("tokens", tokens);
        positive("heads", heads);
        positive("dim", dim);
        long written = floats("out", out, tokens, heads, dim);
        long read = floats("qkv", qkv, product("tokens", tokens, 3), heads, dim);
        separate("out", out, written, "qkv", qkv, read);
    }

    /** Of {@link Stream#route}. */
    public void route(
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

    /** Of {@link Stream#experts}. */
    public void experts(
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
        own("gate", gate);
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
    }

    /** Of {@link Backend#expertsScratch}. */
    public static void expertsScratch(long rows, int k, int experts, long hidden, long width) {
        count("rows", rows);
        positive("k", k);
        positive("experts", experts);
        positive("hidden", hidden);
        positive("width", width);
    }

    /** Of {@link Stream#siluMultiply}. */
    public void siluMultiply(Buffer gate, Buffer up, long n) {
        count("n", n);
        floats("gate", gate, n);
        floats("up", up, n);
    }

    /** Of {@link Stream#quickGelu}. */
    public void quickGelu(Buffer x, long n) {
        count("n", n);
        floats("x", x, n);
    }

    /** Of {@link Stream#add}. */
    public void add(Buffer x, Buffer y, long n) {
        count("n", n);
        floats("x", x, n);
        floats("y", y, n);
    }

    /** Of {@link Stream#convolve}. */
    public void convolve(
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

    /** Of {@link Backend#convolveScratch}: bytes of all the patches, as float32. */
    public static long convolveScratch(Convolution shape) {
        long places = product("shape", shape.outHeight(), shape.outWidth());
        return product("shape", product("shape", places, shape.patch()), Float.BYTES);
    }

    /** Of {@link Stream#quantize}. */
    public void quantize(Buffer codes, Buffer scales, Buffer x, long rows, long cols, int group) {
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

    /** Of {@link Stream#fakeQuantize}. */
    public void fakeQuantize(Buffer out, Buffer x, long rows, long cols, int group) {
        count("rows", rows);
        positive("cols", cols);
        positive("group", group);
        long bytes = floats("out", out, rows, cols);
        floats("x", x, rows, cols);
        sameOrSeparate("out", out, "x", x, bytes);
    }
}
