package io.step3.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.step3.chat.Cancellation;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.ChatStream;
import io.step3.chat.FinishReason;
import io.step3.chat.ImageSource;
import io.step3.chat.SamplingOptions;
import io.step3.model.ForwardObserver;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that are computed together. */
class SchedulerTest {

    private static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));
    private static final Path CHECKPOINT = GOLDEN.resolve("checkpoints/a");
    private static final long SEED = Long.getLong("step3.seed", 20261128);
    private static final Duration GUARD = Duration.ofMinutes(3);

    private static Step3 load(long cacheMemory) {
        var options = ModelOptions.DEFAULT.withContextLength(400).withCacheMemory(cacheMemory);
        return Step3.load(CHECKPOINT, options, LoadProgress.NONE);
    }

    private static ChatRequest request(String question, int tokens) {
        return request(question, SamplingOptions.builder().maxTokens(tokens));
    }

    private static ChatRequest request(String question, SamplingOptions.Builder sampling) {
        return ChatRequest.builder().user(question).sampling(sampling.build()).build();
    }

    private static String text(ChatStream answer) {
        StringBuilder text = new StringBuilder();
        answer.forEachRemaining(chunk -> text.append(chunk.text()));
        return text.toString();
    }

    /** Requests of many kinds. */
    private static List<ChatRequest> requests() throws IOException {
        ImageSource picture = ImageSource.of(GOLDEN.resolve("image/p56x56.png"));
        List<ChatRequest> requests = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            requests.add(request("Question number " + i, 20 + 9 * i));
            requests.add(
                    request(
                            "Think about " + "many things and ".repeat(8 * i) + "few.",
                            SamplingOptions.builder().maxTokens(40).thinkBudget(5 * i)));
            requests.add(
                    request(
                            "Be creative, " + i,
                            SamplingOptions.builder().maxTokens(30).temperature(0.9).seed(7L + i)));
        }
        requests.add(
                ChatRequest.builder()
                        .user("What is this?", picture)
                        .sampling(SamplingOptions.builder().maxTokens(25).logprobs(2).build())
                        .build());
        return requests;
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 600_000})
    void companyAndShortMemoryChangeNoText(long cacheMemory) throws Exception {
        List<ChatRequest> requests = requests();
        try (Step3 alone = load(0);
                Step3 step3 = load(cacheMemory);
                var readers = Executors.newFixedThreadPool(requests.size())) {
            List<String> expected = new ArrayList<>();
            requests.forEach(request -> expected.add(text(alone.chat(request))));
            List<Callable<String>> tasks = new ArrayList<>();
            requests.forEach(request -> tasks.add(() -> text(step3.chat(request))));
            List<String> texts = new ArrayList<>();
            for (Future<String> each : readers.invokeAll(tasks)) {
                texts.add(each.get());
            }
            assertEquals(expected, texts);
            assertEquals(0, step3.scheduler().answers());
            assertTrue(cacheMemory == 0 || step3.scheduler().bytes() <= cacheMemory);
        }
    }

    /**
     * Readers come at random and read at random speeds; some stop, some close, some walk away, some
     * fail. Whatever was read is the beginning of the text that the request has alone.
     */
    @ParameterizedTest
    @ValueSource(longs = {0, 700_000})
    void aRestlessCrowdReadsBeginningsOfTheRightTextsAndLeavesNothingBehind(long cacheMemory)
            throws Exception {
        System.out.println("cacheMemory " + cacheMemory + ": seed " + SEED);
        List<ChatRequest> requests = requests();
        try (Step3 step3 = load(cacheMemory)) {
            List<String> expected = new ArrayList<>();
            requests.forEach(request -> expected.add(text(step3.chat(request))));
            assertTimeoutPreemptively(
                    GUARD,
                    () -> {
                        Random seeds = new Random(SEED);
                        List<Future<?>> crowd = new ArrayList<>();
                        try (var readers = Executors.newFixedThreadPool(12)) {
                            for (int i = 0; i < 150; i++) {
                                int which = seeds.nextInt(requests.size());
                                ChatRequest request = requests.get(which);
                                Random random = new Random(seeds.nextLong());
                                String whole = expected.get(which);
                                crowd.add(
                                        readers.submit(() -> read(step3, request, whole, random)));
                            }
                        }
                        for (Future<?> reader : crowd) {
                            reader.get();
                        }
                        while (step3.scheduler().answers() > 0) {
                            System.gc();
                            Thread.sleep(10);
                        }
                    });
        }
    }

    private static void read(Step3 step3, ChatRequest request, String whole, Random random) {
        Cancellation cancellation = new Cancellation();
        int deed = random.nextInt(8);
        int when = 1 + random.nextInt(20);
        var failing =
                new ForwardObserver() {
                    private int seen;

                    @Override
                    public void tokens(int position, int... ids) {
                        if (seen++ == when) {
                            throw new IllegalArgumentException("the watcher of one fails");
                        }
                    }
                };
        ForwardObserver observer = deed == 0 ? failing : ForwardObserver.NONE;
        ChatStream answer = step3.chat(request, cancellation, observer);
        StringBuilder text = new StringBuilder();
        Thread closer = null;
        ChatChunk last = null;
        try {
            for (int i = 0; answer.hasNext(); i++) {
                last = answer.next();
                text.append(last.text());
                if (random.nextInt(10) == 0) {
                    Thread.yield();
                } else if (random.nextInt(40) == 0) {
                    Thread.sleep(random.nextInt(5));
                }
                if (i == when) {
                    switch (deed) {
                        case 1 -> cancellation.cancel();
                        case 2 -> answer.close();
                        case 3 -> closer = Thread.ofPlatform().start(answer::close);
                        case 4 -> {
                            return; // and never comes back
                        }
                        default -> {}
                    }
                }
            }
            if (closer != null) {
                closer.join();
            }
        } catch (IllegalArgumentException e) {
            assertEquals("the watcher of one fails", e.getMessage());
            assertEquals(0, deed);
            assertFalse(answer.hasNext());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertTrue(whole.startsWith(text.toString()), () -> whole + "\n" + text);
        if (deed > 4) {
            assertEquals(whole, text.toString());
            assertTrue(last.end().finishReason() != FinishReason.CANCELLED);
        }
    }

    /** Counts the rows of decoding passes. */
    private static final class Passes implements ForwardObserver {
        private final AtomicInteger count = new AtomicInteger();

        @Override
        public void layer(int layer, int position, int rows, MemorySegment hidden) {
            if (layer == 0) {
                count.incrementAndGet();
            }
        }
    }

    @Test
    void whoeverStopsReadingIsNotComputedForEver() {
        try (Step3 step3 = load(0)) {
            ChatRequest question = request("A long story, please.", 300);
            String whole = text(step3.chat(question));
            var passes = new Passes();
            try (ChatStream slow = step3.chat(question, new Cancellation(), passes)) {
                StringBuilder text = new StringBuilder(slow.next().text());
                text(step3.chat(request("Another story", 350)));
                // As many chunks wait for the reader, and a chunk may hold more than one token.
                int ahead = passes.count.get();
                assertTrue(ahead > 10 && ahead < 200, ahead + " passes");
                text(step3.chat(request("And another one", 100)));
                assertEquals(ahead, passes.count.get());
                assertEquals(whole, text.append(text(slow)).toString());
            }
        }
    }

    @Test
    void nothingIsComputedBeforeTheFirstChunkIsAskedFor() {
        try (Step3 step3 = load(0)) {
            var passes = new Passes();
            try (ChatStream patient = step3.chat(request("Me?", 5), new Cancellation(), passes)) {
                text(step3.chat(request("Somebody else", 20)));
                assertEquals(0, passes.count.get());
                patient.next();
                assertTrue(passes.count.get() > 0);
            }
        }
    }

    @Test
    void aBeginningIsSharedWithAnAnswerThatIsStillWritten() {
        try (Step3 step3 = load(0)) {
            ChatRequest.Builder first =
                    ChatRequest.builder().system("You are a careful clerk. ".repeat(6)).user("One");
            ChatRequest.Builder second =
                    ChatRequest.builder().system("You are a careful clerk. ".repeat(6)).user("Two");
            SamplingOptions few = SamplingOptions.builder().maxTokens(50).build();
            try (ChatStream running = step3.chat(first.sampling(few).build())) {
                running.next();
                ChatResponse other =
                        ChatResponse.of(step3.chat(second.sampling(few).build())).complete();
                int common = step3.prompts().encode("You are a careful clerk. ".repeat(6)).length;
                assertTrue(other.usage().cachedTokens() >= common - 1, other.usage().toString());
                text(running);
            }
        }
    }

    @Test
    void closingFromAnotherThreadEndsAReaderThatWaits() throws Exception {
        try (Step3 step3 = load(0);
                var threads = Executors.newFixedThreadPool(2)) {
            CountDownLatch inPass = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            var blocking =
                    new ForwardObserver() {
                        @Override
                        public void tokens(int position, int... ids) {
                            inPass.countDown();
                            try {
                                goOn.await();
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                        }
                    };
            ChatStream driving = step3.chat(request("Slow", 3), new Cancellation(), blocking);
            Future<String> driver = threads.submit(() -> text(driving));
            inPass.await();
            ChatStream waiting = step3.chat(request("Waits", 3));
            Future<Boolean> reader = threads.submit(waiting::hasNext);
            Thread closer = Thread.ofPlatform().start(waiting::close);
            assertFalse(assertTimeoutPreemptively(GUARD, () -> reader.get()));
            goOn.countDown();
            closer.join();
            assertFalse(driver.get().isEmpty());
            assertEquals(0, step3.scheduler().answers());
        }
    }

    @Test
    void whoeverWatchesAPassIsToldWhatItMustNotDo() {
        try (Step3 step3 = load(0)) {
            List<RuntimeException> failures = new ArrayList<>();
            var meddling =
                    new ForwardObserver() {
                        @Override
                        public void tokens(int position, int... ids) {
                            for (Runnable deed :
                                    List.<Runnable>of(
                                            () -> step3.chat(request("?", 1)).next(),
                                            step3.scheduler()::close)) {
                                failures.add(assertThrows(IllegalStateException.class, deed::run));
                            }
                        }
                    };
            assertFalse(text(step3.chat(request("Hm", 2), new Cancellation(), meddling)).isEmpty());
            assertEquals(6, failures.size());
            assertTrue(failures.get(0).getMessage().contains("cannot wait for another"));
            assertTrue(failures.get(1).getMessage().contains("cannot close its model"));
        }
    }

    @Test
    void aRequestOnWhichTheNetworkBreaksEndsAlone(@TempDir Path folder) throws Exception {
        String damaged = "Zebra";
        try (Step3 whole = load(0)) {
            int token = whole.prompts().encode(damaged)[0];
            copyWithDamage(folder, token);
            List<String> questions = List.of("One?", "Two, please.", "And three?", "Four");
            List<String> expected = new ArrayList<>();
            questions.forEach(question -> expected.add(text(whole.chat(request(question, 60)))));
            try (Step3 step3 = Step3.load(folder);
                    var readers = Executors.newFixedThreadPool(questions.size())) {
                List<Future<String>> texts = new ArrayList<>();
                CountDownLatch begun = new CountDownLatch(questions.size());
                for (String question : questions) {
                    texts.add(
                            readers.submit(
                                    () -> {
                                        ChatStream answer = step3.chat(request(question, 60));
                                        String first = answer.next().text();
                                        begun.countDown();
                                        begun.await();
                                        return first + text(answer);
                                    }));
                }
                begun.await();
                ChatStream broken = step3.chat(request(damaged, 60));
                assertThrows(ArithmeticException.class, broken::hasNext);
                assertFalse(broken.hasNext());
                for (int i = 0; i < expected.size(); i++) {
                    assertEquals(expected.get(i), texts.get(i).get());
                }
            }
        }
    }

    /** The checkpoint with NaN in the embedding of a token. */
    private static void copyWithDamage(Path folder, int token) throws IOException {
        try (var files = Files.list(CHECKPOINT)) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        String name = "model.embed_tokens.weight";
        JsonObject shards =
                JsonParser.parseString(
                                Files.readString(folder.resolve("model.safetensors.index.json")))
                        .getAsJsonObject()
                        .getAsJsonObject("weight_map");
        Path shard = folder.resolve(shards.get(name).getAsString());
        ByteBuffer bytes =
                ByteBuffer.wrap(Files.readAllBytes(shard)).order(ByteOrder.LITTLE_ENDIAN);
        int header = Math.toIntExact(bytes.getLong(0));
        JsonObject tensor =
                JsonParser.parseString(new String(bytes.array(), 8, header, StandardCharsets.UTF_8))
                        .getAsJsonObject()
                        .getAsJsonObject(name);
        int from = tensor.getAsJsonArray("data_offsets").get(0).getAsInt();
        int to = tensor.getAsJsonArray("data_offsets").get(1).getAsInt();
        int rowBytes = (to - from) / tensor.getAsJsonArray("shape").get(0).getAsInt();
        for (int i = 0; i < rowBytes; i++) {
            bytes.put(8 + header + from + token * rowBytes + i, (byte) 0xFF);
        }
        Files.write(shard, bytes.array(), StandardOpenOption.TRUNCATE_EXISTING);
    }

    @Test
    void whereMemoryIsShortTheOldestIsServedFirst() throws Exception {
        try (Step3 step3 = load(1);
                var readers = Executors.newFixedThreadPool(3)) {
            List<Integer> begun = Collections.synchronizedList(new ArrayList<>());
            List<Future<String>> texts = new ArrayList<>();
            ChatStream first = step3.chat(request("Reader 0", 200));
            StringBuilder text = new StringBuilder(first.next().text());
            for (int i = 1; i <= 3; i++) {
                int number = i;
                var watcher =
                        new ForwardObserver() {
                            @Override
                            public void tokens(int position, int... ids) {
                                if (position == 0) {
                                    begun.add(number);
                                }
                            }
                        };
                ChatStream answer =
                        step3.chat(request("Reader " + i, 20), new Cancellation(), watcher);
                int before = step3.scheduler().answers();
                texts.add(readers.submit(() -> text(answer)));
                while (step3.scheduler().answers() == before && !begun.contains(number)) {
                    Thread.onSpinWait();
                }
            }
            text.append(text(first));
            for (Future<String> each : texts) {
                assertFalse(each.get().isEmpty());
            }
            assertEquals(List.of(1, 2, 3), begun);
            assertEquals(0, step3.scheduler().bytes());
        }
    }
}
