package io.step3.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code step3} command. */
@Command(
        name = "step3",
        description = "Step3, a vision-language reasoning model, on this machine.",
        mixinStandardHelpOptions = true,
        version = "step3 0.1.0",
        footer = "The launcher has more: step3 desktop, package, train and test; see README.md.",
        subcommands = {
            AskCommand.class,
            ServeCommand.class,
            InspectCommand.class,
            EvalCommand.class,
            BenchCommand.class,
            SynthCommand.class,
            DoctorCommand.class
        })
public final class Main implements Runnable {

    /** As a shell reports a program that the end of its pipe ended: 128 and SIGPIPE. */
    private static final int NOBODY_READS = 141;

    /** Java heap that the smallest model's files take to be read, in bytes. */
    private static final long LEAST_MEMORY = 32 << 20;

    private final InputStream in;
    private final Output out;

    @Spec private CommandSpec spec;

    private Main(InputStream in, Output out) {
        this.in = in;
        this.out = out;
    }

    /** Standard input, as bytes. */
    InputStream in() {
        return in;
    }

    /** Where a command prints what it was asked for. */
    Output out() {
        return out;
    }

    /**
     * Runs a command and ends the process with its exit code.
     *
     * @param arguments as typed
     */
    public static void main(String[] arguments) {
        if (System.getProperty("java.util.logging.SimpleFormatter.format") == null) {
            // A warning is a sentence like every other.
            System.setProperty("java.util.logging.SimpleFormatter.format", "step3: %5$s%n");
        }
        // Only the launcher can tell: Java knows no terminal once standard input is a pipe.
        boolean styled =
                Boolean.getBoolean("step3.terminal")
                        && !"dumb".equals(System.getenv("TERM"))
                        && isEmpty(System.getenv("NO_COLOR"));
        var err = new Output(new FileOutputStream(FileDescriptor.err), false);
        System.setErr(err);
        System.exit(
                run(System.in, new FileOutputStream(FileDescriptor.out), err, styled, arguments));
    }

    private static boolean isEmpty(String text) {
        return text == null || text.isEmpty();
    }

    /**
     * Runs a command.
     *
     * @param in its standard input
     * @param out its standard output; gets UTF-8 without control characters
     * @param err its standard error; likewise
     * @param styled whether {@code out} is a terminal that shows styles
     * @param arguments as typed
     * @return 0 done, 2 bad input, 1 anything else, 130 interrupted, 141 nobody reads the output
     */
    public static int run(
            InputStream in,
            OutputStream out,
            OutputStream err,
            boolean styled,
            String... arguments) {
        var output = new Output(out, styled);
        var errors = new PrintWriter(new Output(err, false), true);
        long memory = Runtime.getRuntime().maxMemory();
        int code;
        try {
            if (memory < LEAST_MEMORY) {
                throw new OutOfMemoryError(); // here it can be told, in a library's native code not
            }
            code = commandLine(in, output, errors).execute(arguments);
        } catch (OutOfMemoryError e) {
            errors.println(
                    "step3: Java's memory of %d MiB does not suffice: give it more, for example"
                                    .formatted(memory >> 20)
                            + " JAVA_TOOL_OPTIONS=-Xmx2g in the environment.");
            code = Failures.FAULT;
        }
        IOException lost = output.failure().orElse(null);
        if (lost == null) {
            return code;
        }
        if (String.valueOf(lost.getMessage()).toLowerCase(Locale.ROOT).contains("broken pipe")) {
            return NOBODY_READS;
        }
        errors.println(
                "step3: the output could not be written to its end: " + lost.getMessage() + ".");
        return Failures.FAULT;
    }

    private static CommandLine commandLine(InputStream in, Output out, PrintWriter err) {
        return new CommandLine(new Main(in, out))
                .setOut(new PrintWriter(out, true))
                .setErr(err)
                .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
                // A prompt that begins with an at sign is a prompt, not a file of arguments.
                .setExpandAtFiles(false)
                .setParameterExceptionHandler(Failures::misused)
                .setExecutionExceptionHandler(Failures::handle)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "say what to do: ask, inspect, eval, bench or doctor");
    }
}
