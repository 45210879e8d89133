package io.step3.bench;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A line of a table.
 *
 * @param suite {@code kernels}, {@code model} or {@code streams}
 * @param name what was measured
 * @param tokens how many tokens it was measured with; 0 where that is no matter
 * @param unit of the samples
 * @param samples what was measured
 * @param gigabytes read and written a second, at the median, in 10^9 bytes
 * @param gigaflops computed a second, at the median: 10^9 float32 operations, of which a
 *     multiply-add is two
 * @param share how near that is to what the machine can do
 */
public record Row(
        String suite,
        String name,
        long tokens,
        String unit,
        Samples samples,
        OptionalDouble gigabytes,
        OptionalDouble gigaflops,
        Optional<Share> share) {

    /** Checks that nothing is missing. */
    public Row {
        Objects.requireNonNull(suite, "suite");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(unit, "unit");
        Objects.requireNonNull(samples, "samples");
    }

    /** A line without speeds. */
    public static Row of(String suite, String name, long tokens, String unit, Samples samples) {
        return new Row(
                suite,
                name,
                tokens,
                unit,
                samples,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                Optional.empty());
    }

    /** The same with speeds and with how near to a ceiling they are. */
    public Row with(
            OptionalDouble gigabytesPerSecond,
            OptionalDouble gigaflopsPerSecond,
            Optional<Share> ofCeiling) {
        return new Row(
                suite,
                name,
                tokens,
                unit,
                samples,
                gigabytesPerSecond,
                gigaflopsPerSecond,
                ofCeiling);
    }

    /**
     * How near to a ceiling.
     *
     * @param limit which ceiling it is that binds
     * @param ceiling in the limit's unit
     * @param percent of the ceiling that was reached
     */
    public record Share(Limit limit, double ceiling, double percent) {}
}
