package io.step3.ops.gpu;

import io.step3.ops.Buffer;
import io.step3.ops.Convolution;
import io.step3.ops.KeyValues;
import io.step3.ops.Matrix;
import io.step3.ops.Spans;
import io.step3.ops.Stream;
import io.step3.ops.cuda.CudaStream;
import io.step3.ops.cuda.DeviceMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The operations on a device: arguments are checked here, and the work is given to one stream of
 * it.
 */
final class GpuStream implements Stream {
    private final GpuBackend backend;
    private final GpuArguments arguments;
    private final PlainKernels plain;
    private final Arena arena = Arena.ofShared();
    private final CudaStream stream;
    private final Transfers transfers;
    private final Faults faults;
    private final SpanTable spanTable;
    private final Launcher launcher;
    private final TunedLinear tuned;
    private final Scratch scratch;
    private final AttentionPasses passes;
    private volatile boolean closed;

    GpuStream(GpuBackend backend) {
        this.backend = backend;
        scratch = new Scratch(backend);
        arguments = backend.arguments();
        plain = backend.plain();
        try {
            stream = backend.device().stream(arena);
            transfers = new Transfers(backend.device(), arena, stream);
            faults = new Faults(backend.device(), arena, stream);
            spanTable = new SpanTable(backend, stream, transfers);
            launcher = new Launcher(arena, stream);
            passes = new AttentionPasses(backend, spanTable, launcher);
            tuned = new TunedLinear(backend.tuned(), plain.combine, faults, launcher);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** The order of work that this one's is, for what measures it. */
    CudaStream cuda() {
        return stream;
    }

    /** What was viewed before is no longer looked at. */
    private void begin() {
        requireOpen();
        transfers.forget();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the stream is closed");
        }
        backend.requireOpen();
    }

    @Override
    public void write(Buffer to, MemorySegment from) {
        begin();
        DeviceMemory memory = arguments.buffer("to", to).memory();
        Objects.checkFromIndexSize(0, from.byteSize(), memory.byteSize());
        transfers.write(memory, from);
    }

    @Override
    public void read(MemorySegment to, Buffer from) {
        begin();
        Objects.checkFromIndexSize(0, from.bytes(), to.byteSize());
        to.copyFrom(view(from));
    }

    @Override
    public void copy(Buffer to, Buffer from) {
        begin();
        DeviceMemory target = arguments.buffer("to", to).memory();
        DeviceMemory source = arguments.buffer("from", from).memory();
        stream.copy(target, 0, source, 0, source.byteSize());
    }

    @Override
    public MemorySegment view(Buffer of) {
        requireOpen();
        return fetch(arguments.buffer("of", of).memory());
    }

    private MemorySegment fetch(DeviceMemory from) {
        faults.ask();
        MemorySegment seen = transfers.read(from);
        faults.require();
        return seen;
    }

    @Override
    public MemorySegment viewKeys(KeyValues cache, int layer, int rows) {
        return viewPlane(cache, layer, 0, rows);
    }

    @Override
    public MemorySegment viewValues(KeyValues cache, int layer, int rows) {
        return viewPlane(cache, layer, 1, rows);
    }

    private MemorySegment viewPlane(KeyValues cache, int layer, int values, int rows) {
        requireOpen();
        arguments.cache(cache, layer, rows);
        GpuKeyValues own = arguments.cache(cache);
        own.acquire();
        try {
            DeviceMemory out = scratch.memory((long) rows * own.dim() * Float.BYTES);
            stream.fill(out, 0, out.byteSize(), (byte) 0);
            launcher.with(plain.view)
                    .int64(out.address())
                    .int64(own.table())
                    .int32(rows)
                    .int32(2 * layer + values)
                    .int32(own.dim())
                    .int32(own.format().type().code())
                    .blocks(Math.min(rows, own.held()));
            return fetch(out);
        } finally {
            own.release();
        }
    }

    @Override
    public void await() {
        requireOpen();
        faults.ask();
        stream.await();
        faults.require();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        spanTable.close();
        scratch.close();
        passes.close();
        transfers.close();
        arena.close();
    }

    @Override
    public void embed(Buffer out, Matrix table, Buffer ids, long n) {
        begin();
        arguments.embed(out, table, ids, n);
        launcher.with(plain.embed)
                .int64(arguments.numbers("out", out))
                .int64(arguments.numbers("ids", ids))
                .int64(faults.address())
                .weights(arguments.matrix("table", table))
                .blocks(n);
    }

    @Override
    public void rmsNorm(Buffer out, Buffer x, Matrix gain, long rows, float eps) {
        begin();
        arguments.rmsNorm(out, x, gain, rows);
        norm(plain.rmsNorm, out, x, gain, null, rows, eps);
    }

    @Override
    public void layerNorm(Buffer out, Buffer x, Matrix gain, Matrix bias, long rows, float eps) {
        begin();
        arguments.layerNorm(out, x, gain, bias, rows);
        norm(plain.layerNorm, out, x, gain, bias, rows, eps);
    }

    private void norm(
            Kernel kernel,
            Buffer out,
            Buffer x,
            Matrix gain,
            @Nullable Matrix bias,
            long rows,
            float eps) {
        launcher.with(kernel)
                .int64(arguments.numbers("out", out))
                .int64(arguments.numbers("x", x))
                .weights(arguments.matrix("gain", gain))
                .weights(bias == null ? null : arguments.matrix("bias", bias))
                .float32(eps)
                .int32(0)
                .blocks(rows, 1, 1, PlainKernels.NORM_SHARED);
    }

    @Override
    public void linear(Buffer out, Buffer x, Matrix w, @Nullable Matrix bias, long rows) {
        begin();
        arguments.linear(out, x, w, bias, rows);
        linear(
                arguments.numbers("out", out),
                arguments.numbers("x", x),
                arguments.matrix("w", w),
                bias == null ? null : arguments.matrix("bias", bias),
                rows);
    }

    private void linear(long out, long x, GpuMatrix w, @Nullable GpuMatrix bias, long rows) {
        if (tuned.fits(w)) {
            tuned.linear(out, x, w, bias, rows, scratch.of(tuned.scratch(w, rows)));
            return;
        }
        boolean few = rows < PlainKernels.LINEAR_ROWS - 1;
        PlainKernels.Linear kernels = plain.linear(w.format().type());
        launcher.with(few ? kernels.single() : kernels.many())
                .int64(out)
                .int64(x)
                .int64(0)
                .int64(0)
                .weights(w)
                .weights(bias)
                .int32(Math.toIntExact(rows))
                .int32(0)
                .int32(0)
                .int32(0)
                .blocks(outputTiles(w), 1, rowTiles(rows, few));
    }

    private static long outputTiles(GpuMatrix w) {
        return Math.ceilDiv(w.rows(), PlainKernels.LINEAR_OUTPUTS);
    }

    private static long rowTiles(long rows, boolean few) {
        long tiles = few ? rows : Math.ceilDiv(rows, PlainKernels.LINEAR_ROWS);
        return Math.min(tiles, Launcher.MOST_BLOCKS);
    }

    @Override
    public void rotate(Buffer x, Spans spans, int heads, int dim, Buffer inverseFrequencies) {
        begin();
        arguments.rotate(x, spans, heads, dim, inverseFrequencies);
        if (spans.rows() == 0) {
            return;
        }
        acquire(spans);
        try {
            launcher.with(plain.rotate)
                    .int64(arguments.numbers("x", x))
                    .int64(spanTable.of(spans))
                    .int64(arguments.numbers("inverseFrequencies", inverseFrequencies))
                    .int32((int) spans.rows())
                    .int32(heads)
                    .int32(dim / 2)
                    .int32(0)
                    .threads(spans.rows() * (dim / 2));
        } finally {
            release(spans, spans.count());
        }
    }

    /** No cache of these can be closed until {@link #release}. */
    private void acquire(Spans spans) {
        int acquired = 0;
        try {
            for (; acquired < spans.count(); acquired++) {
                arguments.cache(spans.cache(acquired)).acquire();
            }
        } catch (RuntimeException e) {
            release(spans, acquired);
            throw e;
        }
    }

    private void release(Spans spans, int count) {
        for (int i = 0; i < count; i++) {
            arguments.cache(spans.cache(i)).release();
        }
    }

    @Override
    public void append(Buffer keys, Buffer values, Spans spans, int layer) {
        begin();
        arguments.append(keys, values, spans, layer);
        acquire(spans);
        try {
            if (spans.rows() == 0) {
                return;
            }
            spanTable.hold(spans);
            launcher.with(plain.append)
                    .int64(arguments.numbers("keys", keys))
                    .int64(arguments.numbers("values", values))
                    .int64(spanTable.of(spans))
                    .int32(layer)
                    .int32(spans.cache(0).dim())
                    .blocks(spans.rows(), 2, 1);
        } finally {
            release(spans, spans.count());
        }
    }

    @Override
    public void attention(Buffer out, Buffer q, Spans spans, int layer, int heads, float scale) {
        begin();
        arguments.attention(out, q, spans, layer, heads);
        acquire(spans);
        try {
            if (spans.rows() == 0) {
                return;
            }
            spanTable.hold(spans);
            int dim = spans.cache(0).dim();
            long results = arguments.numbers("out", out);
            long queries = arguments.numbers("q", q);
            if (passes.attend(results, queries, spans, layer, heads, scale)) {
                return;
            }
            launcher.with(plain.attention)
                    .int64(arguments.numbers("out", out))
                    .int64(arguments.numbers("q", q))
                    .int64(spanTable.of(spans))
                    .int32(layer)
                    .int32(heads)
                    .int32(dim)
                    .float32(scale)
                    .blocks(
                            spans.rows(),
                            Math.ceilDiv(heads, PlainKernels.QUERIES),
                            1,
                            PlainKernels.attentionShared(dim));
        } finally {
            release(spans, spans.count());
        }
    }

    @Override
    public void fullAttention(
            Buffer out, Buffer qkv, long tokens, int heads, int dim, float scale) {
        begin();
        arguments.fullAttention(out, qkv, tokens, heads, dim);
        if (dim > PlainKernels.MOST_DIM) {
            throw new IllegalArgumentException(
                    "dim: must be at most %d on a device, not %d"
                            .formatted(PlainKernels.MOST_DIM, dim));
        }
        launcher.with(plain.fullAttention)
                .int64(arguments.numbers("out", out))
                .int64(arguments.numbers("qkv", qkv))
                .int32(Math.toIntExact(tokens))
                .int32(heads)
                .int32(dim)
                .float32(scale)
                .blocks(
                        Math.ceilDiv(tokens, PlainKernels.QUERIES),
                        heads,
                        1,
                        PlainKernels.attentionShared(dim));
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
        begin();
        arguments.route(ids, weights, probabilities, rows, experts, k);
        launcher.with(plain.route)
                .int64(arguments.numbers("ids", ids))
                .int64(arguments.numbers("weights", weights))
                .int64(arguments.numbers("probabilities", probabilities))
                .int64(faults.address())
                .int32(Math.toIntExact(rows))
                .int32(experts)
                .int32(k)
                .int32(renormalise ? 1 : 0)
                .blocks(Math.ceilDiv(rows, PlainKernels.ROUTED));
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
        begin();
        long needed =
                backend.expertsScratch(
                        Math.max(0, rows), Math.max(1, k), gate.count(), gate.cols(), gate.rows());
        arguments.experts(
                out, x, ids, weights, gate, up, down, rows, k, quantizeGroup, scratch, needed);
        if (rows == 0) {
            return;
        }
        if (tuned.fits(
                arguments.matrix("gate", gate),
                arguments.matrix("up", up),
                arguments.matrix("down", down),
                quantizeGroup)) {
            tuned.experts(
                    arguments.numbers("out", out),
                    arguments.numbers("x", x),
                    arguments.numbers("ids", ids),
                    arguments.numbers("weights", weights),
                    arguments.matrix("gate", gate),
                    arguments.matrix("up", up),
                    arguments.matrix("down", down),
                    rows,
                    k,
                    quantizeGroup,
                    TunedExpertsScratch.of(
                            arguments.address("scratch", scratch),
                            rows,
                            k,
                            gate.count(),
                            gate.cols(),
                            gate.rows()));
            return;
        }
        ExpertsScratch places =
                ExpertsScratch.of(
                        arguments.numbers("scratch", scratch),
                        rows,
                        k,
                        gate.count(),
                        gate.cols(),
                        gate.rows());
        int chosen = Math.toIntExact(rows * k);
        launcher.with(plain.group)
                .int64(places.from())
                .int64(places.order())
                .int64(arguments.numbers("ids", ids))
                .int64(faults.address())
                .int32(chosen)
                .int32(gate.count())
                .blocks(1);
        long plainX = arguments.numbers("x", x);
        boolean rounds = quantizeGroup != 0;
        if (rounds && (rounded(gate) || rounded(up))) {
            quantize(0, 0, places.rounded(), plainX, rows, gate.cols(), quantizeGroup);
        }
        long gateX = rounds && rounded(gate) ? places.rounded() : plainX;
        long upX = rounds && rounded(up) ? places.rounded() : plainX;
        grouped(places, places.gated(), gateX, arguments.matrix("gate", gate), chosen, k, false);
        grouped(places, places.upped(), upX, arguments.matrix("up", up), chosen, k, false);
        pointwise(plain.siluMultiply, places.gated(), places.upped(), chosen * gate.rows());
        if (rounds && rounded(down)) {
            quantize(0, 0, places.gated(), places.gated(), chosen, gate.rows(), quantizeGroup);
        }
        grouped(
                places,
                places.parts(),
                places.gated(),
                arguments.matrix("down", down),
                chosen,
                0,
                true);
        launcher.with(plain.combine)
                .int64(arguments.numbers("out", out))
                .int64(places.parts())
                .int64(arguments.numbers("weights", weights))
                .int64(rows * gate.cols())
                .int32(Math.toIntExact(gate.cols()))
                .int32(k)
                .threads(rows * gate.cols());
    }

    private static boolean rounded(Matrix w) {
        return w.format().takesRoundedInputs();
    }

    /**
     * The matrices of experts, each for its own rows.
     *
     * @param gather how many choices a token has if rows are taken from tokens, else 0
     * @param scatter whether rows are put where their choice stands
     */
    private void grouped(
            ExpertsScratch places,
            long out,
            long x,
            GpuMatrix w,
            int chosen,
            int gather,
            boolean scatter) {
        boolean few = chosen < 2L * w.count();
        PlainKernels.Linear kernels = plain.linear(w.format().type());
        launcher.with(few ? kernels.single() : kernels.many())
                .int64(out)
                .int64(x)
                .int64(places.from())
                .int64(places.order())
                .weights(w)
                .weights(null)
                .int32(chosen)
                .int32(gather)
                .int32(scatter ? 1 : 0)
                .int32(0)
                .blocks(outputTiles(w), w.count(), Math.ceilDiv(rowTiles(chosen, few), w.count()));
    }

    @Override
    public void siluMultiply(Buffer gate, Buffer up, long n) {
        begin();
        arguments.siluMultiply(gate, up, n);
        pointwise(
                plain.siluMultiply,
                arguments.numbers("gate", gate),
                arguments.numbers("up", up),
                n);
    }

    @Override
    public void quickGelu(Buffer x, long n) {
        begin();
        arguments.quickGelu(x, n);
        pointwise(plain.quickGelu, arguments.numbers("x", x), 0, n);
    }

    @Override
    public void add(Buffer x, Buffer y, long n) {
        begin();
        arguments.add(x, y, n);
        pointwise(plain.add, arguments.numbers("x", x), arguments.numbers("y", y), n);
    }

    private void pointwise(Kernel kernel, long x, long y, long n) {
        launcher.with(kernel).int64(x).int64(y).int64(n).threads(n);
    }

    @Override
    public void convolve(
            Buffer out,
            Buffer in,
            Matrix w,
            @Nullable Matrix bias,
            Convolution shape,
            Buffer scratch) {
        begin();
        long needed = backend.convolveScratch(shape);
        arguments.convolve(out, in, w, bias, shape, scratch, needed);
        long places = (long) shape.outHeight() * shape.outWidth();
        long patches = arguments.numbers("scratch", scratch);
        launcher.with(plain.patches)
                .int64(patches)
                .int64(arguments.numbers("in", in))
                .int64(shape.channelStride())
                .int64(shape.rowStride())
                .int64(shape.columnStride())
                .int32(shape.height())
                .int32(shape.width())
                .int32(shape.outWidth())
                .int32(shape.channels())
                .int32(shape.kernel())
                .int32(shape.stride())
                .int32(shape.padding())
                .int32(0)
                .blocks(places);
        linear(
                arguments.numbers("out", out),
                patches,
                arguments.matrix("w", w),
                bias == null ? null : arguments.matrix("bias", bias),
                places);
    }

    @Override
    public void quantize(Buffer codes, Buffer scales, Buffer x, long rows, long cols, int group) {
        begin();
        arguments.quantize(codes, scales, x, rows, cols, group);
        quantize(
                arguments.address("codes", codes),
                arguments.numbers("scales", scales),
                0,
                arguments.numbers("x", x),
                rows,
                cols,
                group);
    }

    @Override
    public void fakeQuantize(Buffer out, Buffer x, long rows, long cols, int group) {
        begin();
        arguments.fakeQuantize(out, x, rows, cols, group);
        quantize(0, 0, arguments.numbers("out", out), arguments.numbers("x", x), rows, cols, group);
    }

    private void quantize(
            long codes, long scales, long out, long x, long rows, long cols, int group) {
        long inRow = Math.ceilDiv(cols, (long) group);
        launcher.with(plain.quantize)
                .int64(codes)
                .int64(scales)
                .int64(out)
                .int64(x)
                .int64(rows * inRow)
                .int32(Math.toIntExact(cols))
                .int32(group)
                .int32(Math.toIntExact(inRow))
                .int32(0)
                .blocks(Math.ceilDiv(rows * inRow, PlainKernels.GROUPS));
    }
}
