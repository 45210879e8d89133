package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.step3.chat.Ability;
import io.step3.chat.BegunReply;
import io.step3.chat.Cancellation;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatMessage;
import io.step3.chat.ChatModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.ChatStream;
import io.step3.chat.ContextOverflowException;
import io.step3.chat.FinishReason;
import io.step3.chat.ImageSource;
import io.step3.chat.ModelClosedException;
import io.step3.chat.SamplingOptions;
import io.step3.chat.ToolCall;
import io.step3.chat.ToolDefinition;
import io.step3.chat.Usage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every {@link ChatModel} promises, wherever it computes. A subclass opens one on the
 * {@linkplain ScriptedCheckpoint scripted checkpoint}, by itself or on the far side of a wire.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
abstract class ChatModelContract {

    private static final String QUESTION = "Which numbers follow?";

    /** A context of so many tokens is asked of {@link #open}. */
    static final int CONTEXT = 4096;

    /** Tokens that an answer goes on for where it is to be ended from outside. */
    private static final int LONG = 3500;

    private ChatModel model;

    /**
     * Opens the model.
     *
     * @param checkpoint the folder of the scripted checkpoint
     */
    abstract ChatModel open(Path checkpoint) throws Exception;

    private Path checkpoint;

    @BeforeAll
    final void openShared(@TempDir Path folder) throws Exception {
        checkpoint = ScriptedCheckpoint.write(folder.resolve("scripted"));
        model = open(checkpoint);
    }

    @AfterAll
    final void closeShared() {
        if (model != null) {
            model.close();
            model.close();
        }
    }

    private static SamplingOptions.Builder sampling() {
        return SamplingOptions.builder().maxTokens(100);
    }

    private static ChatRequest request(SamplingOptions.Builder sampling) {
        return ChatRequest.builder().user(QUESTION).sampling(sampling.build()).build();
    }

    /** An answer that nobody would wait for. */
    private static ChatRequest endless() {
        return request(sampling().minTokens(LONG).maxTokens(LONG));
    }

    private static ChatRequest withTool() {
        JsonObject parameters = new JsonObject();
        parameters.addProperty("type", "object");
        return ChatRequest.builder()
                .user(QUESTION)
                .tools(new ToolDefinition(ScriptedCheckpoint.TOOL, "Lists.", parameters))
                .sampling(sampling().build())
                .build();
    }

    private static ImageSource picture() throws IOException {
        return ImageSource.of(Golden.ROOT.resolve("image/p300x200.png"));
    }

    private ChatResponse ask(ChatRequest request) {
        try (ChatStream stream = model.chat(request)) {
            return ChatResponse.of(stream).complete();
        }
    }

    private List<ChatChunk> chunks(ChatRequest request) {
        List<ChatChunk> chunks = new ArrayList<>();
        try (ChatStream stream = model.chat(request)) {
            stream.forEachRemaining(chunks::add);
        }
        return chunks;
    }

    private static String text(List<ChatChunk> chunks, ChatChunk.Type type) {
        return String.join(
                "", chunks.stream().filter(c -> c.type() == type).map(ChatChunk::text).toList());
    }

    private static String said(ChatResponse response) {
        return response.reasoning()
                + "|"
                + response.answer()
                + "|"
                + response.toolCalls().stream().map(ToolCall::name).toList();
    }

    // ---- what it says of itself

    @Test
    void itTellsItsNameItsContextAndItsAbilities() {
        assertFalse(model.name().isBlank());
        model.contextLength().ifPresent(length -> assertEquals(CONTEXT, length));
        assertEquals(EnumSet.allOf(Ability.class), EnumSet.copyOf(model.abilities()));
        assertTrue(model.can(Ability.THINK));
    }

    // ---- the stream

    @Test
    void reasoningComesInPiecesBeforeTheAnswerAndOneDoneIsTheLast() {
        List<ChatChunk> chunks = chunks(request(sampling()));
        assertEquals(ScriptedCheckpoint.REASONING, text(chunks, ChatChunk.Type.REASONING).strip());
        assertEquals(ScriptedCheckpoint.ANSWER, text(chunks, ChatChunk.Type.ANSWER).strip());
        List<ChatChunk.Type> types = chunks.stream().map(ChatChunk::type).toList();
        assertEquals(types.stream().sorted().toList(), types, "reasoning, answer, done");
        assertEquals(1, types.stream().filter(t -> t == ChatChunk.Type.DONE).count());
        assertTrue(types.indexOf(ChatChunk.Type.ANSWER) > 1, "reasoning in pieces: " + types);
        assertTrue(types.size() - types.indexOf(ChatChunk.Type.ANSWER) > 2, "answer in pieces");
        assertEquals(FinishReason.STOP, chunks.getLast().end().finishReason());
    }

    @Test
    void aStreamAtItsEndHasNoMore() {
        try (ChatStream stream = model.chat(request(sampling()))) {
            stream.forEachRemaining(_ -> {});
            assertFalse(stream.hasNext());
            assertThrows(NoSuchElementException.class, stream::next);
            stream.close();
            assertFalse(stream.hasNext());
        }
    }

    @Test
    void aCallOfAToolComesWholeAfterTheReasoning() {
        List<ChatChunk> chunks = chunks(withTool());
        assertEquals(
                ScriptedCheckpoint.REASONING_BEFORE_CALL,
                text(chunks, ChatChunk.Type.REASONING).strip());
        assertEquals("", text(chunks, ChatChunk.Type.ANSWER).strip());
        List<ChatChunk> calls =
                chunks.stream().filter(c -> c.type() == ChatChunk.Type.TOOL_CALL).toList();
        assertEquals(1, calls.size());
        assertEquals(ScriptedCheckpoint.TOOL, calls.getFirst().toolCall().name());
        assertEquals(new JsonObject(), calls.getFirst().toolCall().arguments());
        assertEquals(FinishReason.TOOL_CALLS, chunks.getLast().end().finishReason());
        assertTrue(chunks.indexOf(calls.getFirst()) > 0, "reasoning before the call");
    }

    @Test
    void callsOfDifferentAnswersHaveDifferentIds() {
        ChatResponse first = ask(withTool());
        assertNotEquals(
                first.toolCalls().getFirst().id(), ask(withTool()).toolCalls().getFirst().id());
    }

    @Test
    void whatAToolGaveIsAnswered() {
        ChatRequest asked = withTool();
        ChatResponse call = ask(asked);
        ChatRequest next =
                ChatRequest.builder()
                        .messages(asked.messages())
                        .message(call.toMessage())
                        .message(ChatMessage.tool(call.toolCalls().getFirst().id(), "1, 2, 3"))
                        .build();
        assertEquals(ScriptedCheckpoint.ANSWER, ask(next).answer());
    }

    // ---- when it ends

    @Test
    void aStopTextEndsAnswerOrReasoningBeforeIt() {
        ChatResponse answer = ask(request(sampling().stop(List.of("never said", "then"))));
        assertEquals(ScriptedCheckpoint.REASONING, answer.reasoning());
        assertEquals("One,", answer.answer());
        assertEquals(FinishReason.STOP, answer.finishReason());
        ChatResponse thought = ask(request(sampling().stop(List.of("bers fol"))));
        assertEquals("The num", thought.reasoning());
        assertEquals("", thought.answer());
        assertEquals(FinishReason.STOP, thought.finishReason());
    }

    @Test
    void theMostTokensEndIt() {
        for (int most : new int[] {1, 2, 6}) {
            ChatResponse response = ask(request(sampling().maxTokens(most)));
            assertEquals(FinishReason.LENGTH, response.finishReason());
            assertEquals(most, response.usage().completionTokens());
        }
    }

    @Test
    void withoutABudgetForThoughtsItAnswersAtOnce() {
        List<ChatChunk> chunks = chunks(request(sampling().thinkBudget(0)));
        assertEquals("", text(chunks, ChatChunk.Type.REASONING).strip());
        assertEquals(ScriptedCheckpoint.ANSWER, text(chunks, ChatChunk.Type.ANSWER).strip());
        assertEquals(0, chunks.getLast().end().usage().reasoningTokens());
    }

    @Test
    void aBegunReplyGoesOn() {
        String begun = "One, then";
        ChatRequest request =
                ChatRequest.builder()
                        .user(QUESTION)
                        .begun(new BegunReply(ScriptedCheckpoint.REASONING, Optional.of(begun)))
                        .build();
        List<ChatChunk> chunks = chunks(request);
        assertEquals("", text(chunks, ChatChunk.Type.REASONING));
        assertEquals(
                ScriptedCheckpoint.ANSWER.substring(begun.length()),
                text(chunks, ChatChunk.Type.ANSWER));
        Usage usage = chunks.getLast().end().usage();
        model.promptTokens(request).ifPresent(n -> assertEquals(n, usage.promptTokens()));
    }

    @Test
    void theSameSeedWritesTheSameText() {
        SamplingOptions.Builder hot = sampling().temperature(8.0).maxTokens(30).seed(11L);
        String first = said(ask(request(hot)));
        assertEquals(first, said(ask(request(hot))));
        assertNotEquals(first, said(ask(request(hot.seed(12L)))));
    }

    @Test
    void logprobsNameEveryTokenAndAsManyRivalsAsWereAskedFor() {
        ChatResponse response = ask(request(sampling().logprobs(2)));
        assertEquals(response.usage().completionTokens(), response.logprobs().size());
        response.logprobs().forEach(token -> assertEquals(2, token.alternatives().size()));
        ChatResponse bare = ask(request(sampling().logprobs(0)));
        assertEquals(bare.usage().completionTokens(), bare.logprobs().size());
        bare.logprobs().forEach(token -> assertEquals(List.of(), token.alternatives()));
    }

    // ---- what it costs

    @Test
    void usageCountsPromptReasoningAndAnswer() {
        Usage usage = ask(request(sampling())).usage();
        assertTrue(usage.promptTokens() > 0 && usage.cachedTokens() < usage.promptTokens());
        assertTrue(usage.reasoningTokens() > 2, usage.toString());
        assertTrue(usage.completionTokens() > usage.reasoningTokens() + 2, usage.toString());
    }

    @Test
    void thePromptIsCountedAheadAsUsageCountsIt() throws IOException {
        ChatRequest words = request(sampling());
        ChatRequest seen = ChatRequest.user(QUESTION, picture());
        ChatRequest both = ChatRequest.user(QUESTION, picture(), picture());
        for (ChatRequest request : List.of(words, seen, both, withTool())) {
            int used = ask(request).usage().promptTokens();
            model.promptTokens(request).ifPresent(counted -> assertEquals(used, counted));
        }
        int one = ask(seen).usage().promptTokens() - ask(words).usage().promptTokens();
        int two = ask(both).usage().promptTokens() - ask(words).usage().promptTokens();
        assertEquals(2 * one, two);
        assertTrue(one > 1, "a picture is many tokens, not " + one);
    }

    @Test
    void aPromptBeyondTheContextIsCountedAllTheSame() {
        model.promptTokens(tooLong()).ifPresent(n -> assertTrue(n > CONTEXT, n + " tokens"));
    }

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

    private static int drain(ChatStream stream) {
        int chunks = 0;
        while (stream.hasNext()) {
            stream.next();
            chunks++;
        }
        return chunks;
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

    private static ChatRequest tooLong() {
        return ChatRequest.user("word ".repeat(CONTEXT * 2));
    }

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
