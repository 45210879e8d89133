package io.step3.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The CPU kernels of the native library. Results do not depend on how many threads compute them:
 * the same input gives the same bits.
 *
 * <p>Buffers must be aligned to 4 bytes; an attention head may have 16384 dimensions at most.
 */
public final class NativeBackend implements HostBackend {
    private final Path file;
    private final NativeLibrary library;
    private final CpuTier tier;
    private final MemorySegment owned;

    /** Lives as long as calls are welcome. */
    private final Arena arena = Arena.ofShared();

    /** {@link #owned} in the scope of {@link #arena}, so that a call after the end is refused. */
    private final MemorySegment context;

    private final Set<Guard> guards = new HashSet<>();

    private NativeBackend(Path file, NativeLibrary library, CpuTier tier, int threads) {
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
    static NativeBackend load(Path file) {
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
    static NativeBackend load(Path file, @Nullable CpuTier tier, int threads) {
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
            return new NativeBackend(file, library, chosen, own);
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
    public Stream newStream() {
        return new NativeStream(this, library, context);
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
    public long convolveScratch(Convolution shape) {
        return Arguments.convolveScratch(shape);
    }
}
