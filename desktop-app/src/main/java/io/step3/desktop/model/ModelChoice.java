package io.step3.desktop.model;

import io.step3.checkpoint.BundledCheckpoint;
import io.step3.checkpoint.CheckpointException;
import java.nio.file.Path;
import java.util.Optional;

/** Which model is to answer. */
public sealed interface ModelChoice {

    /** Step3-Tiny, which ships inside. */
    record BuiltIn() implements ModelChoice {
        @Override
        public String name() {
            return "Step3-Tiny";
        }

        @Override
        public String key() {
            return BUILT_IN;
        }

        @Override
        public Path folder() {
            return BundledCheckpoint.folder()
                    .orElseThrow(
                            () ->
                                    new CheckpointException(
                                            "this build does not contain Step3-Tiny: choose a checkpoint folder"));
        }
    }

    /**
     * A checkpoint folder.
     *
     * @param path absolute
     */
    record Folder(Path path) implements ModelChoice {
        public Folder {
            path = path.toAbsolutePath().normalize();
        }

        @Override
        public String name() {
            Path last = path.getFileName();
            return last == null ? path.toString() : last.toString();
        }

        @Override
        public String key() {
            return path.toString();
        }

        @Override
        public Path folder() {
            return path;
        }
    }

    /** The key of the built-in model, which no absolute path equals. */
    String BUILT_IN = "built-in";

    /** What it is called on screen and in the conversations. */
    String name();

    /** What it is remembered by. */
    String key();

    /**
     * Where its files lie; they may have to be laid there first.
     *
     * @throws CheckpointException if that is not possible, saying why
     */
    Path folder();

    /** The choice that has this key. */
    static ModelChoice ofKey(String key) {
        return key.equals(BUILT_IN) ? new BuiltIn() : new Folder(Path.of(key));
    }

    /** The built-in model, if this build has one. */
    static Optional<ModelChoice> builtIn() {
        return BundledCheckpoint.exists() ? Optional.of(new BuiltIn()) : Optional.empty();
    }
}
