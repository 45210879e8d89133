package io.step3.bench;

import io.step3.ops.BackendLoader;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * The same operations under JMH: each in a fresh Java, with its average time and with the bytes
 * that a call allocates on the Java heap.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class OperationsBenchmark {

    /** A case and its tokens; the program below names them all. */
    @Param("rms norm 7168, 1")
    public String operation;

    private BackendLoader.Choice choice;
    private WeightMemory weights;
    private OperationCase.Prepared prepared;

    /** What a case is called here. */
    static String name(OperationCase of) {
        return of.name().replace(",", "") + ", " + of.tokens();
    }

    /** Always as much, so that the cases are called the same in every Java. */
    private static WeightMemory memory() {
        long bytes = OperationCases.leastMemory(Widths.PUBLISHED);
        return WeightMemory.reserve(bytes, bytes);
    }

    /** Lays out the case. */
    @Setup(Level.Trial)
    public void prepare() {
        choice = BackendLoader.load();
        weights = memory();
        prepared =
                OperationCases.of(choice.backend(), weights, Widths.PUBLISHED).stream()
                        .filter(each -> name(each).equals(operation))
                        .findFirst()
                        .orElseThrow()
                        .prepared()
                        .get();
    }

    /** Frees it. */
    @TearDown(Level.Trial)
    public void close() {
        prepared.close();
        weights.close();
        choice.close();
    }

    /** One call. */
    @Benchmark
    public void call() {
        prepared.run();
    }

    /**
     * Runs all operations, or those with a text in their names.
     *
     * @param arguments the text, if any
     */
    public static void main(String[] arguments) throws RunnerException {
        String only = String.join(" ", arguments).strip().toLowerCase(Locale.ROOT);
        List<String> names;
        try (BackendLoader.Choice choice = BackendLoader.load();
                WeightMemory weights = memory()) {
            names =
                    OperationCases.of(choice.backend(), weights, Widths.PUBLISHED).stream()
                            .map(OperationsBenchmark::name)
                            .filter(name -> name.toLowerCase(Locale.ROOT).contains(only))
                            .toList();
        }
        if (names.isEmpty()) {
            System.err.println("no operation has \"" + only + "\" in its name");
            System.exit(2);
        }
        new Runner(
                        new OptionsBuilder()
                                .include(OperationsBenchmark.class.getName())
                                .param("operation", names.toArray(String[]::new))
                                .forks(1)
                                .warmupIterations(1)
                                .warmupTime(TimeValue.seconds(1))
                                .measurementIterations(3)
                                .measurementTime(TimeValue.seconds(1))
                                .addProfiler(GCProfiler.class)
                                .build())
                .run();
    }
}
