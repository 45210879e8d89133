package io.step3.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.step3.chat.ChatMessage;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.FinishReason;
import io.step3.chat.SamplingOptions;
import io.step3.chat.TokenLogprob;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** When answers end, and what is told of their tokens. */
class EndsOfAnswersTest {

    private static Step3 step3;

    @BeforeAll
    static void load() {
        step3 = Step3.load(Path.of(System.getProperty("step3.golden"), "checkpoints/a"));
    }

    @AfterAll
    static void close() {
        step3.close();
    }

    private static ChatResponse ask(SamplingOptions.Builder sampling) {
        ChatRequest request =
                ChatRequest.builder().user("Tell me a story.").sampling(sampling.build()).build();
        return ChatResponse.of(step3.chat(request)).complete();
    }

    private static SamplingOptions.Builder tokens(int most) {
        return SamplingOptions.builder().maxTokens(most);
    }

    @Test
    void aStopTextMayBeTheEndOfTheThought() {
        ChatResponse whole = ask(tokens(30).thinkBudget(10));
        for (String stop : List.of("</think>", "k</think>", "</think>" + firstOf(whole))) {
            ChatResponse stopped = ask(tokens(30).thinkBudget(10).stop(List.of("never", stop)));
            boolean ends = !stop.startsWith("k") || whole.reasoning().endsWith("k");
            if (ends) {
                assertEquals(FinishReason.STOP, stopped.finishReason());
                assertEquals("", stopped.answer());
                assertEquals(whole.reasoning(), stopped.reasoning());
            } else {
                assertEquals(whole.answer(), stopped.answer());
            }
        }
    }

    private static String firstOf(ChatResponse response) {
        return response.toBegun().answer().orElseThrow().substring(0, 1);
    }

    @Test
    void anAnswerToAToolThatSaidNothingIsGiven() {
        ChatRequest request =
                ChatRequest.builder()
                        .user("Remove it")
                        .message(ChatMessage.assistant("Done soon."))
                        .message(ChatMessage.tool("c1", ""))
                        .sampling(tokens(3).build())
                        .build();
        assertEquals(3, ChatResponse.of(step3.chat(request)).usage().completionTokens());
    }

    @Test
    void aBiasForbidsOrForcesAToken() {
        int end = step3.tokenizer().tokenId("<|EOT|>").orElseThrow();
        ChatResponse forced = ask(tokens(20).logitBias(Map.of(end, 100.0)));
        assertEquals(FinishReason.STOP, forced.finishReason());
        assertEquals(0, forced.usage().completionTokens());
        ChatResponse late = ask(tokens(20).logitBias(Map.of(end, 100.0)).minTokens(7));
        assertEquals(FinishReason.STOP, late.finishReason());
        assertEquals(7, late.usage().completionTokens());
    }

    @Test
    void theSmallestTemperatureIsNone() {
        assertEquals(
                ask(tokens(20).temperature(0.0)).reasoning(),
                ask(tokens(20).temperature(1e-39)).reasoning());
    }

    @Test
    void theBytesOfTokensAreTheTextToTheLastHalfCharacter() {
        ChatResponse response = ask(tokens(25).logprobs(2));
        var bytes = new ByteArrayOutputStream();
        for (TokenLogprob token : response.logprobs()) {
            assertFalse(token.bytes().isEmpty());
            token.bytes().forEach(bytes::write);
            token.alternatives().forEach(other -> assertFalse(other.bytes().isEmpty()));
        }
        // A half character at the very end waits for tokens that never came.
        assertEquals(
                whole(response.toBegun().reasoning()),
                whole(bytes.toString(StandardCharsets.UTF_8)));
    }

    private static String whole(String text) {
        return text.replaceFirst("\uFFFD$", "");
    }
}
