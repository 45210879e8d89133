package io.step3.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Measures operations. A sample is a few calls that take some milliseconds together, and a burst of
 * what binds the operation right before it, so that both see the same neighbours; what is reported
 * is the median of their ratios.
 */
public final class KernelBench {

    private static final int LEAST_SAMPLES = 3;
    private static final int MOST_SAMPLES = 200;

    /** Long enough that neither the clock nor the start of a call counts. */
    private static final double SAMPLE_SECONDS = 0.005;

    /** The first touch of memory is nothing beside a call that takes so long. */
    private static final double LONG_NANOSECONDS = 0.2e9;

    private final Ceiling ceiling;
    private final BooleanSupplier stop;
    private final double readCeiling;
    private final double multiplyCeiling;

    /**
     * @param ceiling of this machine
     * @param stop asked between samples
     */
    public KernelBench(Ceiling ceiling, BooleanSupplier stop) {
        this.ceiling = ceiling;
        this.stop = stop;
        readCeiling = best(Limit.MEMORY);
        multiplyCeiling = best(Limit.ARITHMETIC);
    }

    /** What the machine can do undisturbed: which limit binds must not hang on a bad moment. */
    private double best(Limit limit) {
        double best = 0;
        for (int i = 0; i < 2 * LEAST_SAMPLES; i++) {
            best = Math.max(best, ceiling.burst(limit).orElse(1));
        }
        return best;
    }

    /**
     * Measures all cases.
     *
     * @param seconds to take, about; large cases take what three samples take
     * @throws CancellationException if it is to stop
     */
    public void run(List<OperationCase> cases, double seconds, Consumer<Row> rows) {
        for (OperationCase each : cases) {
            rows.accept(measure(each, seconds / cases.size()));
        }
    }

    private Row measure(OperationCase what, double seconds) {
        Optional<Limit> limit = limit(what);
        try (OperationCase.Prepared prepared = what.prepared().get()) {
            long end = System.nanoTime() + (long) (seconds * 1e9);
            double once = time(prepared, 1); // touches all memory
            if (once < LONG_NANOSECONDS) {
                once = time(prepared, 1);
            }
            int calls = (int) Math.clamp(Math.ceil(SAMPLE_SECONDS * 1e9 / once), 1, 1e6);
            List<Double> times = new ArrayList<>();
            List<Double> ceilings = new ArrayList<>();
            List<Double> shares = new ArrayList<>();
            while (times.size() < LEAST_SAMPLES
                    || times.size() < MOST_SAMPLES && System.nanoTime() < end) {
                if (stop.getAsBoolean()) {
                    throw new CancellationException();
                }
                OptionalDouble best =
                        limit.isPresent() ? ceiling.burst(limit.get()) : OptionalDouble.empty();
                double time = time(prepared, calls);
                times.add(time);
                if (best.isPresent()) {
                    ceilings.add(best.getAsDouble());
                    shares.add(100 * amount(what, limit.get()) / time / best.getAsDouble());
                }
            }
            return row(what, times, limit, ceilings, shares);
        }
    }

    private static Row row(
            OperationCase what,
            List<Double> times,
            Optional<Limit> limit,
            List<Double> ceilings,
            List<Double> shares) {
        Samples nanoseconds = samples(times);
        double median = nanoseconds.median();
        Samples milliseconds =
                Samples.of(times.stream().mapToDouble(time -> time * 1e-6).toArray());
        return Row.of("kernels", what.name(), what.tokens(), "ms", milliseconds)
                .with(
                        OptionalDouble.of(what.bytes() / median),
                        what.flops() == 0
                                ? OptionalDouble.empty()
                                : OptionalDouble.of(what.flops() / median),
                        ceilings.isEmpty()
                                ? Optional.empty()
                                : Optional.of(
                                        new Row.Share(
                                                limit.get(),
                                                samples(ceilings).median(),
                                                samples(shares).median())));
    }

    private static Samples samples(List<Double> values) {
        return Samples.of(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** What binds: whatever takes longer even on a machine that does nothing else. */
    private Optional<Limit> limit(OperationCase what) {
        if (what.inCaches()) {
            return Optional.empty();
        }
        return Optional.of(
                what.bytes() / readCeiling > what.flops() / multiplyCeiling
                        ? Limit.MEMORY
                        : Limit.ARITHMETIC);
    }

    private static double amount(OperationCase what, Limit limit) {
        return limit == Limit.MEMORY ? what.bytes() : what.flops();
    }

    /** Nanoseconds of a call. */
    private static double time(OperationCase.Prepared prepared, int calls) {
        long began = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            prepared.run();
        }
        return Math.max(1, System.nanoTime() - began) / (double) calls;
    }
}
