package io.step3.cli;

import io.step3.remote.RemoteModelException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** How a failure is told: bad input in one sentence, a fault of the program with its trace. */
final class Failures {

    /** Exit code for input that cannot be used. */
    static final int BAD_INPUT = 2;

    /** Exit code for everything else that goes wrong. */
    static final int FAULT = 1;

    private Failures() {}

    /** Arguments that do not fit the command, in one sentence. */
    static int misused(ParameterException misuse, String[] arguments) {
        CommandLine command = misuse.getCommandLine();
        // A question such as "-5 + 3" is taken for options, which have no blanks in them.
        boolean dashed =
                Arrays.stream(arguments).anyMatch(a -> a.startsWith("-") && a.contains(" "));
        say(
                command,
                "%s; %s."
                        .formatted(
                                misuse.getMessage(),
                                dashed
                                        ? "a text that begins with a dash goes behind --"
                                        : command.getCommandSpec().qualifiedName()
                                                + " --help lists what there is"));
        return BAD_INPUT;
    }

    private static void say(CommandLine command, String sentence) {
        command.getErr().println("step3: " + String.join(" ", sentence.lines().toList()));
    }

    static int handle(Exception failure, CommandLine command, ParseResult parsed) {
        switch (failure) {
            case IllegalArgumentException e -> say(command, e.getMessage());
            case IOException e -> say(command, sentence(e));
            case RemoteModelException e -> {
                say(command, e.getMessage());
                return FAULT;
            }
            default -> {
                command.getErr().println("step3: this should not have happened:");
                failure.printStackTrace(command.getErr());
                return FAULT;
            }
        }
        return BAD_INPUT;
    }

    private static String sentence(IOException failure) {
        return switch (failure) {
            case NoSuchFileException e ->
                    "%s does not exist: check the path.".formatted(e.getFile());
            case AccessDeniedException e ->
                    "%s may not be read or written: check its permissions.".formatted(e.getFile());
            case FileSystemException e when e.getReason() != null ->
                    "%s: %s".formatted(e.getFile(), e.getReason());
            case FileSystemException e -> "%s cannot be used.".formatted(e.getFile());
            default -> failure.getMessage();
        };
    }
}
