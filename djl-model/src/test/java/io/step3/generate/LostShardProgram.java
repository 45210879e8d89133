package io.step3.generate;

import io.step3.chat.ChatRequest;
import io.step3.chat.ChatStream;
import io.step3.chat.SamplingOptions;
import io.step3.checkpoint.CheckpointException;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.ops.JavaBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Takes shards away from under models that answer, a round after the other, and prints what became
 * of each: {@code LostShardProgram CHECKPOINT FOLDER ROUNDS SEED}. It has a process of its own,
 * because that is what a mistake costs.
 */
final class LostShardProgram {

    private static final String SHARD = "model-00002-of-00002.safetensors";
    private static final int STREAMS = 3;

    private enum Deed {
        CUT("was cut from"),
        EMPTIED("was cut from"),
        OVERWRITTEN("was overwritten"),
        DELETED(null),
        REPLACED(null);

        /** What the exception says; null if the answer goes on. */
        private final String sentence;

        Deed(String sentence) {
            this.sentence = sentence;
        }
    }

    private LostShardProgram() {}

    public static void main(String[] arguments) throws Exception {
        Path checkpoint = Path.of(arguments[0]);
        Path folder = Path.of(arguments[1]);
        int rounds = Integer.parseInt(arguments[2]);
        long seed = Long.parseLong(arguments[3]);
        System.out.println("seed " + seed);
        var random = new SplittableRandom(seed);
        Map<Deed, Integer> ended = new EnumMap<>(Deed.class);
        long slowest = 0;
        for (int i = 0; i < rounds; i++) {
            Path copy = copy(checkpoint, Files.createDirectories(folder.resolve("round" + i)));
            Deed deed = Deed.values()[i % Deed.values().length];
            slowest = Math.max(slowest, round(copy, deed, i % 4 == 3, random));
            ended.merge(deed, 1, Integer::sum);
        }
        System.out.printf(
                "%d rounds, %d streams each, as expected: %s; at most %d ms from the deed to the end of all streams%n",
                rounds, STREAMS, ended, slowest / 1_000_000);
    }

    /** Gives how long the streams ran on, in nanoseconds. */
    private static long round(Path folder, Deed deed, boolean plainJava, SplittableRandom random)
            throws Exception {
        Path shard = folder.resolve(SHARD);
        var done = new AtomicBoolean();
        var begun = new CountDownLatch(STREAMS);
        try (var threads = Executors.newFixedThreadPool(STREAMS);
                Step3 step3 = load(folder, plainJava)) {
            List<Future<?>> streams = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                streams.add(threads.submit(() -> stream(step3, begun, done)));
            }
            begun.await();
            Thread.sleep(random.nextInt(30));
            long start = System.nanoTime();
            perform(deed, shard, random);
            if (deed.sentence == null) {
                Thread.sleep(150);
                done.set(true);
                for (Future<?> stream : streams) {
                    stream.get();
                }
                return 0;
            }
            String sentence = null;
            for (Future<?> stream : streams) {
                try {
                    stream.get();
                    throw new AssertionError(deed + ": a stream went on");
                } catch (ExecutionException e) {
                    sentence = same(sentence, said(e.getCause(), deed, shard));
                }
            }
            long took = System.nanoTime() - start;
            try (ChatStream later = step3.chat(request())) {
                later.hasNext();
                throw new AssertionError(deed + ": another answer began");
            } catch (CheckpointException e) {
                same(sentence, said(e, deed, shard));
            }
            return took;
        }
    }

    private static Step3 load(Path folder, boolean plainJava) {
        var options = ModelOptions.DEFAULT.withContextLength(400);
        return plainJava
                ? Step3.load(folder, options, new JavaBackend())
                : Step3.load(folder, options, LoadProgress.NONE);
    }

    private static ChatRequest request() {
        var sampling = SamplingOptions.builder().temperature(1.0).maxTokens(200).build();
        return ChatRequest.builder().user("Say something.").sampling(sampling).build();
    }

    private static Void stream(Step3 step3, CountDownLatch begun, AtomicBoolean done) {
        while (!done.get()) {
            try (ChatStream answer = step3.chat(request())) {
                while (answer.hasNext() && !done.get()) {
                    answer.next();
                    begun.countDown();
                }
            }
        }
        return null;
    }

    private static String said(Throwable e, Deed deed, Path shard) {
        if (e instanceof CheckpointException
                && e.getMessage().startsWith(shard.toString())
                && e.getMessage().contains(deed.sentence)) {
            return e.getMessage();
        }
        throw new AssertionError(deed + " ended otherwise", e);
    }

    private static String same(String before, String now) {
        if (before != null && !before.equals(now)) {
            throw new AssertionError(before + " and then " + now);
        }
        return now;
    }

    private static void perform(Deed deed, Path shard, SplittableRandom random) throws IOException {
        switch (deed) {
            case CUT -> cut(shard, random.nextLong(4096, Files.size(shard) / 2));
            case EMPTIED -> cut(shard, 0);
            case OVERWRITTEN -> {
                byte[] noise = new byte[(int) Files.size(shard) / 2];
                random.nextBytes(noise);
                try (var channel = FileChannel.open(shard, StandardOpenOption.WRITE)) {
                    channel.write(ByteBuffer.wrap(noise), noise.length / 2);
                }
            }
            case DELETED -> Files.delete(shard);
            case REPLACED -> {
                Path other = Files.write(shard.resolveSibling("other"), new byte[100]);
                Files.move(other, shard, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static void cut(Path file, long bytes) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(bytes);
        }
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (var files = Files.list(from)) {
            files.forEach(
                    file -> {
                        try {
                            Files.copy(file, to.resolve(file.getFileName()));
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        }
        return to;
    }
}
