package io.step3.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
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
            InspectCommand.class,
            EvalCommand.class,
            DoctorCommand.class
        })
public final class Main implements Runnable {

    @Spec private CommandSpec spec;

    /** Created by {@link #commandLine}. */
    Main() {}

    /**
     * Runs a command and ends the process with its exit code.
     *
     * @param arguments as typed
     */
    public static void main(String[] arguments) {
        // Whatever the locale says, Step3 speaks UTF-8.
        var out = new FileOutputStream(FileDescriptor.out);
        System.setOut(new PrintStream(out, false, StandardCharsets.UTF_8));
        int code = commandLine().execute(arguments);
        System.out.flush();
        System.exit(code);
    }

    /** The command with its exit codes: 0 done, 2 bad input, 1 anything else, 130 interrupted. */
    public static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setExecutionExceptionHandler(Failures::handle)
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(), "Say what to do: ask, inspect, eval or doctor.");
    }
}
