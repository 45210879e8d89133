package io.step3.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AnthropicJsonTest {

    private static final String HI = "[{\"role\": \"user\", \"content\": \"hi\"}]";

    private static AnthropicJson.Request read(String messages, String fields) {
        return AnthropicJson.readRequest(
                "{\"model\": \"m\", \"max_tokens\": 9, %s \"messages\": %s}"
                        .formatted(fields, messages),
                PictureUrls.DATA_ONLY);
    }

    @Test
    void aConversationWithToolsIsReadInItsOrder() {
        ChatRequest chat =
                read(
                                """
                                [{"role": "user", "content": [{"type": "text", "text": "Add."}]},
                                 {"role": "assistant", "content": [
                                   {"type": "thinking", "thinking": "I add.", "signature": "x"},
                                   {"type": "redacted_thinking", "data": "y"},
                                   {"type": "text", "text": "Wait."},
                                   {"type": "tool_use", "id": "toolu_1", "name": "add", "input": {"a": 1}}]},
                                 {"role": "user", "content": [
                                   {"type": "tool_result", "tool_use_id": "toolu_1", "is_error": true,
                                    "content": [{"type": "text", "text": "full"}]},
                                   {"type": "text", "text": "Again."}]}]""",
                                "\"tools\": [{\"name\": \"add\", \"input_schema\": {\"type\": \"object\"},"
                                        + " \"cache_control\": {}}],")
                        .chat();
        JsonObject arguments = new JsonObject();
        arguments.addProperty("a", 1);
        List<ChatMessage> messages = chat.messages();
        assertEquals(
                List.of(Role.USER, Role.ASSISTANT, Role.TOOL, Role.USER),
                messages.stream().map(ChatMessage::role).toList());
        assertEquals("I add.", messages.get(1).reasoning());
        assertEquals("add", messages.get(1).toolCalls().getFirst().name());
        assertEquals("1", messages.get(1).toolCalls().getFirst().arguments().get("a").toString());
        assertEquals("toolu_1", messages.get(2).toolCallId());
        assertEquals("is_error: full", messages.get(2).text());
        assertEquals("Again.", messages.get(3).text());
        assertEquals("add", chat.tools().getFirst().name());
        assertEquals(9, chat.sampling().maxTokens());
    }

    @Test
    void theSystemsNonceThatDefeatsCachesIsDropped() {
        String system =
                """
                "system": [{"type": "text", "text": "x-anthropic-billing-header: cch=%s;"},
                  {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}},
                  {"type": "text", "text": "Be kind."}],""";
        ChatRequest first = read(HI, system.formatted("1")).chat();
        assertEquals("Be brief.\nBe kind.", first.messages().getFirst().text());
        assertEquals(first, read(HI, system.formatted("2")).chat());
    }

    @Test
    void aLastMessageOfTheAssistantIsGoneOnWith() {
        ChatRequest chat =
                read(
                                "[{\"role\": \"user\", \"content\": \"hi\"},"
                                        + " {\"role\": \"assistant\", \"content\": \"Hel\"}]",
                                "")
                        .chat();
        assertEquals(1, chat.messages().size());
        assertEquals(BegunReply.answering("", "Hel"), chat.begun());
    }

    @Test
    void thinkingIsShownOnDemandAndItsBudgetKept() {
        assertEquals(AnthropicJson.Thinking.HIDDEN, read(HI, "").thinking());
        assertNull(read(HI, "").chat().sampling().thinkBudget());
        var enabled = read(HI, "\"thinking\": {\"type\": \"enabled\", \"budget_tokens\": 7},");
        assertEquals(AnthropicJson.Thinking.SHOWN, enabled.thinking());
        assertEquals(7, enabled.chat().sampling().thinkBudget());
        var disabled = read(HI, "\"thinking\": {\"type\": \"disabled\"},");
        assertEquals(AnthropicJson.Thinking.HIDDEN, disabled.thinking());
        assertEquals(0, disabled.chat().sampling().thinkBudget());
        assertEquals(
                AnthropicJson.Thinking.OMITTED,
                read(HI, "\"thinking\": {\"type\": \"adaptive\", \"display\": \"omitted\"},")
                        .thinking());
    }

    @Test
    void aCallCanBeDemanded() {
        assertEquals(
                ForcedCall.ANY,
                read(HI, "\"tool_choice\": {\"type\": \"any\"},").chat().sampling().forcedCall());
        SamplingOptions one =
                read(
                                HI,
                                "\"tool_choice\": {\"type\": \"tool\", \"name\": \"f\","
                                        + " \"disable_parallel_tool_use\": true},")
                        .chat()
                        .sampling();
        assertEquals(ForcedCall.of("f"), one.forcedCall());
        assertEquals(false, one.parallelToolCalls());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | max_tokens",
                "{\"max_tokens\": 0} | max_tokens",
                "{\"max_tokens\": 1} | model",
                "{\"max_tokens\": 1, \"model\": \"m\"} | messages",
                "{\"max_tokens\": 1, \"model\": \"m\", \"messages\": []} | messages",
                "{\"max_tokens\": 1, \"model\": \"m\", \"messages\": [{\"role\": \"tool\"}]} | messages[0].role",
                "{\"max_tokens\": 1, \"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"container_upload\"}]}]} | messages[0].content[0]",
                "{\"max_tokens\": 1, \"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image\", \"source\": {\"type\": \"file\"}}]}]} | messages[0].content[0].source",
                "{\"max_tokens\": 1, \"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"tools\": [{\"type\": \"bash_20250124\", \"name\": \"bash\"}]} | tools[0].type",
                "{\"max_tokens\": 1, \"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"output_config\": {\"format\": {}}} | output_config.format",
                "{\"max_tokens\": 1, \"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"mcp_servers\": [{}]} | mcp_servers"
            })
    void whatIsWrongIsNamed(String json, String field) {
        var refused =
                assertThrows(
                        FieldException.class,
                        () -> AnthropicJson.readRequest(json, PictureUrls.DATA_ONLY));
        assertEquals(field, refused.field());
        assertTrue(refused.getMessage().contains(field), refused.getMessage());
    }

    @Test
    void whatIsOnlyCountedNeedsNoLimit() {
        assertNull(
                AnthropicJson.readCounted(
                                "{\"model\": \"m\", \"messages\": " + HI + "}",
                                PictureUrls.DATA_ONLY)
                        .chat()
                        .sampling()
                        .maxTokens());
    }

    @ParameterizedTest
    @EnumSource(AnthropicJson.Thinking.class)
    void theEventsAddUpToTheWholeAnswer(AnthropicJson.Thinking thinking) {
        JsonObject arguments = new JsonObject();
        arguments.addProperty("value", "a < b");
        var end =
                new ChatChunk.End(
                        FinishReason.TOOL_CALLS,
                        Optional.empty(),
                        new Usage(10, 4, 3, 8),
                        new Timings(Duration.ofMillis(1), 2));
        List<ChatChunk> chunks =
                List.of(
                        ChatChunk.reasoning("\n I "),
                        ChatChunk.reasoning("think \n"),
                        ChatChunk.answer("\n"),
                        ChatChunk.answer(" Yes,  "),
                        ChatChunk.answer("so. \n"),
                        ChatChunk.toolCall(new ToolCall("call_1", "f", arguments)),
                        ChatChunk.toolCall(new ToolCall("call_2", "g", new JsonObject())),
                        ChatChunk.done(end));
        JsonObject whole =
                AnthropicJson.response(ChatResponse.of(chunks).complete(), thinking, "msg_1", "m");
        var writer = new AnthropicStreamWriter("msg_1", "m", thinking);
        List<JsonObject> events = new ArrayList<>(List.of(writer.begin(10)));
        chunks.forEach(chunk -> events.addAll(writer.write(chunk)));
        assertEquals(whole, addedUp(events));
    }

    @Test
    void anAnswerOfNothingHasAnEmptyText() {
        List<ChatChunk> chunks =
                List.of(
                        ChatChunk.reasoning("Hm"),
                        ChatChunk.done(FinishReason.CONTEXT_FULL, Usage.NONE, Timings.NONE));
        JsonObject whole =
                AnthropicJson.response(
                        ChatResponse.of(chunks).complete(),
                        AnthropicJson.Thinking.HIDDEN,
                        "msg_1",
                        "m");
        assertEquals("model_context_window_exceeded", whole.get("stop_reason").getAsString());
        var writer = new AnthropicStreamWriter("msg_1", "m", AnthropicJson.Thinking.HIDDEN);
        List<JsonObject> events = new ArrayList<>(List.of(writer.begin(0)));
        chunks.forEach(chunk -> events.addAll(writer.write(chunk)));
        assertEquals(whole, addedUp(events));
    }

    /** What a client makes of the events. */
    private static JsonObject addedUp(List<JsonObject> events) {
        JsonObject message = events.getFirst().getAsJsonObject("message").deepCopy();
        JsonArray content = message.getAsJsonArray("content");
        var input = new StringBuilder();
        for (JsonObject event : events) {
            switch (event.get("type").getAsString()) {
                case "content_block_start" -> {
                    assertEquals(content.size(), event.get("index").getAsInt());
                    content.add(event.getAsJsonObject("content_block").deepCopy());
                    input.setLength(0);
                }
                case "content_block_delta" -> {
                    JsonObject block = content.get(content.size() - 1).getAsJsonObject();
                    JsonObject delta = event.getAsJsonObject("delta");
                    for (String field : List.of("text", "thinking", "signature")) {
                        if (delta.has(field)) {
                            block.addProperty(
                                    field,
                                    block.get(field).getAsString()
                                            + delta.get(field).getAsString());
                        }
                    }
                    if (delta.has("partial_json")) {
                        input.append(delta.get("partial_json").getAsString());
                        block.add("input", JsonParser.parseString(input.toString()));
                    }
                }
                case "message_delta" -> {
                    event.getAsJsonObject("delta")
                            .entrySet()
                            .forEach(field -> message.add(field.getKey(), field.getValue()));
                    message.add("usage", event.get("usage"));
                }
                default -> {}
            }
        }
        return message;
    }
}
