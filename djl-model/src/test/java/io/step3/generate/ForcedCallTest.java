package io.step3.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.ChatStream;
import io.step3.chat.ForcedCall;
import io.step3.chat.SamplingOptions;
import io.step3.chat.TokenLogprob;
import io.step3.chat.ToolDefinition;
import io.step3.checkpoint.BundledCheckpoint;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Calls that an answer must make, by a model that was never taught to make any. */
class ForcedCallTest {

    private static final String OPENING =
            "<｜tool_calls_begin｜><｜tool_call_begin｜>function<｜tool_sep｜><steptml:invoke name=\"";

    private static Step3 model;

    @BeforeAll
    static void load() {
        model = Step3.load(BundledCheckpoint.folder().orElseThrow());
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static String written(ForcedCall forced, String... tools) {
        var request =
                ChatRequest.builder()
                        .user("What is 3 + 4?")
                        .sampling(
                                SamplingOptions.builder()
                                        .temperature(0.0)
                                        .maxTokens(150)
                                        .logprobs(0)
                                        .forcedCall(forced)
                                        .build());
        for (String tool : tools) {
            request.tools(new ToolDefinition(tool, "", new JsonObject()));
        }
        try (ChatStream answer = model.chat(request.build())) {
            return ChatResponse.of(answer).complete().logprobs().stream()
                    .map(TokenLogprob::token)
                    .collect(Collectors.joining());
        }
    }

    @Test
    void theBeginningOfACallIsWrittenBehindTheThought() {
        String written = written(ForcedCall.of("add"), "add", "subtract");
        String answer = written.substring(written.indexOf("</think>") + "</think>".length());
        assertTrue(written.indexOf("</think>") > 0, written);
        assertTrue(answer.startsWith(OPENING + "add\">"), answer);
        assertEquals(written.indexOf(OPENING), written.lastIndexOf(OPENING), "once");
    }

    @Test
    void ofSeveralToolsTheModelChooses() {
        String written = written(ForcedCall.ANY, "add", "subtract");
        assertTrue(written.contains("</think>" + OPENING), written);
        assertFalse(written.contains(OPENING + "add\">"), written);
        assertTrue(written(ForcedCall.ANY, "add").contains(OPENING + "add\">"));
    }

    @Test
    void aCallOfNothingIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> written(ForcedCall.ANY));
        var unknown =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> written(ForcedCall.of("other"), "add"));
        assertTrue(unknown.getMessage().contains("\"other\""), unknown.getMessage());
    }
}
