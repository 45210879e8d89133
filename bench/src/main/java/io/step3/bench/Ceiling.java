package io.step3.bench;

import io.step3.ops.MachineProbe;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What this machine can do: how fast it reads memory that is in no cache, and how fast it
 * multiplies and adds float32 in registers, with one thread and with all that the kernels use. Each
 * call is a short burst of some milliseconds, to be made in turn with what is compared.
 */
public final class Ceiling implements AutoCloseable {

    private static final long PAGE = 4096;
    private static final long BURST_BYTES = 256L << 20;
    private static final long BURST_ROUNDS = 1_000_000;

    /** A burst that starts threads which slept says nothing about the machine. */
    private static final int TRIES = 3;

    private final MachineProbe probe;
    private final MemorySegment memory;
    private final int threads;
    private final ExecutorService workers;
    private long next;
    private int streams = 1;

    private Ceiling(MachineProbe probe, MemorySegment memory, int threads) {
        this.probe = probe;
        this.memory = memory;
        this.threads = threads;
        workers =
                Executors.newFixedThreadPool(
                        threads, Thread.ofPlatform().daemon().name("bench-", 0).factory());
    }

    /**
     * Measures with memory that was written before; more than the caches hold, for the figures to
     * mean anything.
     *
     * @param threads what the kernels use
     */
    public static Ceiling over(MemorySegment memory, int threads) {
        Ceiling ceiling = new Ceiling(MachineProbe.load().orElse(null), memory, threads);
        if (ceiling.probe != null) {
            double one = ceiling.best(() -> ceiling.read(threads));
            ceiling.streams = 4;
            double four = ceiling.best(() -> ceiling.read(threads));
            ceiling.streams = one > four ? 1 : 4;
        }
        return ceiling;
    }

    /** Whether there is anything that can measure: it needs the native library. */
    public boolean isKnown() {
        return probe != null;
    }

    /** A burst of what binds, with all threads, in its unit; empty where nothing can measure. */
    public OptionalDouble burst(Limit limit) {
        return burst(limit, threads);
    }

    /** As {@link #burst(Limit)}, with so many threads. */
    public OptionalDouble burst(Limit limit, int count) {
        if (probe == null) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(limit == Limit.MEMORY ? read(count) : multiply(count));
    }

    private double best(Callable<Double> burst) {
        try {
            double best = 0;
            for (int i = 0; i < TRIES; i++) {
                best = Math.max(best, burst.call());
            }
            return best;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private double read(int count) {
        long each = Math.min(BURST_BYTES, memory.byteSize()) / count / (4 * PAGE) * (4 * PAGE);
        List<Callable<Long>> work = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (next + each > memory.byteSize()) {
                next = 0;
            }
            MemorySegment part = memory.asSlice(next, each);
            next += each;
            work.add(
                    () -> {
                        probe.read(part, streams);
                        return each;
                    });
        }
        return perNanosecond(work);
    }

    private double multiply(int count) {
        List<Callable<Long>> work = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            work.add(() -> probe.multiply(BURST_ROUNDS));
        }
        return perNanosecond(work);
    }

    /** What all did together, by the time until the last was done. */
    private double perNanosecond(List<Callable<Long>> work) {
        try {
            long began = System.nanoTime();
            long done = 0;
            for (Future<Long> part : workers.invokeAll(work)) {
                done += part.get();
            }
            return (double) done / (System.nanoTime() - began);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /** The ceilings themselves, as lines of a table: with one thread and with all. */
    public List<Row> rows(String suite) {
        List<Row> rows = new ArrayList<>();
        if (probe == null) {
            return rows;
        }
        for (Limit limit : Limit.values()) {
            for (int count : threads == 1 ? new int[] {1} : new int[] {1, threads}) {
                double[] samples = new double[9];
                for (int i = 0; i < samples.length; i++) {
                    samples[i] = burst(limit, count).getAsDouble();
                }
                String name =
                        "machine: %s, %s"
                                .formatted(
                                        limit.label(),
                                        count == 1 ? "1 thread" : count + " threads");
                rows.add(Row.of(suite, name, 0, limit.unit(), Samples.of(samples)));
            }
        }
        return rows;
    }

    /** Ends the threads; the memory stays the caller's. */
    @Override
    public void close() {
        workers.close();
        if (probe != null) {
            probe.close();
        }
    }
}
