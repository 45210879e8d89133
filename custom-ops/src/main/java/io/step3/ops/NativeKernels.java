package io.step3.ops;

import static io.step3.ops.NativeLibrary.MH$embed;
import static io.step3.ops.NativeLibrary.MH$fakeQuantize;
import static io.step3.ops.NativeLibrary.MH$linear;
import static io.step3.ops.NativeLibrary.MH$linearWithBias;
import static io.step3.ops.NativeLibrary.MH$operation;
import static io.step3.ops.NativeLibrary.MH$operationOnMany;
import static io.step3.ops.NativeLibrary.MH$pairwise;
import static io.step3.ops.NativeLibrary.MH$quickGelu;
import static io.step3.ops.NativeLibrary.MH$rmsNorm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The kernels of the native library. Results do not depend on how many threads compute them: the
 * same input gives the same bits.
 *
 * <p>Activations must be native memory, aligned to 4 bytes; an attention head may have 16384
 * dimensions at most.
 */
public final class NativeKernels implements Kernels, AutoCloseable {
    private final Path file;
    private final NativeLibrary library;
    private final CpuTier tier;
    private final MemorySegment owned;

    /** Lives as long as calls are welcome. */
    private final Arena arena = Arena.ofShared();

    /** {@link #owned} in the scope of {@link #arena}, so that a call after the end is refused. */
    private final MemorySegment context;

    private final Set<Guard> guards = new HashSet<>();

    private NativeKernels(Path file, NativeLibrary library, CpuTier tier, int threads) {
        this.file = file;
        this.library = library;
        this.tier = tier;
        owned = library.create(tier, threads);
        context = owned.reinterpret(1, arena, null);
    }

    /**
     * Loads a library with the CPU's best instruction set and one thread for each core.
     *
     * @throws UnsatisfiedLinkError if the file is no library of ours for this system
     */
    static NativeKernels load(Path file) {
        return load(file, null, 0);
    }

    /**
     * Loads a library.
     *
     * @param tier null for the best that the CPU has
     * @param threads that compute, the caller's included; 0 for one each core
     * @throws UnsatisfiedLinkError if the file is no library of ours for this system
     * @throws IllegalStateException if the CPU lacks the tier
     */
    static NativeKernels load(Path file, CpuTier tier, int threads) {
        NativeLibrary library = new NativeLibrary(file);
        try {
            CpuTier best = library.cpuTier();
            CpuTier chosen = tier == null ? best : tier;
            if (chosen.compareTo(best) > 0) {
                throw new IllegalStateException(
                        "This CPU supports %s at most, not %s."
                                .formatted(best.label(), chosen.label()));
            }
            // A container may be granted less than the cores that it sees.
            int granted = Runtime.getRuntime().availableProcessors();
            int own = threads == 0 ? Math.min(library.physicalCores(), granted) : threads;
            return new NativeKernels(file, library, chosen, own);
        } catch (RuntimeException | Error e) {
            library.close();
            throw e;
        }
    }

    /** What of the CPU is used. */
    public CpuTier tier() {
        return tier;
    }

    /** All that this CPU supports, the best last. */
    public List<CpuTier> supportedTiers() {
        return library.cpuTier().andBelow();
    }

    /** Cores that this process may use; hyper-threads of one core count once. */
    public int physicalCores() {
        return library.physicalCores();
    }

    /** Threads that compute, the caller's included. */
    public int threads() {
        return library.threads(context);
    }

    /** The file that the library was loaded from. */
    public Path libraryFile() {
        return file;
    }

    /**
     * Ends the threads and unloads the library. Later calls throw {@link IllegalStateException}.
     *
     * @throws IllegalStateException if an operation is still running
     */
    @Override
    public void close() {
        if (!arena.scope().isAlive()) {
            return;
        }
        arena.close();
        synchronized (guards) {
            List.copyOf(guards).forEach(Guard::close);
        }
        library.destroy(owned);
        library.close();
    }

    @Override
    public MappingGuard guard(MemorySegment mapping) {
        if (!mapping.isMapped()) {
            throw new IllegalArgumentException("mapping: must be a mapped file");
        }
        synchronized (guards) {
            if (!arena.scope().isAlive()) {
                throw new IllegalStateException("the kernels are closed");
            }
            Guard guard = new Guard(library.guard(mapping));
            guards.add(guard);
            return guard;
        }
    }

    private final class Guard implements MappingGuard {
        private final MemorySegment guard;

        Guard(MemorySegment guard) {
            this.guard = guard;
        }

        @Override
        public boolean lost() {
            synchronized (guards) {
                return guards.contains(this) && library.isLost(guard);
            }
        }

        @Override
        public void close() {
            synchronized (guards) {
                if (guards.remove(this)) {
                    library.unguard(guard);
                }
            }
        }
    }

    @Override
    public String name() {
        return "cpu " + tier.label();
    }

    @Override
    public void embed(MemorySegment out, Weight table, MemorySegment ids, long n) {
        Arguments.embed(out, table, ids, n);
        try (Call call = Call.begin()) {
            MemorySegment t = call.weight("table", table);
            MemorySegment o = call.pointer("out", out);
            MemorySegment i = call.pointer("ids", ids);
            library.check(
                    (int)
                            MH$embed.invokeExact(
                                    library.embed,
                                    context,
                                    o,
                                    t,
                                    i,
                                    n,
                                    table.data(),
                                    table.scales()));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    @Override
    public void rmsNorm(MemorySegment out, MemorySegment x, Weight gain, long rows, float eps) {
        Arguments.rmsNorm(out, x, gain, rows);
        try (Call call = Call.begin()) {
            MemorySegment g = call.weight("gain", gain);
            MemorySegment o = call.pointer("out", out);
            MemorySegment in = call.pointer("x", x);
            library.check(
                    (int)
                            MH$rmsNorm.invokeExact(
                                    library.rmsNorm,
                                    context,
                                    o,
                                    in,
                                    g,
                                    rows,
                                    eps,
                                    gain.data(),
                                    gain.scales()));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    @Override
    public void layerNorm(
            MemorySegment out, MemorySegment x, Weight gain, Weight bias, long rows, float eps) {
        Arguments.layerNorm(out, x, gain, bias, rows);
        try (Call call = Call.begin()) {
            MemorySegment g = call.weight("gain", gain);
            MemorySegment b = call.weight("bias", bias);
            call.put("out", out).put("x", x).put(g).put(b).put(rows).put(eps);
            run(library.layerNorm, call);
        }
    }

    @Override
    public void linear(MemorySegment out, MemorySegment x, Weight w, Weight bias, long rows) {
        Arguments.linear(out, x, w, bias, rows);
        try (Call call = Call.begin()) {
            MemorySegment weight = call.weight("w", w);
            MemorySegment b = call.weight("bias", bias);
            MemorySegment o = call.pointer("out", out);
            MemorySegment in = call.pointer("x", x);
            int status;
            if (bias == null) {
                status =
                        (int)
                                MH$linear.invokeExact(
                                        library.linear,
                                        context,
                                        o,
                                        in,
                                        weight,
                                        b,
                                        rows,
                                        w.data(),
                                        w.scales());
            } else {
                status =
                        (int)
                                MH$linearWithBias.invokeExact(
                                        library.linear,
                                        context,
                                        o,
                                        in,
                                        weight,
                                        b,
                                        rows,
                                        w.data(),
                                        w.scales(),
                                        bias.data(),
                                        bias.scales());
            }
            library.check(status);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    @Override
    public void rotate(
            MemorySegment x,
            long rows,
            int heads,
            int dim,
            long position,
            MemorySegment inverseFrequencies) {
        Arguments.rotate(x, rows, heads, dim, position, inverseFrequencies);
        try (Call call = Call.begin()) {
            call.put("x", x).put("inverseFrequencies", inverseFrequencies);
            call.put(rows).put((long) heads).put((long) dim).put(position);
            run(library.rotate, call);
        }
    }

    @Override
    public void attention(
            MemorySegment out,
            MemorySegment q,
            MemorySegment keys,
            MemorySegment values,
            long rows,
            long position,
            int heads,
            int dim,
            float scale) {
        Arguments.attention(out, q, keys, values, rows, position, heads, dim);
        if (rows == 0) {
            return;
        }
        try (Call call = Call.begin()) {
            call.put("out", out).put("q", q).put("keys", keys).put("values", values);
            call.put(rows).put(position).put((long) heads).put((long) dim).put(scale);
            run(library.attention, call);
        }
    }

    @Override
    public void fullAttention(
            MemorySegment out, MemorySegment qkv, long tokens, int heads, int dim, float scale) {
        Arguments.fullAttention(out, qkv, tokens, heads, dim);
        try (Call call = Call.begin()) {
            call.put("out", out).put("qkv", qkv);
            call.put(tokens).put((long) heads).put((long) dim).put(scale);
            run(library.fullAttention, call);
        }
    }

    @Override
    public void route(
            MemorySegment ids,
            MemorySegment weights,
            MemorySegment probabilities,
            long rows,
            int experts,
            int k,
            boolean renormalise) {
        Arguments.route(ids, weights, probabilities, rows, experts, k);
        try (Call call = Call.begin()) {
            call.put("ids", ids).put("weights", weights).put("probabilities", probabilities);
            call.put(rows).put((long) experts).put((long) k).put(renormalise ? 1 : 0);
            run(library.route, call);
        }
    }

    @Override
    public void experts(
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
            MemorySegment scratch) {
        long needed = expertsScratch(rows, k, gate.experts(), gate.cols(), gate.rows());
        Arguments.experts(
                out, x, ids, weights, gate, up, down, rows, k, quantizeGroup, scratch, needed);
        try (Call call = Call.begin()) {
            MemorySegment g = call.weight("gate", gate);
            MemorySegment u = call.weight("up", up);
            MemorySegment d = call.weight("down", down);
            call.put("out", out).put("x", x).put("ids", ids).put("weights", weights);
            call.put(g).put(u).put(d).put(rows).put((long) k).put((long) quantizeGroup);
            call.put("scratch", scratch);
            run(library.experts, call);
        }
    }

    @Override
    public long expertsScratch(long rows, int k, int experts, long hidden, long width) {
        Arguments.expertsScratch(rows, k, experts, hidden, width);
        long bytes = library.expertsScratch(rows, k, experts, hidden, width);
        if (bytes < 0) {
            throw new IllegalArgumentException("rows: so many cannot be computed in one call");
        }
        return bytes;
    }

    @Override
    public void siluMultiply(MemorySegment gate, MemorySegment up, long n) {
        Arguments.siluMultiply(gate, up, n);
        try (Call call = Call.begin()) {
            MemorySegment g = call.pointer("gate", gate);
            MemorySegment u = call.pointer("up", up);
            library.check((int) MH$pairwise.invokeExact(library.siluMultiply, context, g, u, n));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    @Override
    public void quickGelu(MemorySegment x, long n) {
        Arguments.quickGelu(x, n);
        try (Call call = Call.begin()) {
            MemorySegment in = call.pointer("x", x);
            library.check((int) MH$quickGelu.invokeExact(library.quickGelu, context, in, n));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    @Override
    public void add(MemorySegment x, MemorySegment y, long n) {
        Arguments.add(x, y, n);
        try (Call call = Call.begin()) {
            MemorySegment a = call.pointer("x", x);
            MemorySegment b = call.pointer("y", y);
            library.check((int) MH$pairwise.invokeExact(library.add, context, a, b, n));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    @Override
    public void convolve(
            MemorySegment out,
            MemorySegment in,
            Weight w,
            Weight bias,
            Convolution shape,
            MemorySegment scratch) {
        Arguments.convolve(out, in, w, bias, shape, scratch, convolveScratch(shape));
        try (Call call = Call.begin()) {
            MemorySegment weight = call.weight("w", w);
            MemorySegment b = call.weight("bias", bias);
            call.put("out", out).put("in", in).put(weight).put(b);
            call.put((long) shape.channels()).put((long) shape.height()).put((long) shape.width());
            call.put(shape.channelStride()).put(shape.rowStride()).put(shape.columnStride());
            call.put((long) shape.kernel()).put((long) shape.stride()).put((long) shape.padding());
            call.put("scratch", scratch);
            run(library.convolve, call);
        }
    }

    @Override
    public long convolveScratch(Convolution shape) {
        return Arguments.product(
                "shape", shape.outHeight(), shape.outWidth(), shape.patch(), Float.BYTES);
    }

    @Override
    public void quantize(
            MemorySegment codes,
            MemorySegment scales,
            MemorySegment x,
            long rows,
            long cols,
            int group) {
        Arguments.quantize(codes, scales, x, rows, cols, group);
        try (Call call = Call.begin()) {
            call.putBytes("codes", codes).put("scales", scales).put("x", x);
            call.put(rows).put(cols).put((long) group);
            run(library.quantize, call);
        }
    }

    @Override
    public void fakeQuantize(MemorySegment out, MemorySegment x, long rows, long cols, int group) {
        Arguments.fakeQuantize(out, x, rows, cols, group);
        try (Call call = Call.begin()) {
            MemorySegment o = call.pointer("out", out);
            MemorySegment in = call.pointer("x", x);
            library.check(
                    (int)
                            MH$fakeQuantize.invokeExact(
                                    library.fakeQuantize,
                                    context,
                                    o,
                                    in,
                                    rows,
                                    cols,
                                    (long) group));
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }

    /** An operation whose arguments are in a struct. */
    private void run(MemorySegment operation, Call call) {
        try {
            int status;
            if (call.lifetimes() <= 3) {
                status =
                        (int)
                                MH$operation.invokeExact(
                                        operation,
                                        context,
                                        call.struct(),
                                        call.kept(0),
                                        call.kept(1),
                                        call.kept(2));
            } else {
                status =
                        (int)
                                MH$operationOnMany.invokeExact(
                                        operation,
                                        context,
                                        call.struct(),
                                        call.kept(0),
                                        call.kept(1),
                                        call.kept(2),
                                        call.kept(3),
                                        call.kept(4),
                                        call.kept(5),
                                        call.kept(6),
                                        call.kept(7),
                                        call.kept(8),
                                        call.kept(9),
                                        call.kept(10),
                                        call.kept(11));
            }
            library.check(status);
        } catch (Throwable e) {
            throw NativeLibrary.rethrown(e);
        }
    }
}
