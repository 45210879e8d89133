package io.step3.desktop.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

class StreamingMessageTest extends StoreTestBase {

    private StreamingMessage begin() throws Exception {
        Message question = ask(newConversation("chat"), OptionalLong.empty(), "Tell me");
        return await(store.messages().answer(question.id(), "tiny"));
    }

    @Test
    void piecesAreOnTheDiskWithinASecondWithoutBeingFinished() throws Exception {
        StreamingMessage streaming = begin();
        streaming.append(StreamingMessage.Channel.REASONING, "Let me ");
        streaming.append(StreamingMessage.Channel.REASONING, "think.");
        streaming.append(StreamingMessage.Channel.ANSWER, "Yes");

        Thread.sleep(700);

        Message message = await(store.messages().get(streaming.id()));
        assertEquals("Let me think.", message.reasoning());
        assertEquals("Yes", message.answer());
        assertEquals(MessageStatus.STREAMING, message.status());
    }

    @Test
    void aCharacterCutBetweenPiecesStaysWhole() throws Exception {
        StreamingMessage streaming = begin();
        String rocket = "🚀";
        streaming.append(StreamingMessage.Channel.ANSWER, "go " + rocket.charAt(0));
        Thread.sleep(700);
        assertEquals("go ", await(store.messages().get(streaming.id())).answer());
        streaming.append(StreamingMessage.Channel.ANSWER, rocket.charAt(1) + "!");

        Message message =
                await(streaming.finish(StreamingMessage.Ending.of(MessageStatus.COMPLETE)));

        assertEquals("go 🚀!", message.answer());
        assertEquals(message, await(store.messages().get(streaming.id())));
    }

    @Test
    void piecesAfterTheEndAreDroppedAndTheFirstEndingCounts() throws Exception {
        StreamingMessage streaming = begin();
        streaming.append(StreamingMessage.Channel.ANSWER, "kept");
        var ending =
                new StreamingMessage.Ending(
                        MessageStatus.FAILED,
                        "The server is gone.",
                        "[{\"name\":\"f\"}]",
                        "{\"tokens\":3}");
        var finished = streaming.finish(ending);
        streaming.append(StreamingMessage.Channel.ANSWER, " dropped");
        await(streaming.finish(StreamingMessage.Ending.of(MessageStatus.COMPLETE)));

        Message message = await(finished);
        assertEquals("kept", message.answer());
        assertEquals(MessageStatus.FAILED, message.status());
        assertEquals("The server is gone.", message.error());
        assertEquals("[{\"name\":\"f\"}]", message.toolCalls());
        assertEquals("{\"tokens\":3}", message.usage());
    }

    @Test
    void anEndingWithUsageThatIsNoJsonIsRefusedAndCanBeGivenAgain() throws Exception {
        StreamingMessage streaming = begin();
        fails(
                StoreException.Refused.class,
                streaming.finish(
                        new StreamingMessage.Ending(MessageStatus.COMPLETE, "", "[]", "nonsense")));
        assertEquals(
                MessageStatus.COMPLETE,
                await(streaming.finish(StreamingMessage.Ending.of(MessageStatus.COMPLETE)))
                        .status());
    }

    @Test
    void whatStreamsWhenTheStoreClosesIsKeptAsInterrupted() throws Exception {
        StreamingMessage streaming = begin();
        streaming.append(StreamingMessage.Channel.ANSWER, "half a");
        reopen();

        Message message = await(store.messages().get(streaming.id()));
        assertEquals("half a", message.answer());
        assertEquals(MessageStatus.INTERRUPTED, message.status());
        assertEquals(0, store.report().interrupted());
    }

    @Test
    void purgingAConversationThatStreamsEndsItsAnswerWithAReason() throws Exception {
        StreamingMessage streaming = begin();
        await(store.conversations().delete(streaming.conversationId()));
        purgeDeleted();
        streaming.append(StreamingMessage.Channel.ANSWER, "into the void");

        fails(
                StoreException.Refused.class,
                streaming.finish(StreamingMessage.Ending.of(MessageStatus.COMPLETE)));
        newConversation("the store still works");
    }

    @Test
    void manyAnswersAtOnceFromManyThreadsArriveWholeWhileOthersReadAndSearch() throws Exception {
        int answers = 8;
        int pieces = 2_000;
        List<StreamingMessage> streaming = new ArrayList<>();
        for (int i = 0; i < answers; i++) {
            streaming.add(begin());
        }
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (StreamingMessage message : streaming) {
            threads.add(
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        for (int i = 0; i < pieces; i++) {
                                            message.append(
                                                    StreamingMessage.Channel.ANSWER, i + " ");
                                            if (i % 500 == 0) {
                                                sleep(100);
                                            }
                                        }
                                    }));
        }
        Thread reader =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        for (int i = 0; i < 50; i++) {
                                            await(store.search().find("Tell", 10));
                                            await(store.conversations().list());
                                            await(
                                                    store.messages()
                                                            .branch(
                                                                    streaming
                                                                            .get(0)
                                                                            .conversationId()));
                                            store.drafts()
                                                    .save(
                                                            i % 3,
                                                            new Draft("draft " + i, List.of()));
                                        }
                                    } catch (Exception e) {
                                        failures.add(e);
                                    }
                                });
        for (Thread thread : threads) {
            thread.join();
        }
        reader.join();
        assertTrue(failures.isEmpty(), failures::toString);
        StringBuilder whole = new StringBuilder();
        for (int i = 0; i < pieces; i++) {
            whole.append(i).append(' ');
        }
        for (StreamingMessage message : streaming) {
            CompletableFuture<Message> end =
                    message.finish(StreamingMessage.Ending.of(MessageStatus.COMPLETE));
            assertEquals(whole.toString(), await(end).answer());
        }
    }

    private static void sleep(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
