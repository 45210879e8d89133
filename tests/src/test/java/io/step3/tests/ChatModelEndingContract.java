package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.chat.Cancellation;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.ChatStream;
import io.step3.chat.ContextOverflowException;
import io.step3.chat.FinishReason;
import io.step3.chat.ImageSource;
import io.step3.chat.ModelClosedException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * How answers end that are ended from outside: cancelled, closed, with their model, and how
 * requests are refused. A part of {@link ChatModelContract}.
 */
abstract class ChatModelEndingContract extends ChatModelTestBase {

    // ---- cancelling

    @Test
    void cancelledBeforeItBeginsItEndsWithoutAWord() {
        Cancellation cancellation = new Cancellation();
        cancellation.cancel();
        try (ChatStream stream = model.chat(endless(), cancellation)) {
            ChatResponse response = ChatResponse.of(stream).complete();
            assertEquals(FinishReason.CANCELLED, response.finishReason());
            assertEquals("", response.reasoning() + response.answer());
        }
    }

    @Test
    void cancelledMidwayItKeepsWhatCame() {
        Cancellation cancellation = new Cancellation();
        try (ChatStream stream = model.chat(endless(), cancellation)) {
            StringBuilder text = new StringBuilder();
            ChatChunk last = null;
            for (int i = 0; stream.hasNext(); i++) {
                last = stream.next();
                text.append(last.text());
                if (i == 4) {
                    cancellation.cancel();
                }
            }
            assertEquals(FinishReason.CANCELLED, last.end().finishReason());
            assertTrue(
                    text.toString().strip().startsWith(ScriptedCheckpoint.REASONING),
                    text::toString);
            assertTrue(last.end().usage().completionTokens() < LONG);
        }
    }

    @Test
    void cancelledByAnotherThreadItEnds() throws Exception {
        Cancellation cancellation = new Cancellation();
        try (ChatStream stream = model.chat(endless(), cancellation)) {
            stream.next();
            Thread other = Thread.ofVirtual().start(cancellation::cancel);
            assertEquals(FinishReason.CANCELLED, ChatResponse.of(stream).complete().finishReason());
            other.join();
        }
    }

    @Test
    void cancelledAfterItsEndItIsAsItWas() {
        Cancellation cancellation = new Cancellation();
        try (ChatStream stream = model.chat(request(sampling()), cancellation)) {
            ChatResponse response = ChatResponse.of(stream).complete();
            cancellation.cancel();
            assertEquals(FinishReason.STOP, response.finishReason());
            assertFalse(stream.hasNext());
        }
    }

    @Test
    void oneCancellationServesForManyRequestsAndIsNeverSet() {
        Cancellation cancellation = new Cancellation();
        for (int turn = 0; turn < 3; turn++) {
            try (ChatStream stream = model.chat(request(sampling()), cancellation)) {
                assertEquals(
                        ScriptedCheckpoint.ANSWER, ChatResponse.of(stream).complete().answer());
            }
            assertFalse(cancellation.isCancelled());
        }
        model.chat(endless(), cancellation).close();
        ChatStream half = model.chat(endless(), cancellation);
        half.next();
        half.close();
        assertFalse(cancellation.isCancelled());
    }

    // ---- closing

    @Test
    void aStreamMayBeClosedUnreadHalfReadAndTwice() {
        model.chat(endless()).close();
        ChatStream half = model.chat(endless());
        half.next();
        half.close();
        half.close();
        assertTrue(drain(half) <= 1, "nothing but an end may wait behind a close");
        assertEquals(ScriptedCheckpoint.ANSWER, ask(request(sampling())).answer());
    }

    @Test
    void aStreamClosedByAnotherThreadEndsForItsReader() throws Exception {
        ChatStream stream = model.chat(endless());
        stream.next();
        Thread closer = Thread.ofVirtual().start(stream::close);
        int chunks = drain(stream);
        closer.join();
        assertTrue(chunks < LONG - 10, chunks + " chunks after the close");
    }

    @Test
    void closingTheModelEndsEveryStreamOfEightThreadsAndRefusesMore() throws Exception {
        ChatModel own = open(checkpoint);
        int readers = 8;
        CountDownLatch begun = new CountDownLatch(readers);
        try (var threads = Executors.newFixedThreadPool(readers)) {
            List<Future<ChatChunk>> ends = new ArrayList<>();
            for (int i = 0; i < readers; i++) {
                ChatStream stream = own.chat(endless());
                ends.add(
                        threads.submit(
                                () -> {
                                    ChatChunk last = stream.next();
                                    begun.countDown();
                                    while (stream.hasNext()) {
                                        last = stream.next();
                                    }
                                    return last;
                                }));
            }
            begun.await();
            own.close();
            for (Future<ChatChunk> end : ends) {
                requireEnded(end);
            }
        }
        own.close();
        for (Runnable asking :
                List.<Runnable>of(
                        () -> own.chat(request(sampling())),
                        () -> own.promptTokens(request(sampling())))) {
            assertThrows(ModelClosedException.class, asking::run);
        }
    }

    /** Cancelled, with a last chunk or without, or failed saying that the model is closed. */
    private static void requireEnded(Future<ChatChunk> end) throws Exception {
        switch (end.state()) {
            case FAILED -> {
                var failure = assertInstanceOf(IllegalStateException.class, end.exceptionNow());
                assertTrue(failure.getMessage().contains("closed"), failure.getMessage());
            }
            default -> {
                ChatChunk last = end.get();
                if (last.end() != null) {
                    assertEquals(FinishReason.CANCELLED, last.end().finishReason());
                }
            }
        }
    }

    // ---- many at once

    @Test
    void eightAtOnceSayWhatEachSaysAlone() throws Exception {
        List<ChatRequest> requests =
                Stream.iterate(0, i -> i + 1)
                        .limit(8)
                        .map(i -> i % 2 == 0 ? request(sampling().maxTokens(3 + i)) : withTool())
                        .toList();
        List<String> alone = requests.stream().map(r -> said(ask(r))).toList();
        try (var threads = Executors.newFixedThreadPool(requests.size())) {
            List<Callable<String>> tasks =
                    requests.stream().map(r -> (Callable<String>) () -> said(ask(r))).toList();
            List<String> together = new ArrayList<>();
            for (Future<String> answer : threads.invokeAll(tasks)) {
                together.add(answer.get());
            }
            assertEquals(alone, together);
        }
    }

    // ---- bad requests

    private String refusal(ChatRequest request) {
        var failure =
                assertThrows(IllegalArgumentException.class, () -> drain(model.chat(request)));
        String sentence = failure.getMessage();
        assertFalse(sentence.contains("\n") || sentence.contains("Exception"), sentence);
        assertTrue(sentence.length() > 20 && sentence.length() < 300, sentence);
        return sentence;
    }

    @Test
    void aBadRequestIsRefusedInASentenceAndTheNextIsAnswered() {
        assertTrue(refusal(ChatRequest.user(" \n ")).contains("empty"));
        var garbage = ImageSource.of(new byte[100], "holiday.png");
        assertTrue(refusal(ChatRequest.user("What is it?", garbage)).contains("holiday.png"));
        assertTrue(refusal(tooLong()).contains(Integer.toString(CONTEXT)));
        assertThrows(ContextOverflowException.class, () -> model.chat(tooLong()));
        assertEquals(ScriptedCheckpoint.ANSWER, ask(request(sampling())).answer());
    }
}
