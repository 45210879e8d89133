package io.step3.cli;

import io.step3.checkpoint.BundledCheckpoint;
import io.step3.generate.Step3;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which model a command uses. */
final class ModelOption {

    @Option(
            names = "--model",
            paramLabel = "FOLDER",
            description = "A Step3 checkpoint folder (default: the built-in Step3-Tiny).")
    private Path folder;

    /** For picocli. */
    ModelOption() {}

    boolean isNamed() {
        return folder != null;
    }

    Step3 load() {
        return load(ModelOptions.DEFAULT);
    }

    Step3 load(ModelOptions options) {
        return Step3.load(folder(), options, LoadProgress.NONE);
    }

    private Path folder() {
        if (folder != null) {
            return folder;
        }
        return BundledCheckpoint.folder()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "this build contains no model: name a checkpoint folder with --model FOLDER"));
    }
}
