package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.step3.chat.Ability;
import io.step3.chat.BegunReply;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatMessage;
import io.step3.chat.ChatModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.ChatStream;
import io.step3.chat.FinishReason;
import io.step3.chat.SamplingOptions;
import io.step3.chat.Usage;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * What every {@link ChatModel} promises, wherever it computes. A subclass opens one on the
 * {@linkplain ScriptedCheckpoint scripted checkpoint}, by itself or on the far side of a wire, and
 * inherits all tests, here and in {@link ChatModelEndingContract}.
 */
abstract class ChatModelContract extends ChatModelEndingContract {

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
        assertEquals(Optional.of("then"), answer.stopText());
        ChatResponse thought = ask(request(sampling().stop(List.of("bers fol"))));
        assertEquals("The num", thought.reasoning());
        assertEquals("", thought.answer());
        assertEquals(FinishReason.STOP, thought.finishReason());
        assertEquals(Optional.of("bers fol"), thought.stopText());
    }

    @Test
    void noStopTextIsNamedWhereNoneWasMet() {
        var never = List.of("never said");
        assertEquals(Optional.empty(), ask(request(sampling().stop(never))).stopText());
        assertEquals(Optional.empty(), ask(request(sampling().maxTokens(2))).stopText());
        assertEquals(Optional.empty(), ask(withTool()).stopText());
    }

    @Test
    void theMostTokensEndIt() {
        for (int most : new int[] {1, 2, 6}) {
            ChatResponse response = ask(request(sampling().maxTokens(most)));
            assertEquals(FinishReason.LENGTH, response.finishReason());
            assertEquals(most, response.usage().completionTokens());
        }
    }

    /** Where the context's length is not known, nobody can tell it from a limit of tokens. */
    @Test
    void aFullContextEndsItAndIsNoLimitThatWasAskedFor() {
        SamplingOptions.Builder endless = sampling().minTokens(100);
        int some = ask(filler(100, sampling().maxTokens(1))).usage().promptTokens();
        int more = ask(filler(200, sampling().maxTokens(1))).usage().promptTokens();
        int words = 200 + (CONTEXT - 4 - more) * 100 / (more - some);
        ChatResponse full = ask(filler(words, endless));
        int room = full.usage().completionTokens();
        assertTrue(room > 2 && room < 20, room + " tokens");
        assertEquals(
                model.contextLength().isPresent() ? FinishReason.CONTEXT_FULL : FinishReason.LENGTH,
                full.finishReason());
        ChatResponse limited = ask(filler(words, endless.minTokens(room).maxTokens(room)));
        assertEquals(FinishReason.LENGTH, limited.finishReason());
        assertEquals(said(full), said(limited));
    }

    private static ChatRequest filler(int words, SamplingOptions.Builder sampling) {
        return ChatRequest.builder()
                .user("word ".repeat(words) + QUESTION)
                .sampling(sampling.build())
                .build();
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
}
