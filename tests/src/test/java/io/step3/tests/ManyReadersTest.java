package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.step3.chat.ChatMessage;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.SamplingOptions;
import io.step3.checkpoint.BundledCheckpoint;
import io.step3.generate.Step3;
import io.step3.training.lessons.Lesson;
import io.step3.training.lessons.Lessons;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
