package io.step3.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.chat.Cancellation;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.ChatStream;
import io.step3.chat.FinishReason;
import io.step3.chat.SamplingOptions;
import io.step3.model.ForwardObserver;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.model.Prompt;
import io.step3.model.Session;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** What becomes of sessions whose answers are not read to the end, ended, cancelled or closed. */
class AbandonedAnswerTest {

    private static final Path CHECKPOINT =
            Path.of(System.getProperty("step3.golden"), "checkpoints/a");

    private static Step3 load(long cacheMemory) {
        var options = ModelOptions.DEFAULT.withContextLength(400).withCacheMemory(cacheMemory);
        return Step3.load(CHECKPOINT, options, LoadProgress.NONE);
    }

    private static ChatRequest request(String question, int tokens) {
        return ChatRequest.builder()
                .user(question)
                .sampling(SamplingOptions.builder().maxTokens(tokens).build())
                .build();
    }

    /** Begins an answer and walks away. */
    private static void begin(Step3 step3, int number) {
        step3.chat(request("Question number " + number, 100)).next();
    }

    @Test
    void anAnswerThatNobodyCanReachGivesItsSessionBack() {
        try (Step3 step3 = load(0)) {
            for (int i = 0; i < 12; i++) {
                begin(step3, i);
            }
            assertTrue(step3.scheduler().answers() > 0);
            assertTimeoutPreemptively(
                    Duration.ofSeconds(60),
                    () -> {
                        while (step3.scheduler().answers() > 0) {
                            System.gc();
                            Thread.sleep(10);
                        }
                    });
        }
    }

    @Test
    void anAnswerThatWasNotBegunHoldsNoSession() {
        try (Step3 step3 = load(0)) {
            ChatStream answer = step3.chat(request("Nobody reads this.", 5));
            assertEquals(0, step3.scheduler().bytes());
            answer.close();
        }
    }

    @Test
    void whereMemoryIsShortAnswersLeftAloneLoseTheirSessionsAndGoOnAllTheSame() throws Exception {
        try (Step3 step3 = load(1)) {
            ChatRequest question = request("A long story, please.", 60);
            StringBuilder whole = new StringBuilder();
            step3.chat(question).forEachRemaining(chunk -> whole.append(chunk.text()));
            StringBuilder text = new StringBuilder();
            try (ChatStream answer = step3.chat(question)) {
                while (text.length() < whole.length() / 2) {
                    text.append(answer.next().text());
                }
                Thread.sleep(1100);
                // What is in nobody's hands has no place in one byte, what waits neither.
                ChatResponse.of(step3.chat(request("Another.", 2))).complete();
                assertEquals(0, step3.scheduler().bytes());
                answer.forEachRemaining(chunk -> text.append(chunk.text()));
            }
            assertEquals(whole.toString(), text.toString());
        }
    }

    @Test
    void idleSessionsKeepWithinTheirBytesAndTheOldestGoFirst() {
        try (Step3 step3 = load(0)) {
            ChatResponse.of(step3.chat(request("One", 2))).complete();
            long one = step3.scheduler().bytes();
            try (Step3 small = load(one * 5 / 2)) {
                for (String question : List.of("First of all", "Second of all", "Third of all")) {
                    ChatResponse.of(small.chat(request(question, 2))).complete();
                    assertTrue(small.scheduler().bytes() <= one * 5 / 2);
                }
                assertTrue(cached(small, "Third of all") > 5);
                assertTrue(cached(small, "Second of all") > 5);
            }
        }
    }

    private static int cached(Step3 step3, String question) {
        return ChatResponse.of(step3.chat(request(question, 2))).complete().usage().cachedTokens();
    }

    @Test
    void aSessionTakesNoMoreThanItsTextNeeds() {
        try (Step3 step3 = load(0);
                Session session = step3.model().newSession()) {
            Prompt longer = Prompt.of(step3.prompts().encode("many words ".repeat(40)));
            Prompt shorter = Prompt.of(step3.prompts().encode("many words"));
            session.read(shorter, () -> false, ForwardObserver.NONE);
            long little = session.bytes();
            session.read(longer, () -> false, ForwardObserver.NONE);
            assertTrue(session.bytes() > little);
            session.read(shorter, () -> false, ForwardObserver.NONE);
            assertTrue(session.bytes() > little);
            session.trim();
            assertEquals(little, session.bytes());
            float[] before = new float[session.vocabulary()];
            session.logits(before);
            session.read(longer, () -> false, ForwardObserver.NONE);
            session.read(shorter, () -> false, ForwardObserver.NONE);
            float[] after = new float[session.vocabulary()];
            session.logits(after);
            assertEquals(0, Arrays.compare(before, after));
        }
    }

    @Test
    void aCallersCancellationServesForManyAnswers() {
        try (Step3 step3 = load(0)) {
            Cancellation cancellation = new Cancellation();
            for (int turn = 0; turn < 3; turn++) {
                try (ChatStream answer =
                        step3.chat(
                                request("Turn " + turn, 4), cancellation, ForwardObserver.NONE)) {
                    ChatResponse response = ChatResponse.of(answer).complete();
                    assertEquals(FinishReason.LENGTH, response.finishReason());
                }
                assertFalse(cancellation.isCancelled());
            }
            step3.chat(request("Not read", 4), cancellation, ForwardObserver.NONE).close();
            assertFalse(cancellation.isCancelled());
        }
    }

    @Test
    void anAnswerThatFailsLeavesNothingBehind() {
        try (Step3 step3 = load(0)) {
            var failing =
                    new ForwardObserver() {
                        @Override
                        public void tokens(int position, int... ids) {
                            throw new IllegalStateException("the watcher fails");
                        }
                    };
            for (int i = 0; i < 3; i++) {
                ChatStream answer = step3.chat(request("Hm", 4), new Cancellation(), failing);
                assertThrows(IllegalStateException.class, answer::next);
            }
            assertEquals(0, step3.scheduler().answers());
            assertEquals(0, step3.scheduler().bytes());
        }
    }

    @Test
    void closingTheModelEndsEveryAnswerAsCancelled() throws Exception {
        Step3 step3 = load(0);
        int readers = 8;
        CountDownLatch begun = new CountDownLatch(readers);
        try (var threads = Executors.newFixedThreadPool(readers)) {
            List<Callable<ChatChunk>> tasks = new ArrayList<>();
            for (int i = 0; i < readers; i++) {
                ChatStream answer = step3.chat(request("Reader " + i, 380));
                tasks.add(
                        () -> {
                            ChatChunk last = answer.next();
                            begun.countDown();
                            while (answer.hasNext()) {
                                last = answer.next();
                            }
                            return last;
                        });
            }
            var ends = tasks.stream().map(threads::submit).toList();
            begun.await();
            step3.close();
            for (var end : ends) {
                ChatChunk.End last = end.get().end();
                // One that was quick enough may have come to its own end.
                assertTrue(
                        last.finishReason() == FinishReason.CANCELLED
                                || last.usage().completionTokens() == 380,
                        last.toString());
            }
        }
        var failure =
                assertThrows(IllegalStateException.class, () -> step3.chat(request("More?", 1)));
        assertEquals("the model is closed", failure.getMessage());
    }
}
