package io.step3.ops;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Operations in the native library, each done when its method returns. */
final class NativeStream extends HostStream {
    private final NativeBackend backend;
    private final NativeLibrary library;
    private final MemorySegment context;
    private final Call call = new Call();

    /** Whether a thread is in an operation: a second one would spoil its arguments. */
    private final AtomicBoolean busy = new AtomicBoolean();

    private volatile boolean closed;

    NativeStream(NativeBackend backend, NativeLibrary library, MemorySegment context) {
        this.backend = backend;
        this.library = library;
        this.context = context;
    }

    /** Begins an operation; {@link #end} is called whatever comes of it. */
    private void begin() {
        if (!busy.compareAndSet(false, true)) {
            throw new IllegalStateException("a stream is for one thread at a time");
        }
        if (closed) {
            busy.set(false);
            throw new IllegalStateException("the stream is closed");
        }
    }

    private void end() {
        call.end();
        busy.set(false);
    }

    @Override
    public void embed(Buffer out, Matrix table, Buffer ids, long n) {
        ARGUMENTS.embed(out, table, ids, n);
        begin();
        try {
            long t = call.weight("table", table);
            call.begin(Struct.EMBED).put("out", out).put(t).put("ids", ids).put(n);
            run(library.embed);
        } finally {
            end();
        }
    }

    @Override
    public void rmsNorm(Buffer out, Buffer x, Matrix gain, long rows, float eps) {
        ARGUMENTS.rmsNorm(out, x, gain, rows);
        begin();
        try {
            long g = call.weight("gain", gain);
            call.begin(Struct.RMS_NORM).put("out", out).put("x", x).put(g).put(rows).put(eps);
            run(library.rmsNorm);
        } finally {
            end();
        }
    }

    @Override
    public void layerNorm(Buffer out, Buffer x, Matrix gain, Matrix bias, long rows, float eps) {
        ARGUMENTS.layerNorm(out, x, gain, bias, rows);
        begin();
        try {
            long g = call.weight("gain", gain);
            long b = call.weight("bias", bias);
            call.begin(Struct.LAYER_NORM).put("out", out).put("x", x);
            call.put(g).put(b).put(rows).put(eps);
            run(library.layerNorm);
        } finally {
            end();
        }
    }

    @Override
    public void linear(Buffer out, Buffer x, Matrix w, @Nullable Matrix bias, long rows) {
        ARGUMENTS.linear(out, x, w, bias, rows);
        begin();
        try {
            long weight = call.weight("w", w);
            long b = call.weight("bias", bias);
            call.begin(Struct.LINEAR).put("out", out).put("x", x).put(weight).put(b).put(rows);
            run(library.linear);
        } finally {
            end();
        }
    }

    @Override
    public void rotate(Buffer x, Spans spans, int heads, int dim, Buffer inverseFrequencies) {
        ARGUMENTS.rotate(x, spans, heads, dim, inverseFrequencies);
        begin();
        try {
            long s = call.spans(spans, 0);
            call.begin(Struct.ROTATE).put("x", x).put("inverseFrequencies", inverseFrequencies);
            call.put(s).put((long) spans.count()).put((long) heads).put((long) dim);
            run(library.rotate);
        } finally {
            end();
        }
    }

    @Override
    public void append(Buffer keys, Buffer values, Spans spans, int layer) {
        ARGUMENTS.append(keys, values, spans, layer);
        if (spans.count() == 0) {
            return;
        }
        begin();
        try {
            long s = call.spans(spans, layer);
            call.begin(Struct.APPEND).put("keys", keys).put("values", values);
            call.put(s).put((long) spans.count()).put((long) spans.cache(0).dim());
            run(library.append);
        } finally {
            end();
        }
    }

    @Override
    public void attention(Buffer out, Buffer q, Spans spans, int layer, int heads, float scale) {
        ARGUMENTS.attention(out, q, spans, layer, heads);
        if (spans.count() == 0) {
            return;
        }
        begin();
        try {
            long s = call.spans(spans, layer);
            call.begin(Struct.ATTENTION).put("out", out).put("q", q).put(s);
            call.put((long) spans.count()).put((long) heads);
            call.put((long) spans.cache(0).dim()).put(scale);
            run(library.attention);
        } finally {
            end();
        }
    }

    @Override
    public void fullAttention(
            Buffer out, Buffer qkv, long tokens, int heads, int dim, float scale) {
        ARGUMENTS.fullAttention(out, qkv, tokens, heads, dim);
        begin();
        try {
            call.begin(Struct.FULL_ATTENTION).put("out", out).put("qkv", qkv);
            call.put(tokens).put((long) heads).put((long) dim).put(scale);
            run(library.fullAttention);
        } finally {
            end();
        }
    }

    @Override
    public void route(
            Buffer ids,
            Buffer weights,
            Buffer probabilities,
            long rows,
            int experts,
            int k,
            boolean renormalise) {
        ARGUMENTS.route(ids, weights, probabilities, rows, experts, k);
        begin();
        try {
            call.begin(Struct.ROUTE).put("ids", ids).put("weights", weights);
            call.put("probabilities", probabilities);
            call.put(rows).put((long) experts).put((long) k).put(renormalise ? 1 : 0);
            run(library.route);
        } finally {
            end();
        }
    }

    @Override
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
            Buffer scratch) {
        long needed = backend.expertsScratch(rows, k, gate.count(), gate.cols(), gate.rows());
        ARGUMENTS.experts(
                out, x, ids, weights, gate, up, down, rows, k, quantizeGroup, scratch, needed);
        begin();
        try {
            long g = call.weight("gate", gate);
            long u = call.weight("up", up);
            long d = call.weight("down", down);
            call.begin(Struct.EXPERTS).put("out", out).put("x", x);
            call.put("ids", ids).put("weights", weights).put(g).put(u).put(d);
            call.put(rows).put((long) k).put((long) quantizeGroup).put("scratch", scratch);
            run(library.experts);
        } finally {
            end();
        }
    }

    @Override
    public void siluMultiply(Buffer gate, Buffer up, long n) {
        ARGUMENTS.siluMultiply(gate, up, n);
        begin();
        try {
            call.begin(Struct.SILU_MULTIPLY).put("gate", gate).put("up", up).put(n);
            run(library.siluMultiply);
        } finally {
            end();
        }
    }

    @Override
    public void quickGelu(Buffer x, long n) {
        ARGUMENTS.quickGelu(x, n);
        begin();
        try {
            call.begin(Struct.QUICK_GELU).put("x", x).put(n);
            run(library.quickGelu);
        } finally {
            end();
        }
    }

    @Override
    public void add(Buffer x, Buffer y, long n) {
        ARGUMENTS.add(x, y, n);
        begin();
        try {
            call.begin(Struct.ADD).put("x", x).put("y", y).put(n);
            run(library.add);
        } finally {
            end();
        }
    }

    @Override
    public void convolve(
            Buffer out,
            Buffer in,
            Matrix w,
            @Nullable Matrix bias,
            Convolution shape,
            Buffer scratch) {
        long needed = backend.convolveScratch(shape);
        ARGUMENTS.convolve(out, in, w, bias, shape, scratch, needed);
        begin();
        try {
            long weight = call.weight("w", w);
            long b = call.weight("bias", bias);
            call.begin(Struct.CONVOLVE).put("out", out).put("in", in).put(weight).put(b);
            call.put((long) shape.channels()).put((long) shape.height()).put((long) shape.width());
            call.put(shape.channelStride()).put(shape.rowStride()).put(shape.columnStride());
            call.put((long) shape.kernel()).put((long) shape.stride()).put((long) shape.padding());
            call.put("scratch", scratch);
            run(library.convolve);
        } finally {
            end();
        }
    }

    @Override
    public void quantize(Buffer codes, Buffer scales, Buffer x, long rows, long cols, int group) {
        ARGUMENTS.quantize(codes, scales, x, rows, cols, group);
        begin();
        try {
            call.begin(Struct.QUANTIZE).putBytes("codes", codes).put("scales", scales).put("x", x);
            call.put(rows).put(cols).put((long) group);
            run(library.quantize);
        } finally {
            end();
        }
    }

    @Override
    public void fakeQuantize(Buffer out, Buffer x, long rows, long cols, int group) {
        ARGUMENTS.fakeQuantize(out, x, rows, cols, group);
        begin();
        try {
            call.begin(Struct.FAKE_QUANTIZE).put("out", out).put("x", x);
            call.put(rows).put(cols).put((long) group);
            run(library.fakeQuantize);
        } finally {
            end();
        }
    }

    @Override
    public void close() {
        if (!closed) {
            begin();
            closed = true;
            call.close();
            busy.set(false);
        }
    }

    /** Runs the operation whose arguments have been put. */
    private void run(MemorySegment operation) {
        library.check(call.run(operation, context));
    }
}
