package io.step3.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiJsonTest {

    private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', 1, 2, 3};

    private static final JsonObject ARGUMENTS =
            JsonParser.parseString("{\"city\":\"Rome\",\"days\":3}").getAsJsonObject();

    private static final ToolCall CALL = new ToolCall("call_1", "weather", ARGUMENTS);

    private static JsonObject json(String text) {
        return JsonParser.parseString(text).getAsJsonObject();
    }

    private static String continuing(String last, String flags) {
        return "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}, %s]%s}"
                .formatted(last, flags);
    }

    private static final String BOTH =
            ", \"continue_final_message\": true, \"add_generation_prompt\": false";

    @Test
    void aBegunReplyIsALastMessageOfTheAssistantThatIsContinued() {
        String thought = "{\"role\": \"assistant\", \"reasoning_content\": \"I\"}";
        ChatRequest thinking = OpenAiJson.readRequest(continuing(thought, BOTH)).chat();
        assertEquals(BegunReply.thinking("I"), thinking.begun());
        assertEquals(1, thinking.messages().size());
        String answer =
                "{\"role\": \"assistant\", \"reasoning_content\": \"I\", \"content\": \"You\"}";
        ChatRequest answering = OpenAiJson.readRequest(continuing(answer, BOTH)).chat();
        assertEquals(new BegunReply("I\n", Optional.of("\nYou")), answering.begun());
        String said = "{\"role\": \"assistant\", \"content\": \"You\"}";
        assertEquals(
                new BegunReply("", Optional.of("You")),
                OpenAiJson.readRequest(continuing(said, BOTH)).chat().begun());
        ChatRequest whole = OpenAiJson.readRequest(continuing(said, "")).chat();
        assertEquals(BegunReply.NOTHING, whole.begun());
        assertEquals(2, whole.messages().size());
        for (ChatRequest request : List.of(thinking, answering, whole)) {
            String written = OpenAiJson.request(request, "m", false).toString();
            assertEquals(request, OpenAiJson.readRequest(written).chat(), written);
        }
        JsonObject written = OpenAiJson.request(thinking, "m", false);
        assertTrue(written.get("continue_final_message").getAsBoolean());
        assertFalse(written.get("add_generation_prompt").getAsBoolean());
        assertEquals(json(thought), written.getAsJsonArray("messages").get(1).getAsJsonObject());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    continue_final_message needs add_generation_prompt to be false.|{"role": "assistant", "content": "a"}|, "continue_final_message": true
                    continue_final_message needs add_generation_prompt to be false.|{"role": "assistant", "content": "a"}|, "continue_final_message": true, "add_generation_prompt": true
                    add_generation_prompt can be false only where continue_final_message is true.|{"role": "assistant", "content": "a"}|, "add_generation_prompt": false
                    continue_final_message needs a last message of role assistant.|{"role": "user", "content": "a"}|BOTH
                    messages[1] cannot be continued: it has neither reasoning_content nor content.|{"role": "assistant", "content": null}|BOTH
                    messages[1] cannot be continued: only text can, not tool calls or pictures.|{"role": "assistant", "content": "a", "tool_calls": [{"function": {"name": "f"}}]}|BOTH
                    """)
    void halfAContinuationIsRefusedInOneSentence(String sentence, String last, String flags) {
        String request = continuing(last, flags.equals("BOTH") ? BOTH : flags);
        var refused =
                assertThrows(IllegalArgumentException.class, () -> OpenAiJson.readRequest(request));
        assertEquals(sentence, refused.getMessage());
    }

    @Test
    void aRequestOfEveryFieldIsRead() {
        String picture = "data:image/png;base64," + Base64.getEncoder().encodeToString(PNG);
        OpenAiJson.Request request =
                OpenAiJson.readRequest(
                        """
                        {"model": "step3", "stream": true, "stream_options": {"include_usage": true},
                         "messages": [
                          {"role": "developer", "content": "Be brief."},
                          {"role": "user", "content": [
                            {"type": "text", "text": "See "},
                            {"type": "image_url", "image_url": {"url": "PICTURE", "detail": "low"}},
                            {"type": "image_url", "image_url": "PICTURE"}]},
                          {"role": "assistant", "content": null, "reasoning_content": "hm",
                           "tool_calls": [{"id": "call_1", "type": "function", "function":
                             {"name": "weather", "arguments": "{\\"city\\":\\"Rome\\",\\"days\\":3}"}}]},
                          {"role": "tool", "tool_call_id": "call_1", "content": "sunny"}],
                         "tools": [{"type": "function", "function": {"name": "weather",
                           "description": "d", "parameters": {"type": "object"}}}],
                         "tool_choice": "auto", "response_format": {"type": "text"}, "n": 1,
                         "temperature": 0.7, "top_p": 0.9, "top_k": -1, "min_p": 0.05,
                         "repetition_penalty": 1.1, "presence_penalty": -0.5,
                         "frequency_penalty": 0.5, "seed": 9007199254740993, "max_tokens": 5,
                         "max_completion_tokens": 7, "stop": "END", "logprobs": true,
                         "top_logprobs": 2, "think_budget": 100, "user": "ignored"}
                        """
                                .replace("PICTURE", picture));
        assertEquals("step3", request.model());
        assertTrue(request.stream() && request.includeUsage());
        ChatRequest chat = request.chat();
        assertEquals(
                List.of(Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL),
                chat.messages().stream().map(ChatMessage::role).toList());
        assertEquals(2, chat.images().size());
        assertEquals(7, chat.images().getFirst().size());
        assertTrue(chat.images().getFirst().name().contains("messages[1].content[1]"));
        assertEquals(List.of(CALL), chat.messages().get(2).toolCalls());
        assertEquals("hm", chat.messages().get(2).reasoning());
        assertEquals("call_1", chat.messages().get(3).toolCallId());
        assertEquals("weather", chat.tools().getFirst().name());
        assertEquals(
                SamplingOptions.builder()
                        .temperature(0.7)
                        .topP(0.9)
                        .topK(0)
                        .minP(0.05)
                        .repetitionPenalty(1.1)
                        .presencePenalty(-0.5)
                        .frequencyPenalty(0.5)
                        .seed(9007199254740993L)
                        .maxTokens(7)
                        .stop(List.of("END"))
                        .logprobs(2)
                        .thinkBudget(100)
                        .build(),
                chat.sampling());
    }

    @Test
    void aWrittenRequestReadsAsItWas() {
        ChatRequest request =
                ChatRequest.builder()
                        .system("s")
                        .user(
                                "What is it?",
                                ImageSource.of(PNG, "messages[1].content[0].image_url.url"))
                        .message(ChatMessage.assistant("why", "", List.of(CALL)))
                        .message(ChatMessage.tool("call_1", "ok"))
                        .tools(new ToolDefinition("weather", "", ARGUMENTS))
                        .sampling(
                                SamplingOptions.builder()
                                        .temperature(0.0)
                                        .seed(-1L)
                                        .stop(List.of("a", "b"))
                                        .logprobs(0)
                                        .build())
                        .build();
        String wire = OpenAiJson.request(request, "m", false).toString();
        ChatRequest read = OpenAiJson.readRequest(wire).chat();
        assertEquals(request.sampling(), read.sampling());
        assertEquals(request.tools(), read.tools());
        assertEquals(request.images(), read.images());
        assertEquals(request.messages().get(3), read.messages().get(3));
        assertEquals(request.messages().get(1), read.messages().get(1));
        assertFalse(OpenAiJson.readRequest(wire).stream());
        assertTrue(
                OpenAiJson.readRequest(OpenAiJson.request(request, "m", true).toString())
                        .includeUsage());
    }

    @Test
    void anEmptyAssistantMessageAndNoToolsAreFine() {
        String text =
                "{\"messages\": [{\"role\": \"user\", \"content\": \"\"}, {\"role\": \"assistant\"}],"
                        + " \"tool_choice\": \"none\", \"tools\": [{\"function\": {\"name\": \"f\"}}],"
                        + " \"temperature\": null}";
        ChatRequest chat = OpenAiJson.readRequest(text).chat();
        assertEquals(List.of(), chat.tools());
        assertEquals(SamplingOptions.DEFAULT, chat.sampling());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "[] | The JSON text must be an object.",
                "{} | messages is missing.",
                "{\"messages\": {}} | messages must be an array.",
                "{\"messages\": []} | A request needs at least one message.",
                "{\"messages\": [1]} | messages[0] must be an object.",
                "{\"messages\": [{\"role\": 1}]} | messages[0].role must be a string.",
                "{\"messages\": [{\"role\": \"king\"}]} | Unknown role 'king'",
                "{\"messages\": [{\"role\": \"user\"}]} | messages[0].content is missing.",
                "{\"messages\": [{\"role\": \"user\", \"content\": 1}]} | messages[0].content must be",
                "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"x\"}]}]}"
                        + " | messages[0].content[0].type must be text or image_url",
                "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\","
                        + " \"image_url\": {\"url\": \"http://a/b.png\"}}]}]} | pictures are never fetched",
                "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\","
                        + " \"image_url\": {\"url\": \"file:///etc/passwd\"}}]}]} | is no data: URL",
                "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\","
                        + " \"image_url\": {\"url\": \"data:image/png;base64,@@\"}}]}]} | is not valid",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"a\","
                        + " \"tool_call_id\": \"x\"}]} | messages[0]: Only a tool message",
                "{\"messages\": [{\"role\": \"assistant\", \"tool_calls\": [{\"function\":"
                        + " {\"name\": \"f\", \"arguments\": \"{\"}}]}]} | arguments is not valid JSON",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"temperature\": \"hot\"}"
                        + " | temperature must be a number.",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"temperature\": -1}"
                        + " | temperature must be from 0 and at most 10, not -1.0.",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"top_p\": -0.1}"
                        + " | top_p must be above 0",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"max_tokens\": 1.5}"
                        + " | max_tokens must be an integer.",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"max_tokens\": 1e999999999}"
                        + " | max_tokens must be an integer.",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"seed\": 1e30}"
                        + " | seed must be an integer of 64 bits.",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"n\": 2} | n must be 1",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"stream\": 1}"
                        + " | stream must be true or false.",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"top_logprobs\": 1}"
                        + " | top_logprobs needs logprobs",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"tool_choice\": {}}"
                        + " | tool_choice.type is missing",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}],"
                        + " \"response_format\": {\"type\": \"json_object\"}} | response_format must be",
            })
    void aWrongRequestIsRefusedWithItsPlace(String json, String message) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> OpenAiJson.readRequest(json));
        assertTrue(refused.getMessage().contains(message), refused.getMessage());
        assertFalse(refused.getMessage().contains("\n"), refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{", "nul", "{\"a\": NaN}", "{'a': 1}", "{\"a\": 1} x", "{\"a\": 1,}"})
    void whatIsNoJsonIsRefused(String text) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> OpenAiJson.readRequest(text));
        assertFalse(refused.getMessage().contains("\n"), refused.getMessage());
    }

    @Test
    void depthHasALimit() {
        String deep = "[".repeat(100_000);
        assertThrows(IllegalArgumentException.class, () -> OpenAiJson.readRequest(deep));
        assertThrows(
                IllegalArgumentException.class,
                () -> OpenAiJson.readRequest("{\"messages\":" + deep));
    }

    private static final ChatChunk.End END =
            new ChatChunk.End(
                    FinishReason.TOOL_CALLS,
                    new Usage(10, 4, 2, 7),
                    new Timings(Duration.ofMillis(250), 12.5));

    private static final List<TokenLogprob> LOGPROBS =
            List.of(
                    new TokenLogprob(
                            "a",
                            -0.5,
                            List.of(
                                    new TokenLogprob("a", -0.5, List.of()),
                                    new TokenLogprob("b", -1.5, List.of()))));

    @Test
    void aResponseHasTheWireFormatAndReadsAsItWas() {
        JsonObject wire =
                OpenAiJson.response(
                        ChatResponse.of("why", "Sunny.", List.of(CALL), END, LOGPROBS),
                        "chatcmpl-1",
                        "step3",
                        1_750_000_000);
        JsonObject expected =
                json(
                        """
                        {"id": "chatcmpl-1", "object": "chat.completion", "created": 1750000000,
                         "model": "step3", "choices": [{"index": 0, "message": {"role": "assistant",
                           "reasoning_content": "why", "content": "Sunny.", "tool_calls": [
                             {"id": "call_1", "type": "function", "function": {"name": "weather",
                              "arguments": "{\\"city\\":\\"Rome\\",\\"days\\":3}"}}]},
                           "logprobs": {"content": [{"token": "a", "logprob": -0.5, "bytes": null,
                             "top_logprobs": [{"token": "a", "logprob": -0.5, "bytes": null},
                               {"token": "b", "logprob": -1.5, "bytes": null}]}]},
                           "finish_reason": "tool_calls"}],
                         "usage": {"prompt_tokens": 10, "completion_tokens": 7, "total_tokens": 17,
                           "prompt_tokens_details": {"cached_tokens": 4},
                           "completion_tokens_details": {"reasoning_tokens": 2}},
                         "timings": {"time_to_first_token_ms": 250.0, "tokens_per_second": 12.5}}
                        """);
        assertEquals(expected.toString(), wire.toString());
        ChatResponse read = OpenAiJson.readResponse(wire.toString());
        assertEquals("why", read.reasoning());
        assertEquals("Sunny.", read.answer());
        assertEquals(List.of(CALL), read.toolCalls());
        assertEquals(END, new ChatChunk.End(read.finishReason(), read.usage(), read.timings()));
        assertEquals(LOGPROBS, read.logprobs());
    }

    @Test
    void aForeignServersResponseIsRead() {
        ChatResponse response =
                OpenAiJson.readResponse(
                        "{\"choices\": [{\"message\": {\"role\": \"assistant\", \"content\": null,"
                                + " \"reasoning\": \"r\"}, \"finish_reason\": \"abort\"}],"
                                + " \"usage\": {\"prompt_tokens\": 3, \"total_tokens\": 3,"
                                + " \"prompt_tokens_details\": null}}");
        assertEquals("r", response.reasoning());
        assertEquals("", response.answer());
        assertEquals(FinishReason.CANCELLED, response.finishReason());
        assertEquals(new Usage(3, 0, 0, 0), response.usage());
        assertThrows(
                IllegalArgumentException.class, () -> OpenAiJson.readResponse("{\"choices\": []}"));
    }

    @Test
    void theStopTextIsSaidAsVllmSaysIt() {
        var end =
                new ChatChunk.End(
                        FinishReason.STOP, Optional.of("###"), new Usage(1, 0, 0, 2), Timings.NONE);
        JsonObject whole =
                OpenAiJson.response(
                        ChatResponse.of("", "a", List.of(), end, List.of()), "id", "step3", 1);
        JsonObject choice = whole.getAsJsonArray("choices").get(0).getAsJsonObject();
        assertEquals("###", choice.get("stop_reason").getAsString());
        assertEquals(Optional.of("###"), OpenAiJson.readResponse(whole.toString()).stopText());

        var writer = new OpenAiStreamWriter("id", "step3", 1, true);
        var reader = new OpenAiStreamReader();
        writer.write(ChatChunk.done(end)).forEach(json -> reader.read(json.toString()));
        assertEquals(List.of(ChatChunk.done(end)), reader.finish(Timings.NONE));
    }

    /** What SGLang calls it; a number is the id of an end token, with both. */
    @Test
    void aForeignServersStopTextIsRead() {
        for (String said :
                List.of(
                        "\"stop_reason\": \"END\"",
                        "\"matched_stop\": \"END\"",
                        "\"stop_reason\": 128805",
                        "\"matched_stop\": 128805",
                        "\"stop_reason\": null")) {
            String json =
                    "{\"choices\": [{\"delta\": {}, \"message\": {\"content\": \"a\"},"
                            + " \"finish_reason\": \"stop\", "
                            + said
                            + "}]}";
            Optional<String> expected =
                    said.contains("END") ? Optional.of("END") : Optional.empty();
            assertEquals(expected, OpenAiJson.readResponse(json).stopText(), said);
            var reader = new OpenAiStreamReader();
            reader.read(json);
            assertEquals(expected, reader.finish(Timings.NONE).getLast().end().stopText(), said);
        }
    }

    @Test
    void aFullContextIsALengthOnTheWire() {
        assertEquals("length", FinishReason.CONTEXT_FULL.wireName());
        assertEquals("length", FinishReason.LENGTH.wireName());
        assertEquals("tool_calls", FinishReason.TOOL_CALLS.wireName());
    }

    @Test
    void aStreamReadsAsItWasWritten() {
        List<ChatChunk> chunks =
                List.of(
                        ChatChunk.reasoning("hm"),
                        ChatChunk.answer("Sun").withLogprobs(LOGPROBS),
                        ChatChunk.answer("ny."),
                        ChatChunk.toolCall(CALL),
                        ChatChunk.toolCall(new ToolCall("call_2", "time", new JsonObject())),
                        ChatChunk.done(FinishReason.STOP, END.usage(), END.timings()));
        var writer = new OpenAiStreamWriter("chatcmpl-1", "step3", 1, true);
        List<JsonObject> wire = chunks.stream().flatMap(c -> writer.write(c).stream()).toList();
        OpenAiStreamReader reader = new OpenAiStreamReader();
        List<ChatChunk> read = new ArrayList<>();
        wire.forEach(
                one ->
                        read.addAll(
                                reader.read(
                                        new GsonBuilder().serializeNulls().create().toJson(one))));
        read.addAll(reader.finish(Timings.NONE));
        assertEquals(chunks, read);
    }

    /** What goes out of a short answer with a call, without the envelope. */
    private static List<String> sequence(boolean includeUsage) {
        var writer = new OpenAiStreamWriter("chatcmpl-1", "step3", 1, includeUsage);
        return Stream.of(
                        ChatChunk.reasoning("hm"),
                        ChatChunk.answer("Sunny."),
                        ChatChunk.toolCall(new ToolCall("call_2", "time", json("{\"at\": 3}"))),
                        ChatChunk.done(FinishReason.TOOL_CALLS, END.usage(), END.timings()))
                .flatMap(chunk -> writer.write(chunk).stream())
                .peek(
                        json -> {
                            assertEquals("chat.completion.chunk", json.get("object").getAsString());
                            assertEquals("chatcmpl-1", json.remove("id").getAsString());
                            List.of("object", "created", "model", "timings").forEach(json::remove);
                        })
                .map(JsonObject::toString)
                .toList();
    }

    private static String choice(String delta, String reason) {
        return "{\"choices\":[{\"index\":0,\"delta\":%s,\"logprobs\":null,\"finish_reason\":%s}]}"
                .formatted(delta, reason);
    }

    @Test
    void aStreamIsTheSequenceThatClientsOfOpenAiExpect() {
        List<String> expected =
                List.of(
                        choice("{\"role\":\"assistant\",\"content\":\"\"}", "null"),
                        choice("{\"reasoning_content\":\"hm\"}", "null"),
                        choice("{\"content\":\"Sunny.\"}", "null"),
                        choice(
                                "{\"tool_calls\":[{\"id\":\"call_2\",\"type\":\"function\",\"function\":"
                                        + "{\"name\":\"time\",\"arguments\":\"\"},\"index\":0}]}",
                                "null"),
                        choice(
                                "{\"tool_calls\":[{\"function\":{\"arguments\":\"{\\\"at\\\":3}\"},"
                                        + "\"index\":0}]}",
                                "null"),
                        choice("{}", "\"tool_calls\""));
        assertEquals(expected, sequence(false));
    }

    @Test
    void usageIsStreamedOnlyWhereItWasAskedForAndThenLast() {
        List<String> without = sequence(false);
        assertFalse(without.toString().contains("usage"));
        List<String> with = sequence(true);
        assertEquals(without, with.subList(0, with.size() - 1));
        JsonObject last = json(with.getLast());
        assertTrue(last.getAsJsonArray("choices").isEmpty());
        assertEquals(
                END.usage().promptTokens(),
                last.getAsJsonObject("usage").get("prompt_tokens").getAsInt());
    }

    @Test
    void toolCallsInPiecesComeOutWhole() {
        OpenAiStreamReader reader = new OpenAiStreamReader();
        Stream.of(
                        "{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}",
                        "{\"index\":0,\"function\":{\"arguments\":\"{\\\"x\\\"\"}}",
                        "{\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"g\"}}",
                        "{\"index\":0,\"function\":{\"arguments\":\":1}\"}}")
                .forEach(
                        piece ->
                                assertEquals(
                                        List.of(),
                                        reader.read(
                                                "{\"choices\":[{\"delta\":{\"tool_calls\":["
                                                        + piece
                                                        + "]}}]}")));
        assertThrows(IllegalArgumentException.class, () -> reader.finish(Timings.NONE));
        reader.read("{\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}");
        reader.read("{\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}");
        Timings measured = new Timings(Duration.ofSeconds(1), 3);
        assertEquals(
                List.of(
                        ChatChunk.toolCall(new ToolCall("a", "f", json("{\"x\":1}"))),
                        ChatChunk.toolCall(new ToolCall("b", "g", new JsonObject())),
                        ChatChunk.done(FinishReason.TOOL_CALLS, new Usage(1, 0, 0, 2), measured)),
                reader.finish(measured));
    }

    @Test
    void aServersErrorIsPassedOn() {
        IllegalArgumentException refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                new OpenAiStreamReader()
                                        .read("{\"error\": {\"message\": \"too long\"}}"));
        assertTrue(refused.getMessage().contains("too long"));
    }
}
