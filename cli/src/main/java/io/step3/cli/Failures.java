package io.step3.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** How a failure is told: bad input in one sentence, a fault of the program with its trace. */
final class Failures {

    /** Exit code for input that cannot be used. */
    static final int BAD_INPUT = 2;

    /** Exit code for everything else that goes wrong. */
    static final int FAULT = 1;

    private Failures() {}

    static int handle(Exception failure, CommandLine command, ParseResult parsed) {
        switch (failure) {
            case IllegalArgumentException e -> command.getErr().println("step3: " + e.getMessage());
            case IOException e -> command.getErr().println("step3: " + sentence(e));
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
            default -> failure.getMessage();
        };
    }
}
