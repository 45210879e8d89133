package io.step3.cli;

import io.step3.chat.ChatModel;
import io.step3.checkpoint.BundledCheckpoint;
import io.step3.generate.Step3;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.model.PlacementRequest;
import io.step3.ops.KvFormat;
import io.step3.remote.RemoteAddress;
import io.step3.remote.RemoteModel;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which model a command uses. */
final class ModelOption {

    private static final String FLOAT32 = "float32";

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description =
                    "A Step3 checkpoint folder (default: the built-in Step3-Tiny); for ask and eval"
                            + " also a server, such as openai://localhost:8000/v1?model=step3, or"
                            + " openais:// for TLS.")
    private String named;

    @Option(
            names = "--cache",
            paramLabel = "FORMAT",
            description =
                    "How keys and values are stored: float32 (the default), f16 or bf16, which"
                            + " take half the memory, or fp8, a quarter.")
    private String cache = FLOAT32;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description =
                    "How many threads compute, from 1 to 1024 (default: STEP3_THREADS, else one for"
                            + " each physical core).")
    private Integer threads;

    @Option(
            names = "--placement",
            paramLabel = "WHERE",
            description =
                    "Where the model lies: cpu, gpu, auto (the default: on the gpu what fits, if"
                            + " there is one), or cpu or gpu with exceptions, such as"
                            + " gpu,vision=cpu,routed.9-60=cpu. Parts are cache, attention, shared,"
                            + " head, dense, vision, routed, embedding.")
    private String placement;

    /** For picocli. */
    ModelOption() {}

    boolean isNamed() {
        return named != null;
    }

    private boolean isServer() {
        return named != null && RemoteAddress.isOne(named);
    }

    /** A model on this machine or on a server, to which the key is shown. */
    ChatModel open(KeyOption key) throws IOException {
        if (!isServer()) {
            key.refuse();
            return load();
        }
        if (threads != null || !cache.equals(FLOAT32) || isPlaced()) {
            throw new IllegalArgumentException(
                    "--cache, --threads and --placement are for a model on this machine: leave them"
                            + " out for one on a server");
        }
        return RemoteModel.open(RemoteAddress.parse(named), key.read());
    }

    boolean isPlaced() {
        return placement != null;
    }

    Step3 load() {
        return load(ModelOptions.DEFAULT);
    }

    Step3 load(ModelOptions options) {
        if (isServer()) {
            throw new IllegalArgumentException(
                    "this command looks into a model or runs one, which needs a checkpoint folder on this machine: a server can only be asked (ask, eval)");
        }
        ModelOptions own =
                options.withCacheFormat(cacheFormat())
                        .withThreads(threads())
                        .withPlacement(placement());
        return named == null
                ? Step3.load(BundledCheckpoint.NAME, folder(), own, LoadProgress.NONE)
                : Step3.load(folder(), own, LoadProgress.NONE);
    }

    /** How many threads are to compute; 0 if nothing is said. */
    int threads() {
        if (threads != null && (threads < 1 || threads > 1024)) {
            throw new IllegalArgumentException("--threads must be from 1 to 1024, not " + threads);
        }
        return threads == null ? 0 : threads;
    }

    private KvFormat cacheFormat() {
        try {
            return ModelOptions.cacheFormat(cache);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--cache: " + e.getMessage(), e);
        }
    }

    private PlacementRequest placement() {
        if (placement == null) {
            return PlacementRequest.AUTO;
        }
        try {
            return PlacementRequest.parse(placement);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--placement: " + e.getMessage(), e);
        }
    }

    private Path folder() {
        if (named != null) {
            return path(named);
        }
        return BundledCheckpoint.folder()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "this build contains no model: name a checkpoint folder with --model FOLDER"));
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    "--model must be a folder or the address of a server: " + e.getMessage(), e);
        }
    }
}
