package io.step3.cli;

import io.step3.chat.Cancellation;
import io.step3.checkpoint.DType;
import io.step3.synth.SyntheticCheckpoint;
import io.step3.synth.SyntheticModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Writes a random checkpoint of the published widths. */
@Command(
        name = "synth",
        description = {
            "Write a random checkpoint in the published layout and with the published widths, to measure",
            "on what a real one would cost. It answers with noise. A writing that was interrupted goes",
            "on when it is asked for again."
        },
        mixinStandardHelpOptions = true)
final class SynthCommand implements Callable<Integer> {

    private static final long BETWEEN_LINES = 1_000_000_000L;

    @ParentCommand private Main main;

    @Spec private CommandSpec spec;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FOLDER",
            description = "Where to write it: a new folder, or the one of an interrupted writing.")
    private Path out;

    @Option(
            names = "--layers",
            paramLabel = "N",
            defaultValue = "61",
            description = "How many, from 1 to 61 (default: ${DEFAULT-VALUE}).")
    private int layers;

    @Option(
            names = "--dense",
            paramLabel = "I",
            split = ",",
            description =
                    "Which layers have no experts, from 0 (default: those of the published model).")
    private List<Integer> dense;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            defaultValue = "fp8",
            description = "fp8 or bf16 (default: ${DEFAULT-VALUE}).")
    private String dtype;

    @Option(
            names = "--experts",
            paramLabel = "N",
            defaultValue = "48",
            description = "Experts of a layer, from 3 to 48 (default: ${DEFAULT-VALUE}).")
    private int experts;

    @Option(names = "--vision", description = "With the vision tower, which takes 10 GB.")
    private boolean vision;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "1",
            description = "Of the weights (default: ${DEFAULT-VALUE}).")
    private long seed;

    /** For picocli. */
    SynthCommand() {}

    @Override
    public Integer call() throws IOException {
        DType weights =
                switch (dtype) {
                    case "fp8" -> DType.F8_E4M3;
                    case "bf16" -> DType.BF16;
                    default ->
                            throw new IllegalArgumentException(
                                    "--dtype must be fp8 or bf16, not " + dtype);
                };
        SortedSet<Integer> without =
                dense == null ? SyntheticModel.publishedDense(layers) : new TreeSet<>(dense);
        var model = new SyntheticModel(layers, without, weights, experts, vision, seed);
        var cancellation = new Cancellation();
        try (var interrupt = new Interrupt(cancellation)) {
            new SyntheticCheckpoint(model, out).write(progress(cancellation));
        } catch (CancellationException e) {
            spec.commandLine().getErr().println("step3: interrupted; ask again to go on.");
            return Interrupt.EXIT_CODE;
        }
        main.out().printf("%s is a checkpoint now.%n", out);
        return 0;
    }

    /** A line a second on standard error. */
    private SyntheticCheckpoint.Progress progress(Cancellation cancellation) {
        PrintWriter err = spec.commandLine().getErr();
        long began = System.nanoTime();
        var last = new long[] {began, -1};
        return (bytes, all) -> {
            if (cancellation.isCancelled()) {
                throw new CancellationException();
            }
            long now = System.nanoTime();
            last[1] = last[1] < 0 ? bytes : last[1];
            if (now - last[0] < BETWEEN_LINES && bytes < all) {
                return;
            }
            last[0] = now;
            double rate = (bytes - last[1]) / Math.max(1e-9, (now - began) * 1e-9);
            err.printf(
                    Locale.ROOT,
                    "%.1f of %.1f GB, %.2f GB/s%n",
                    bytes / 1e9,
                    all / 1e9,
                    rate / 1e9);
            err.flush();
        };
    }
}
