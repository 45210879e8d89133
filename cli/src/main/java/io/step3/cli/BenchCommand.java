package io.step3.cli;

import io.step3.bench.Ceiling;
import io.step3.bench.KernelBench;
import io.step3.bench.ModelBench;
import io.step3.bench.OperationCase;
import io.step3.bench.OperationCases;
import io.step3.bench.Row;
import io.step3.bench.StreamBench;
import io.step3.bench.Table;
import io.step3.bench.WeightMemory;
import io.step3.bench.Widths;
import io.step3.chat.Cancellation;
import io.step3.generate.Step3;
import io.step3.model.Where;
import io.step3.ops.Backend;
import io.step3.ops.BackendLoader;
import io.step3.ops.NativeBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Measures how fast Step3 is here, beside what this machine can do. */
@Command(
        name = "bench",
        description = {
            "Measure how fast Step3 is on this machine, beside what the machine itself can do, which",
            "is measured in turn with it. kernels: the operations at the published model's widths;",
            "model: loading, reading and writing; streams: many answers at a time; all: one after",
            "the other. STEP3_KERNELS chooses the instruction set."
        },
        mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {

    private static final int MOST_SECONDS = 3600;

    /** Far more than caches hold, where nothing but the machine is measured. */
    private static final long CEILING_BYTES = 1L << 30;

    private static final long LEAST_CEILING_BYTES = 64L << 20;

    @ParentCommand private Main main;

    @Mixin private ModelOption model;

    @Parameters(paramLabel = "WHAT", description = "kernels, model, streams or all.")
    private String what;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "40",
            description =
                    "About how long each of them takes (default: ${DEFAULT-VALUE}); more is steadier.")
    private int seconds;

    @Option(
            names = "--only",
            paramLabel = "TEXT",
            description = "Of kernels those with this text in their names.")
    private String only;

    @Option(names = "--csv", paramLabel = "FILE", description = "Also write the table as CSV.")
    private Path csv;

    /** The placement that was printed last. */
    private String told = "";

    /** For picocli. */
    BenchCommand() {}

    @Override
    public Integer call() throws IOException {
        check();
        Cancellation cancellation = new Cancellation();
        try (var interrupt = new Interrupt(cancellation);
                BackendLoader.Choice choice = BackendLoader.load(model.threads())) {
            BooleanSupplier stop = () -> cancellation.isCancelled() || main.out().checkError();
            Backend backend = choice.backend();
            int threads =
                    backend instanceof NativeBackend library
                            ? library.threads()
                            : Runtime.getRuntime().availableProcessors();
            Table table = new Table(backend.name(), threads);
            if (wants("kernels")) {
                kernels(backend, threads, table, stop);
            }
            if (wants("model")) {
                model(threads, table, stop);
            }
            if (wants("streams")) {
                streams(threads, table, stop);
            }
            if (csv != null) {
                table.write(csv);
            }
            return 0;
        } catch (CancellationException e) {
            return Interrupt.EXIT_CODE;
        }
    }

    private boolean wants(String suite) {
        return what.equals(suite) || what.equals("all");
    }

    private void check() {
        if (!List.of("kernels", "model", "streams", "all").contains(what)) {
            throw new IllegalArgumentException(
                    "there is no benchmark \"%s\": say kernels, model, streams or all"
                            .formatted(what));
        }
        if (seconds < 1 || seconds > MOST_SECONDS) {
            throw new IllegalArgumentException(
                    "--seconds must be from 1 to %d, not %d".formatted(MOST_SECONDS, seconds));
        }
        if (only != null && !what.equals("kernels")) {
            throw new IllegalArgumentException(
                    "--only chooses kernels: it goes with bench kernels");
        }
        if (model.isNamed() && what.equals("kernels")) {
            throw new IllegalArgumentException(
                    "--model goes with bench model, streams or all: kernels are measured without one");
        }
        if (model.isPlaced() && what.equals("kernels")) {
            throw new IllegalArgumentException(
                    "--placement goes with bench model, streams or all: kernels are measured on what STEP3_KERNELS chooses");
        }
        if (csv != null && Files.isDirectory(csv)) {
            throw new IllegalArgumentException("--csv %s is a folder: name a file".formatted(csv));
        }
        if (csv != null && !Files.isDirectory(csv.toAbsolutePath().getParent())) {
            throw new IllegalArgumentException(
                    "--csv %s: its folder does not exist".formatted(csv));
        }
    }

    private void kernels(Backend backend, int threads, Table table, BooleanSupplier stop) {
        Widths widths = Widths.PUBLISHED;
        try (WeightMemory weights =
                WeightMemory.reserve(
                        OperationCases.wantedMemory(widths), OperationCases.leastMemory(widths))) {
            List<OperationCase> cases =
                    OperationCases.of(backend, weights, widths).stream()
                            .filter(each -> only == null || matches(each.name()))
                            .toList();
            if (cases.isEmpty()) {
                throw new IllegalArgumentException(
                        "no kernel has \"%s\" in its name: bench kernels lists them"
                                .formatted(only));
            }
            try (Ceiling ceiling = Ceiling.over(weights.memory(), threads)) {
                ceiling.rows("kernels").forEach(row -> add(row, table));
                new KernelBench(ceiling, stop).run(cases, seconds, row -> add(row, table));
            }
        }
    }

    private boolean matches(String name) {
        return name.toLowerCase(Locale.ROOT).contains(only.toLowerCase(Locale.ROOT));
    }

    private void model(int threads, Table table, BooleanSupplier stop) {
        try (WeightMemory memory = WeightMemory.reserve(CEILING_BYTES, LEAST_CEILING_BYTES);
                Ceiling ceiling = Ceiling.over(memory.memory(), threads)) {
            ceiling.rows("model").forEach(row -> add(row, table));
            new ModelBench(this::load, ceiling, stop, row -> add(row, table)).run(seconds);
        }
    }

    /** Loads the model, and says once where it lies, if not on the CPU alone. */
    private Step3 load() {
        Step3 step3 = model.load();
        String placement = step3.model().placement().toString();
        if (step3.model().placement().uses(Where.GPU) && !placement.equals(told)) {
            told = placement;
            main.out().printf("%s, placement %s%n", step3.model().backends().name(), placement);
        }
        return step3;
    }

    private void streams(int threads, Table table, BooleanSupplier stop) {
        try (WeightMemory memory = WeightMemory.reserve(CEILING_BYTES, LEAST_CEILING_BYTES);
                Ceiling ceiling = Ceiling.over(memory.memory(), threads);
                Step3 step3 = load()) {
            ceiling.rows("streams").forEach(row -> add(row, table));
            new StreamBench(step3, ceiling, stop, row -> add(row, table)).run(seconds);
        }
    }

    private void add(Row row, Table table) {
        if (table.rows().isEmpty()) {
            main.out()
                    .printf(
                            "%s; %s, %d threads%n",
                            Processor.name(), table.kernels(), table.threads());
            main.out().println(Table.heading());
        }
        table.add(row);
        main.out().println(Table.text(row));
        main.out().flush();
    }
}
