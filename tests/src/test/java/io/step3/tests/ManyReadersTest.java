package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.step3.chat.ChatChunk;
import io.step3.chat.ChatMessage;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.ChatStream;
import io.step3.chat.FinishReason;
import io.step3.chat.SamplingOptions;
import io.step3.checkpoint.BundledCheckpoint;
import io.step3.generate.Step3;
import io.step3.training.lessons.Lesson;
import io.step3.training.lessons.Lessons;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Many ask Step3-Tiny at the same time. */
class ManyReadersTest {

    private static final int LESSONS = 60;
    private static final int READERS = 8;
    private static final long SEED = 71;

    @Test
    void eightReadersAreToldWhatEachIsToldAlone() throws Exception {
        List<ChatRequest> requests = requests();
        try (Step3 step3 = Step3.load(BundledCheckpoint.folder().orElseThrow());
                var readers = Executors.newFixedThreadPool(READERS)) {
            List<String> alone = new ArrayList<>();
            requests.forEach(request -> alone.add(ask(step3, request)));
            List<Callable<String>> tasks = new ArrayList<>();
            requests.forEach(request -> tasks.add(() -> ask(step3, request)));
            List<String> together = new ArrayList<>();
            for (Future<String> answer : readers.invokeAll(tasks)) {
                together.add(answer.get());
            }
            assertEquals(alone, together);
        }
    }

    @Test
    void readersThatLeaveAtAnyTimeLeaveNobodyWaiting() throws Exception {
        List<ChatRequest> requests = requests();
        var random = new Random(SEED);
        System.out.println("seed " + SEED);
        try (Step3 step3 = Step3.load(BundledCheckpoint.folder().orElseThrow());
                var readers = Executors.newFixedThreadPool(READERS);
                var others = Executors.newCachedThreadPool()) {
            List<Callable<FinishReason>> tasks = new ArrayList<>();
            for (int i = 0; i < 10 * READERS; i++) {
                ChatRequest request = requests.get(i % requests.size());
                int most = random.nextBoolean() ? random.nextInt(1, 12) : Integer.MAX_VALUE;
                boolean elsewhere = random.nextBoolean();
                tasks.add(() -> leave(step3.chat(request), most, elsewhere ? others : null));
            }
            for (Future<FinishReason> end : readers.invokeAll(tasks, 2, TimeUnit.MINUTES)) {
                assertFalse(end.isCancelled(), "a reader waits for ever");
                assertNotEquals(FinishReason.CANCELLED, end.get());
            }
        }
    }

    /**
     * Reads some chunks, then closes, itself or while it waits for the next chunk.
     *
     * @param closer null to close in the reader's thread
     * @return how the answer ended, STOP if it was left before
     */
    private static FinishReason leave(ChatStream answer, int most, ExecutorService closer) {
        try (answer) {
            for (int read = 0; answer.hasNext(); read++) {
                ChatChunk chunk = answer.next();
                if (chunk.end() != null) {
                    return chunk.end().finishReason();
                }
                if (read == most && closer == null) {
                    break;
                } else if (read == most) {
                    closer.execute(answer::close);
                }
            }
        }
        return FinishReason.STOP;
    }

    private static String ask(Step3 step3, ChatRequest request) {
        ChatResponse response = ChatResponse.of(step3.chat(request)).complete();
        return response.reasoning() + "\n" + response.answer();
    }

    /** Lessons without pictures, of all kinds. */
    private static List<ChatRequest> requests() {
        List<ChatRequest> requests = new ArrayList<>();
        var lessons = new Lessons(Lessons.Split.EXAMINATION, SEED);
        for (long number = 0; requests.size() < LESSONS; number++) {
            Lesson lesson = lessons.lesson(number, 1);
            if (lesson.picture().isEmpty() && lesson.messages().size() == 1) {
                List<ChatMessage> messages = new ArrayList<>();
                if (!lesson.system().isEmpty()) {
                    messages.add(ChatMessage.system(lesson.system()));
                }
                messages.add(ChatMessage.user(lesson.messages().getFirst().text()));
                requests.add(
                        ChatRequest.builder()
                                .messages(messages)
                                .sampling(SamplingOptions.builder().temperature(0.0).build())
                                .build());
            }
        }
        return requests;
    }
}
