package io.step3.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.step3.chat.Cancellation;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatMessage;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.ChatStream;
import io.step3.chat.ContextOverflowException;
import io.step3.chat.FinishReason;
import io.step3.chat.ImageSource;
import io.step3.chat.SamplingOptions;
import io.step3.chat.TokenLogprob;
import io.step3.model.ForwardObserver;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.model.Prompt;
import io.step3.model.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whole answers, over a checkpoint that babbles but always babbles the same. */
class Step3Test {

    private static final Path GOLDEN = Path.of(System.getProperty("step3.golden"));
    private static final int CONTEXT = 400;

    private static Step3 step3;

    @BeforeAll
    static void load() {
        var options = ModelOptions.DEFAULT.withContextLength(CONTEXT);
        step3 = Step3.load(GOLDEN.resolve("checkpoints/a"), options, LoadProgress.NONE);
    }

    @AfterAll
    static void close() {
        step3.close();
    }

    private static SamplingOptions.Builder tokens(int most) {
        return SamplingOptions.builder().maxTokens(most);
    }

    private static ChatResponse ask(SamplingOptions.Builder sampling) {
        return ask("Tell me a story.", sampling);
    }

    private static ChatResponse ask(String question, SamplingOptions.Builder sampling) {
        ChatRequest request =
                ChatRequest.builder().user(question).sampling(sampling.build()).build();
        return ChatResponse.of(step3.chat(request)).complete();
    }

    @Test
    void theChunksAreTheWholeTextInPiecesAndEndWithOneDone() {
        ChatRequest request =
                ChatRequest.builder().user("Tell me a story.").sampling(tokens(40).build()).build();
        List<ChatChunk> chunks = new ArrayList<>();
        try (ChatStream stream = step3.chat(request)) {
            stream.forEachRemaining(chunks::add);
            assertFalse(stream.hasNext());
            assertThrows(NoSuchElementException.class, stream::next);
        }
        assertEquals(ChatChunk.Type.DONE, chunks.getLast().type());
        assertEquals(1, chunks.stream().filter(c -> c.type() == ChatChunk.Type.DONE).count());
        String text = String.join("", chunks.stream().map(ChatChunk::text).toList());
        assertEquals(ask(tokens(40)).reasoning(), text.strip());
    }

    @Test
    void usageAndTimingsAreCounted() {
        ChatResponse response = ask(tokens(25));
        assertEquals(25, response.usage().completionTokens());
        assertEquals(25, response.usage().reasoningTokens());
        int prompt =
                step3.prompts()
                        .encode(step3.prompts().render(ChatRequest.user("Tell me a story.")))
                        .length;
        assertEquals(prompt, response.usage().promptTokens());
        assertTrue(response.timings().tokensPerSecond() > 0);
        assertFalse(response.timings().timeToFirstToken().isZero());
        assertEquals(FinishReason.LENGTH, response.finishReason());
    }

    @Test
    void aWatcherIsToldThePromptAndEachTokenWithItsPlace() {
        ChatRequest request =
                ChatRequest.builder().user("Watch this.").sampling(tokens(5).build()).build();
        List<Integer> places = new ArrayList<>();
        List<int[]> told = new ArrayList<>();
        var watcher =
                new ForwardObserver() {
                    @Override
                    public void tokens(int position, int... ids) {
                        places.add(position);
                        told.add(ids);
                    }
                };
        int[] prompt = step3.prompts().encode(step3.prompts().render(request));
        for (int turn = 0; turn < 2; turn++) {
            places.clear();
            told.clear();
            try (ChatStream stream = step3.chat(request, new Cancellation(), watcher)) {
                stream.forEachRemaining(_ -> {});
            }
            int n = prompt.length;
            assertEquals(List.of(0, n, n + 1, n + 2, n + 3, n + 4), places);
            assertArrayEquals(prompt, told.getFirst());
            int[] written = told.stream().skip(1).mapToInt(ids -> ids[0]).toArray();
            assertArrayEquals(step3.greedy(Prompt.of(prompt), 5), written);
        }
    }

    @Test
    void askingAgainComputesTheLastTokenOfThePromptOnly() {
        ask("Something that nobody asked before.", tokens(5));
        ChatResponse again = ask("Something that nobody asked before.", tokens(5));
        assertEquals(again.usage().promptTokens() - 1, again.usage().cachedTokens());
    }

    @Test
    void theNextTurnOfAChatKeepsTheFirstInTheCache() {
        ChatMessage question = ChatMessage.user("A question that opens a chat.");
        ChatRequest first =
                ChatRequest.builder()
                        .message(question)
                        .sampling(tokens(8).thinkBudget(3).build())
                        .build();
        ChatResponse answer = ChatResponse.of(step3.chat(first)).complete();
        ChatRequest second =
                ChatRequest.builder()
                        .message(question)
                        .message(answer.toMessage())
                        .user("And then?")
                        .sampling(tokens(2).build())
                        .build();
        ChatResponse next = ChatResponse.of(step3.chat(second)).complete();
        // The template leaves the thought out, so the turns part behind the opened answer.
        int shared = answer.usage().promptTokens() - 2;
        assertTrue(next.usage().cachedTokens() >= shared, next.usage().toString());
    }

    @Test
    void aStopTextEndsTheAnswerBeforeIt() {
        String whole = ask(tokens(40)).reasoning();
        // Spans several tokens, and stands somewhere in the middle.
        String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 6);
        ChatResponse stopped = ask(tokens(40).stop(List.of(stop)));
        assertEquals(whole.substring(0, whole.indexOf(stop)).strip(), stopped.reasoning());
        assertEquals(FinishReason.STOP, stopped.finishReason());
        assertTrue(stopped.usage().completionTokens() < 40);
    }

    @Test
    void anEndTokenStopsWhereTheGoldenFileSays() throws IOException {
        var golden =
                JsonParser.parseString(Files.readString(GOLDEN.resolve("text/a.json")))
                        .getAsJsonObject()
                        .getAsJsonObject("stop");
        int[] ids =
                golden.getAsJsonArray("prompt_ids").asList().stream()
                        .mapToInt(id -> id.getAsInt())
                        .toArray();
        var writer =
                new TokenWriter(
                        new Sampler(SamplingSettings.GREEDY, 1024, ids),
                        step3.model().checkpoint().generation().ids().eos(),
                        0,
                        100,
                        1000);
        try (Session session = step3.model().newSession()) {
            session.read(Prompt.of(ids), () -> false, ForwardObserver.NONE);
            float[] logits = new float[1024];
            session.logits(logits);
            List<Integer> written = new ArrayList<>();
            for (int id = writer.write(logits, -1); id >= 0; id = writer.write(logits, -1)) {
                written.add(id);
                session.append(id, ForwardObserver.NONE);
                session.logits(logits);
            }
            var expected =
                    golden.getAsJsonArray("greedy_ids_until_stop").asList().stream()
                            .map(id -> id.getAsInt())
                            .toList();
            // The golden list ends with the end token itself.
            assertEquals(expected.subList(0, expected.size() - 1), written);
        }
    }

    @Test
    void aThinkBudgetForcesTheEndOfTheThought() {
        ChatResponse response = ask(tokens(30).thinkBudget(10));
        assertEquals(10, response.usage().reasoningTokens());
        assertFalse(response.answer().isEmpty());
        assertTrue(ask(tokens(40)).reasoning().startsWith(response.reasoning()));
        ChatResponse thoughtless = ask(tokens(10).thinkBudget(0));
        assertEquals("", thoughtless.reasoning());
        assertEquals(0, thoughtless.usage().reasoningTokens());
        assertFalse(thoughtless.answer().isEmpty());
    }

    @Test
    void theSameSeedWritesTheSameText() {
        SamplingOptions.Builder hot = tokens(30).temperature(1.2).topP(0.95).seed(11L);
        String first = ask(hot).reasoning();
        assertEquals(first, ask(hot).reasoning());
        assertFalse(first.equals(ask(hot.seed(12L)).reasoning()));
    }

    @Test
    void logprobsNameEveryTokenAndItsRivals() {
        ChatResponse response = ask(tokens(12).logprobs(3));
        assertEquals(12, response.logprobs().size());
        for (TokenLogprob token : response.logprobs()) {
            assertEquals(3, token.alternatives().size());
            // Greedy: the token is its own best alternative.
            assertEquals(token.alternatives().getFirst().logprob(), token.logprob());
            assertTrue(token.logprob() <= 0);
            assertTrue(
                    token.alternatives().get(0).logprob() >= token.alternatives().get(1).logprob());
        }
    }

    @Test
    void aRepetitionPenaltyChangesTheText() {
        assertFalse(
                ask(tokens(40))
                        .reasoning()
                        .equals(ask(tokens(40).repetitionPenalty(5.0)).reasoning()));
    }

    @Test
    void cancellingKeepsWhatCame() {
        Cancellation cancellation = new Cancellation();
        ChatRequest request =
                ChatRequest.builder()
                        .user("Tell me a story.")
                        .sampling(tokens(300).build())
                        .build();
        StringBuilder text = new StringBuilder();
        ChatChunk last = null;
        try (ChatStream stream = step3.chat(request, cancellation, ForwardObserver.NONE)) {
            while (stream.hasNext()) {
                last = stream.next();
                text.append(last.text());
                if (text.length() > 20) {
                    cancellation.cancel();
                }
            }
        }
        assertEquals(FinishReason.CANCELLED, last.end().finishReason());
        assertTrue(last.end().usage().completionTokens() < 300);
        assertFalse(text.isEmpty());
    }

    @Test
    void closingFromAnotherThreadEndsTheStream() throws Exception {
        ChatRequest request =
                ChatRequest.builder()
                        .user("Tell me a story.")
                        .sampling(tokens(370).build())
                        .build();
        ChatStream stream = step3.chat(request);
        stream.next();
        Thread closer = Thread.ofPlatform().start(stream::close);
        int more = 0;
        while (stream.hasNext()) {
            stream.next();
            more++;
        }
        closer.join();
        assertTrue(more < 370, more + " chunks after the close");
    }

    @Test
    void theContextIsFilledToItsEndAndNoFurther() {
        ChatResponse response = ask(SamplingOptions.builder());
        assertEquals(FinishReason.CONTEXT_FULL, response.finishReason());
        // The last token written was never read back, so it needs no place.
        assertEquals(
                CONTEXT + 1, response.usage().promptTokens() + response.usage().completionTokens());
    }

    @Test
    void aPromptBeyondTheContextNamesBothNumbers() {
        ChatRequest request = ChatRequest.user("word ".repeat(500));
        var failure = assertThrows(ContextOverflowException.class, () -> step3.chat(request));
        assertEquals(CONTEXT, failure.capacity());
        assertTrue(failure.needed() > CONTEXT);
    }

    @Test
    void aPromptOfMegabytesIsRefusedWithoutCountingItAll() {
        for (String text : List.of("word and word, ".repeat(400_000), "x".repeat(9_000_000))) {
            ChatRequest request = ChatRequest.builder().system(text).user("What is it?").build();
            var failure =
                    assertTimeoutPreemptively(
                            Duration.ofSeconds(20),
                            () ->
                                    assertThrows(
                                            ContextOverflowException.class,
                                            () -> step3.chat(request)));
            assertEquals(CONTEXT, failure.capacity());
            assertTrue(failure.getMessage().contains("more than 400 tokens"), failure.getMessage());
        }
    }

    @Test
    void anEmptyQuestionIsRefusedButAPictureAloneIsNot() throws IOException {
        assertThrows(IllegalArgumentException.class, () -> step3.chat(ChatRequest.user(" \n ")));
        var picture = ImageSource.of(GOLDEN.resolve("image/p56x56.png"));
        step3.chat(ChatRequest.user("", picture)).close();
    }

    @Test
    void manyChatsAtOnceSayWhatEachSaysAlone() throws Exception {
        List<String> questions =
                List.of("One?", "Two, please.", "And three?", "Four or five?", "Six.", "Seven!");
        List<String> alone = questions.stream().map(q -> ask(q, tokens(20)).reasoning()).toList();
        try (var threads = Executors.newFixedThreadPool(questions.size())) {
            List<Callable<String>> tasks =
                    questions.stream()
                            .map(q -> (Callable<String>) () -> ask(q, tokens(20)).reasoning())
                            .toList();
            List<String> together = new ArrayList<>();
            for (var future : threads.invokeAll(tasks)) {
                together.add(future.get());
            }
            assertEquals(alone, together);
        }
    }
}
