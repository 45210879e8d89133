package io.step3.bench;

import io.step3.generate.Step3;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** Measures a model as its user sees it: loading, reading prompts and pictures, writing. */
public final class ModelBench {

    private static final int LOADS = 3;
    private static final int[] LENGTHS = {64, 256, 1024, 4096, 16384};
    private static final int LEAST_SAMPLES = 3;
    private static final int MOST_SAMPLES = 25;

    /** Tokens that are written after a prompt to see how fast writing is, at most. */
    private static final int WRITTEN = 128;

    private static final int LEAST_WRITTEN = 4;

    private final Supplier<Step3> loader;
    private final Ceiling ceiling;
    private final BooleanSupplier stop;
    private final Consumer<Row> rows;

    /**
     * @param loader loads the model anew
     * @param ceiling of this machine
     * @param stop asked between tokens
     * @param rows gets what is measured
     */
    public ModelBench(
            Supplier<Step3> loader, Ceiling ceiling, BooleanSupplier stop, Consumer<Row> rows) {
        this.loader = loader;
        this.ceiling = ceiling;
        this.stop = stop;
        this.rows = rows;
    }

    /**
     * Measures all of it.
     *
     * @param seconds to take, about; a model of which one prompt takes longer takes longer
     * @throws CancellationException if it is to stop
     */
    public void run(double seconds) {
        load();
        try (Step3 step3 = loader.get()) {
            Prompts prompts = new Prompts(step3);
            warm(step3, prompts, seconds / 5);
            int context = step3.model().contextLength();
            TokenCost cost = TokenCost.of(step3.model());
            double each = seconds * 0.8 / (2 * LENGTHS.length + 1);
            for (int length : LENGTHS) {
                int written = Math.min(WRITTEN, context / 8);
                if (length + written + 64 > context) {
                    break;
                }
                double took = prefill(step3, prompts, length, cost, each);
                decode(step3, prompts, length, written, cost, each);
                if (took > seconds / 4) {
                    break; // four times as long a prompt would take the rest
                }
            }
            if (step3.model().canSee()) {
                picture(step3, prompts, each);
            }
        }
    }

    private void load() {
        double[] milliseconds = new double[LOADS];
        for (int i = 0; i < LOADS; i++) {
            long began = System.nanoTime();
            loader.get().close();
            milliseconds[i] = (System.nanoTime() - began) * 1e-6;
            checkStop();
        }
        rows.accept(Row.of("model", "load", 0, "ms", Samples.of(milliseconds)));
    }

    /** Java compiles what runs often: nothing is measured before. */
    private void warm(Step3 step3, Prompts prompts, double seconds) {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        do {
            Answer.read(step3, prompts.text(64, LEAST_WRITTEN), stop);
            Answer.read(step3, prompts.text(8, 2 * LEAST_WRITTEN), stop);
        } while (System.nanoTime() < end);
    }

    /** Returns the seconds that one prompt takes. */
    private double prefill(
            Step3 step3, Prompts prompts, int length, TokenCost cost, double seconds) {
        Measured measured =
                measure(
                        seconds,
                        Limit.ARITHMETIC,
                        () -> Answer.read(step3, prompts.text(length, 1), stop),
                        answer -> answer.computed() / answer.secondsToFirst());
        double flops = 2.0 * cost.weights();
        rows.accept(
                Row.of("model", "read a prompt", length, "tok/s", measured.samples)
                        .with(
                                OptionalDouble.empty(),
                                OptionalDouble.of(flops * measured.samples.median() * 1e-9),
                                measured.share(Limit.ARITHMETIC, flops)));
        return measured.answer.secondsToFirst();
    }

    private void decode(
            Step3 step3, Prompts prompts, int length, int written, TokenCost cost, double seconds) {
        double speed =
                Answer.read(step3, prompts.text(length, LEAST_WRITTEN), stop).tokensPerSecond();
        int count = (int) Math.clamp(speed * seconds / LEAST_SAMPLES, LEAST_WRITTEN, written);
        Measured measured =
                measure(
                        seconds,
                        Limit.MEMORY,
                        () -> Answer.read(step3, prompts.text(length, count), stop),
                        Answer::tokensPerSecond);
        double bytes =
                cost.weightBytes()
                        + (double) cost.cacheBytes() * (measured.answer.prompt() + count / 2);
        rows.accept(
                Row.of("model", "write, tokens before it", length, "tok/s", measured.samples)
                        .with(
                                OptionalDouble.of(bytes * measured.samples.median() * 1e-9),
                                OptionalDouble.empty(),
                                measured.share(Limit.MEMORY, bytes)));
    }

    private void picture(Step3 step3, Prompts prompts, double seconds) {
        Measured measured =
                measure(
                        seconds,
                        Limit.ARITHMETIC,
                        () -> Answer.read(step3, prompts.picture(1), stop),
                        answer -> 1000 * answer.secondsToFirst());
        rows.accept(Row.of("model", "a picture to first token", 0, "ms", measured.samples));
    }

    /** What was measured, the ceilings that were measured in turn with it, and the last answer. */
    private record Measured(Samples samples, double[] ceilings, double[] ratios, Answer answer) {

        /** How near, where a token costs so many bytes or operations. */
        Optional<Row.Share> share(Limit limit, double ofToken) {
            return ceilings.length == 0
                    ? Optional.empty()
                    : Optional.of(
                            new Row.Share(
                                    limit,
                                    Samples.of(ceilings).median(),
                                    100e-9 * ofToken * Samples.of(ratios).median()));
        }
    }

    private Measured measure(
            double seconds, Limit limit, Supplier<Answer> ask, ToDoubleFunction<Answer> figure) {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        List<Double> samples = new ArrayList<>();
        List<Double> ceilings = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        Answer answer;
        do {
            OptionalDouble best = ceiling.burst(limit);
            answer = ask.get();
            double value = figure.applyAsDouble(answer);
            samples.add(value);
            best.ifPresent(
                    most -> {
                        ceilings.add(most);
                        ratios.add(value / most);
                    });
        } while (samples.size() < LEAST_SAMPLES
                || samples.size() < MOST_SAMPLES && System.nanoTime() < end);
        return new Measured(Samples.of(array(samples)), array(ceilings), array(ratios), answer);
    }

    private static double[] array(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private void checkStop() {
        if (stop.getAsBoolean()) {
            throw new CancellationException();
        }
    }
}
