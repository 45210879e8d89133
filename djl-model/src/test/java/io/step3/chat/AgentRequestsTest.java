package io.step3.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests and answers as the clients and servers that people use send them. */
class AgentRequestsTest {

    private static final String HI = "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}]";

    private static OpenAiJson.Request with(String fields) {
        return OpenAiJson.readRequest(HI + ", " + fields + "}");
    }

    private static SamplingOptions sampling(String fields) {
        return with(fields).chat().sampling();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"stop\": \"\"",
                "\"stop\": []",
                "\"stop\": [\"\"]",
                "\"stop\": null",
                "\"max_tokens\": -1",
                "\"max_completion_tokens\": null, \"max_tokens\": null",
                "\"top_k\": null",
                "\"logit_bias\": {}",
                "\"logit_bias\": null",
                "\"reasoning_effort\": \"medium\"",
                "\"chat_template_kwargs\": {\"enable_thinking\": true}",
                "\"enable_thinking\": true",
                "\"tool_choice\": \"auto\", \"tools\": []",
                "\"response_format\": {\"type\": \"text\"}, \"n\": 1, \"best_of\": 1",
                "\"modalities\": [\"text\"], \"audio\": null, \"echo\": false, \"functions\": []",
                "\"user\": \"u\", \"metadata\": {}, \"store\": false, \"service_tier\": \"auto\"",
                "\"prompt_cache_key\": \"k\", \"safety_identifier\": \"s\", \"verbosity\": \"low\"",
                "\"stream_options\": {\"include_obfuscation\": false}, \"priority\": 1, \"new\": {}"
            })
    void whatChangesNothingIsTaken(String fields) {
        assertEquals(SamplingOptions.DEFAULT, sampling(fields));
        assertEquals(List.of(), with(fields).chat().tools());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"enable_thinking\": false",
                "\"chat_template_kwargs\": {\"enable_thinking\": false}",
                "\"chat_template_kwargs\": {\"thinking\": false}",
                "\"reasoning_effort\": \"none\"",
                "\"reasoning\": {\"effort\": \"none\"}",
                "\"reasoning\": {\"enabled\": false}",
                "\"thinking\": {\"type\": \"disabled\"}",
                "\"thinking_token_budget\": 0",
                "\"reasoning\": {\"max_tokens\": 0}",
                "\"thinking\": {\"type\": \"enabled\", \"budget_tokens\": 0}",
                "\"think_budget\": 50, \"enable_thinking\": false"
            })
    void everySwitchOfThoughtWorks(String fields) {
        assertEquals(0, sampling(fields).thinkBudget());
    }

    @Test
    void whatIsAskedForIsHonoured() {
        assertEquals(
                Map.of(18, -100.0, 7, 2.5),
                sampling("\"logit_bias\": {\"18\": -100, \"7\": 2.5}").logitBias());
        assertEquals(Double.MIN_VALUE, sampling("\"top_p\": 0").topP());
        assertEquals(List.of("a"), sampling("\"stop\": [\"\", \"a\"]").stop());
        assertEquals(5, sampling("\"min_tokens\": 5").minTokens());
        assertEquals(Integer.MAX_VALUE, sampling("\"ignore_eos\": true").minTokens());
        assertEquals(false, sampling("\"parallel_tool_calls\": false").parallelToolCalls());
        assertTrue(with("\"x\": 1").includeReasoning());
        assertFalse(with("\"include_reasoning\": false").includeReasoning());
        assertFalse(with("\"reasoning\": {\"exclude\": true}").includeReasoning());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"max_tokens\": 0",
                "\"max_tokens\": -2",
                "\"n\": 2",
                "\"best_of\": 3",
                "\"logit_bias\": {\"a\": 1}",
                "\"logit_bias\": {\"1\": 101}",
                "\"logit_bias\": [1]",
                "\"chat_template_kwargs\": {\"style\": \"brief\"}",
                "\"chat_template_kwargs\": 1",
                "\"enable_thinking\": \"no\"",
                "\"reasoning_effort\": \"enormous\"",
                "\"response_format\": {\"type\": \"json_schema\"}",
                "\"tool_choice\": \"perhaps\"",
                "\"tool_choice\": {\"type\": \"allowed_tools\", \"allowed_tools\": {}}",
                "\"parallel_tool_calls\": 1",
                "\"functions\": [{\"name\": \"f\"}]",
                "\"function_call\": \"auto\"",
                "\"modalities\": [\"audio\"]",
                "\"audio\": {\"voice\": \"v\"}",
                "\"web_search_options\": {\"x\": 1}",
                "\"guided_json\": {\"type\": \"object\"}",
                "\"structured_outputs\": {\"regex\": \"a\"}",
                "\"echo\": true",
                "\"use_beam_search\": true",
                "\"prompt_logprobs\": 0",
                "\"stop_token_ids\": [1]",
                "\"bad_words\": [\"a\"]",
                "\"length_penalty\": 2",
                "\"chat_template\": \"{{ messages }}\""
            })
    void whatCannotBeHonouredIsRefusedByItsName(String fields) {
        var refused = assertThrows(IllegalArgumentException.class, () -> with(fields));
        String name = fields.substring(1, fields.indexOf('"', 1));
        assertTrue(refused.getMessage().contains(name), refused.getMessage());
        assertTrue(refused.getMessage().endsWith("."), refused.getMessage());
        assertFalse(refused.getMessage().contains("\n"), refused.getMessage());
    }

    private static ChatRequest read(String messages) {
        return OpenAiJson.readRequest("{\"messages\": [" + messages + "]}").chat();
    }

    @Test
    void aToolMayHaveNothingToSay() {
        for (String content : List.of("\"\"", "null", "[]")) {
            ChatMessage last =
                    read("{\"role\": \"tool\", \"tool_call_id\": \"c\", \"content\": "
                                    + content
                                    + "}")
                            .messages()
                            .getLast();
            assertEquals("", last.text());
        }
    }

    @Test
    void aRefusalInTheHistoryIsText() {
        ChatRequest request =
                read(
                        "{\"role\": \"assistant\", \"content\": [{\"type\": \"refusal\","
                                + " \"refusal\": \"No.\"}], \"annotations\": [], \"audio\": null}");
        assertEquals("No.", request.messages().getFirst().text());
    }

    private static final String CALL =
            "{\"role\": \"assistant\", %s \"tool_calls\": [{\"id\": \"c1\", \"type\": \"function\","
                    + " \"function\": {\"name\": \"ls\", \"arguments\": \"{}\"}}]}";

    @Test
    void aTemplateSeesNoneForContentThatIsNullAndAnEmptyTextForOne() {
        var template =
                new JinjaTemplate(
                        "t",
                        "{% for m in messages %}{{ m.content is none }} {{ m.content == '' }}"
                                + "{% endfor %}",
                        "",
                        "");
        assertEquals("True False", template.render(read(CALL.formatted("\"content\": null,"))));
        assertEquals("False True", template.render(read(CALL.formatted("\"content\": \"\","))));
        ChatRequest nothing = read(CALL.formatted("\"content\": null,"));
        assertTrue(
                OpenAiJson.request(nothing, "m", false)
                        .getAsJsonArray("messages")
                        .get(0)
                        .getAsJsonObject()
                        .get("content")
                        .isJsonNull());
    }

    @Test
    void toolsAreShownAsTheyWereSent() {
        String tool =
                "{\"type\": \"function\", \"function\": {\"name\": \"f\", \"strict\": true,"
                        + " \"parameters\": {\"type\": \"object\", \"properties\": {}}}, \"x\": 1}";
        ChatRequest request = with("\"tools\": [" + tool + "]").chat();
        var template = new JinjaTemplate("t", "{{ tools[0] | tojson }}", "", "");
        assertEquals(tool, template.render(request));
        assertEquals("f", request.tools().getFirst().name());
        assertEquals("", request.tools().getFirst().description());
        assertEquals(
                JsonParser.parseString(tool),
                OpenAiJson.request(request, "m", false).getAsJsonArray("tools").get(0));
    }

    private static List<ChatChunk> stream(String... choices) {
        OpenAiStreamReader reader = new OpenAiStreamReader();
        List<ChatChunk> chunks =
                new ArrayList<>(
                        Stream.of(choices)
                                .map(choice -> reader.read("{\"choices\": [" + choice + "]}"))
                                .flatMap(List::stream)
                                .toList());
        chunks.addAll(reader.finish(Timings.NONE));
        return chunks;
    }

    private static String end(String reason) {
        return "{\"delta\": {}, \"finish_reason\": \"" + reason + "\"}";
    }

    private static String calls(String... pieces) {
        return "{\"delta\": {\"tool_calls\": [" + String.join(",", pieces) + "]}}";
    }

    private static List<ToolCall> toolCalls(List<ChatChunk> chunks) {
        return chunks.stream().map(ChatChunk::toolCall).filter(call -> call != null).toList();
    }

    @Test
    void anAnswerIsKeptWhateverItsEndIsCalled() {
        for (String reason : List.of("content_filter", "safety", "")) {
            List<ChatChunk> chunks = stream("{\"delta\": {\"content\": \"Let me\"}}", end(reason));
            assertEquals("Let me", chunks.getFirst().text());
            assertEquals(FinishReason.STOP, chunks.getLast().end().finishReason());
            ChatResponse whole =
                    OpenAiJson.readResponse(
                            "{\"choices\": [{\"message\": {\"content\": \"Let me\"},"
                                    + " \"finish_reason\": \""
                                    + reason
                                    + "\"}], \"usage\": {}}");
            assertEquals("Let me", whole.answer());
            assertEquals(FinishReason.STOP, whole.finishReason());
        }
    }

    @Test
    void aCallThatWasCutShortIsNoneAndTheWordsBeforeItAreKept() {
        List<ChatChunk> chunks =
                stream(
                        "{\"delta\": {\"content\": \"Let me see\"}}",
                        calls(
                                "{\"index\": 0, \"id\": \"a\", \"function\": {\"name\": \"f\","
                                        + " \"arguments\": \"{\\\"x\\\": \"}}"),
                        end("length"));
        assertEquals("Let me see", chunks.getFirst().text());
        assertEquals(List.of(), toolCalls(chunks));
        assertEquals(FinishReason.LENGTH, chunks.getLast().end().finishReason());
        ChatResponse whole =
                OpenAiJson.readResponse(
                        "{\"choices\": [{\"message\": {\"content\": \"Let me see\", \"tool_calls\":"
                                + " [{\"id\": \"a\", \"function\": {\"name\": \"f\", \"arguments\":"
                                + " \"{\\\"x\"}}]}, \"finish_reason\": \"length\"}]}");
        assertEquals("Let me see", whole.answer());
        assertEquals(List.of(), whole.toolCalls());
    }

    @Test
    void namesThatAreRepeatedOrComeInPiecesAreOneName() {
        String repeated =
                "{\"index\": 0, \"id\": \"a\", \"function\": {\"name\": \"f\", \"arguments\": \"%s\"}}";
        var call = new ToolCall("a", "f", new JsonObject());
        assertEquals(
                List.of(call),
                toolCalls(
                        stream(
                                calls(repeated.formatted("")),
                                calls(repeated.formatted("{")),
                                calls(repeated.formatted("}")),
                                end("tool_calls"))));
        assertEquals(
                List.of(new ToolCall("a", "get_weather", new JsonObject())),
                toolCalls(
                        stream(
                                calls(
                                        "{\"index\": 0, \"id\": \"a\", \"function\": {\"name\": \"get_\"}}"),
                                calls("{\"index\": 0, \"function\": {\"name\": \"weather\"}}"),
                                end("tool_calls"))));
    }

    @Test
    void callsThatAreAllNumberedNoughtAreToldApartByTheirIds() {
        List<ToolCall> calls =
                toolCalls(
                        stream(
                                calls(
                                        "{\"index\": 0, \"id\": \"a\", \"function\": {\"name\": \"f\","
                                                + " \"arguments\": {\"x\": 1}}}"),
                                calls(
                                        "{\"index\": 0, \"id\": \"b\", \"function\": {\"name\": \"f\","
                                                + " \"arguments\": null}}"),
                                end("tool_calls")));
        assertEquals(List.of("a", "b"), calls.stream().map(ToolCall::id).toList());
        assertEquals("{\"x\":1}", calls.getFirst().arguments().toString());
    }

    @Test
    void contentInPartsIsText() {
        List<ChatChunk> chunks =
                stream(
                        "{\"delta\": {\"content\": [{\"type\": \"text\", \"text\": \"a\"}]}}",
                        end("stop"));
        assertEquals("a", chunks.getFirst().text());
    }

    @Test
    void aCallCanBeDemandedOfAnyToolOrOfOne() {
        assertEquals(
                ForcedCall.ANY,
                with("\"tool_choice\": \"required\"").chat().sampling().forcedCall());
        OpenAiJson.Request one =
                with("\"tool_choice\": {\"type\": \"function\", \"function\": {\"name\": \"f\"}}");
        assertEquals(ForcedCall.of("f"), one.chat().sampling().forcedCall());
        String written = OpenAiJson.request(one.chat(), "m", false).toString();
        assertEquals(one.chat(), OpenAiJson.readRequest(written).chat());
        assertNull(with("\"tool_choice\": \"auto\"").chat().sampling().forcedCall());
    }
}
