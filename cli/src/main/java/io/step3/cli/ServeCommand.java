package io.step3.cli;

import io.step3.chat.Cancellation;
import io.step3.generate.Step3;
import io.step3.json.RegularFile;
import io.step3.model.ModelOptions;
import io.step3.server.ChatServer;
import io.step3.server.ServerOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Answers over HTTP until it is interrupted. */
@Command(
        name = "serve",
        description = {
            "Answer over HTTP, as OpenAI's chat completions and Anthropic's messages are answered, and",
            "show a page to ask from at the root. Ctrl-C lets running answers end, and stops."
        },
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {

    private static final String KEY_VARIABLE = "STEP3_API_KEY";
    private static final int MOST_KEY_BYTES = 64 << 10;
    private static final int MEGABYTE = 1 << 20;
    private static final int MOST_BODY = 256;

    /** What the server gives running answers, and what closing the model takes. */
    private static final Duration STOPPING = Duration.ofSeconds(40);

    @ParentCommand private Main main;

    @Mixin private ModelOption model;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description =
                    "Where to listen (default: ${DEFAULT-VALUE}); 0.0.0.0 is every address, and"
                            + " wants a key.")
    private String host;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "8080",
            description = "Which port (default: ${DEFAULT-VALUE}); 0 takes a free one.")
    private int port;

    @Option(
            names = "--api-key-file",
            paramLabel = "FILE",
            description =
                    "A file with the key that clients must send; without it the one in STEP3_API_KEY,"
                            + " if that is set.")
    private Path keyFile;

    @Option(
            names = "--parallel",
            paramLabel = "N",
            defaultValue = "8",
            description = "Answers that are written at once (default: ${DEFAULT-VALUE}).")
    private int parallel;

    @Option(
            names = "--queue",
            paramLabel = "N",
            defaultValue = "64",
            description =
                    "Requests that may wait for their turn (default: ${DEFAULT-VALUE}); more get"
                            + " status 429.")
    private int queue;

    @Option(
            names = "--cache-memory",
            paramLabel = "MB",
            description =
                    "What the caches of all answers may take (default: an eighth of the memory).")
    private Long cacheMemory;

    @Option(
            names = "--max-body",
            paramLabel = "MB",
            defaultValue = "64",
            description = "How large a request may be (default: ${DEFAULT-VALUE}).")
    private int maxBody;

    @Option(
            names = "--allow-image-hosts",
            paramLabel = "HOST",
            split = ",",
            description = "Hosts from which pictures may be fetched that a request names by URL.")
    private Set<String> imageHosts = Set.of();

    @Option(
            names = "--allow-origin",
            paramLabel = "ORIGIN",
            split = ",",
            description = "Web pages that may ask, such as https://example.org.")
    private Set<String> origins = Set.of();

    @Option(
            names = "--allow-host",
            paramLabel = "NAME",
            split = ",",
            description = "Names under which clients may call this server, beside localhost.")
    private Set<String> hosts = Set.of();

    /** For picocli. */
    ServeCommand() {}

    @Override
    public Integer call() throws IOException {
        ServerOptions options = options();
        Cancellation cancellation = new Cancellation();
        var stopped = new CountDownLatch(1);
        try (var interrupt = new Interrupt(cancellation, STOPPING);
                var listening = cancellation.onCancel(stopped::countDown);
                Step3 loaded = model.load(modelOptions());
                ChatServer server = ChatServer.start(loaded, options, this::log)) {
            log(
                    "%s answers at %s (context of %d tokens)"
                            .formatted(
                                    loaded.name(),
                                    server.url(),
                                    loaded.contextLength().orElseThrow()));
            stopped.await();
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Interrupt.EXIT_CODE;
        }
    }

    private synchronized void log(String line) {
        main.out().println(line);
        main.out().flush();
    }

    private ModelOptions modelOptions() {
        if (cacheMemory == null) {
            return ModelOptions.DEFAULT;
        }
        if (cacheMemory < 1 || cacheMemory > Long.MAX_VALUE / MEGABYTE) {
            throw new IllegalArgumentException(
                    "--cache-memory must be at least 1, not " + cacheMemory);
        }
        return ModelOptions.DEFAULT.withCacheMemory(cacheMemory * MEGABYTE);
    }

    private ServerOptions options() throws IOException {
        if (maxBody < 1 || maxBody > MOST_BODY) {
            throw new IllegalArgumentException(
                    "--max-body must be from 1 to %d, not %d".formatted(MOST_BODY, maxBody));
        }
        return new ServerOptions(
                address(),
                port,
                key(),
                parallel,
                queue,
                maxBody * MEGABYTE,
                imageHosts,
                origins,
                hosts);
    }

    private InetAddress address() {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(
                    "--host %s is no address of this machine".formatted(host), e);
        }
    }

    /** Not an option: everybody on this machine can read those of a running program. */
    private Optional<String> key() throws IOException {
        if (keyFile == null) {
            return Optional.ofNullable(System.getenv(KEY_VARIABLE)).filter(key -> !key.isEmpty());
        }
        List<String> lines =
                new String(RegularFile.read(keyFile, MOST_KEY_BYTES), StandardCharsets.UTF_8)
                        .lines()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty())
                        .toList();
        if (lines.size() != 1) {
            throw new IllegalArgumentException(
                    "%s must hold the key in one line".formatted(keyFile));
        }
        return Optional.of(lines.getFirst());
    }
}
