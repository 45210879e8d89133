package io.step3.chat;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {

    private static final ChatTemplate BUILT_IN =
            new BuiltInTemplate(BuiltInTemplate.BEGIN_OF_SENTENCE);

    @Test
    void theCheckpointsTemplateWritesTheGoldenPrompts() throws IOException {
        ChatTemplate template = ChatTemplate.load(Golden.CHECKPOINT);
        assertInstanceOf(JinjaTemplate.class, template);
        assertWritesTheGoldenPrompts(template);
    }

    @Test
    void theBuiltInTemplateWritesTheSamePrompts() throws IOException {
        assertWritesTheGoldenPrompts(BUILT_IN);
    }

    private static void assertWritesTheGoldenPrompts(ChatTemplate template) throws IOException {
        for (JsonObject golden : Golden.objects(Golden.json("chat/a.json"))) {
            assertEquals(
                    golden.get("text").getAsString(),
                    template.render(
                            Golden.messages(golden.get("messages")),
                            List.of(),
                            golden.get("add_generation_prompt").getAsBoolean()));
        }
        for (String name : List.of("multimodal/a.json", "multimodal/b.json")) {
            for (JsonObject golden : Golden.objects(Golden.json(name))) {
                assertEquals(
                        golden.get("prompt_text").getAsString(),
                        template.render(Golden.messages(golden.get("messages")), List.of(), true));
            }
        }
    }

    private static JinjaTemplate template(String source) {
        return new JinjaTemplate("test", source, "<s>", "</s>");
    }

    private static String render(String source) {
        return template(source).render(ChatRequest.user("Hi"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ''.getClass() }}",
                "{{ ''.getClass().forName('java.lang.Runtime') }}",
                "{{ messages.getClass().forName('java.lang.Runtime').getRuntime().exec('id') }}",
                "{{ messages[0].getClass() }}",
                "{{ ''.class.forName('java.lang.System') }}",
                "{{ ''['class'].name }}",
                "{{ messages.class.classLoader }}",
                "{{ ____int3rpr3t3r____.getContext() }}",
                "{{ ____int3rpr3t3r____.config.class }}",
                "{{ messages['____int3rpr3t3r____'].render('x') }}",
                "{{ messages[0]['filter:upper'].filter('x') }}",
                "{{ exptest:equalto.evaluate(1, 1) }}",
                "{{ filter:upper.filter('a', ____int3rpr3t3r____) }}",
                "{{ type(messages) }}",
                "{{ new('java.lang.Runtime') }}",
                "{{ messages | map('getClass') | list }}",
                "{{ messages | map(attribute='class.name') | first | length | foo }}",
                "{{ '' | render }}",
                "{{ messages.append({}) }}",
                "{{ messages[0].clear() }}",
                "{{ messages[0].update({'role': 'x'}) }}",
                "{{ self.__init__.__globals__ }}",
                "{{ ''.__class__.__mro__ }}",
                "{{ cycler.__init__.__globals__.os.popen('id') }}",
                "{% for class, name in [messages] %}{{ class.forName }}{% endfor %}",
                "{% include '/etc/passwd' %}",
                "{% import '/etc/passwd' as x %}",
                "{% from '/etc/passwd' import x %}",
                "{% extends '/etc/passwd' %}",
                "{% do messages.append(1) %}",
            })
    void aTemplateCannotReachJavaOrFiles(String hostile) {
        ChatTemplateException refused =
                assertThrows(ChatTemplateException.class, () -> render(hostile));
        assertFalse(refused.getMessage().contains("\n"), refused.getMessage());
    }

    @Test
    void aPropertyOfJavaObjectsIsUndefined() {
        assertEquals(
                "[][][][]",
                render(
                        "[{{ ''.class }}][{{ messages.bytes }}][{{ loop }}]"
                                + "[{{ messages | attr('class') }}]"));
    }

    @Test
    void contentIsNeverTakenForTemplate() {
        String hostile = "{{ 1 + 1 }}{% raw %}{# x #}\\x7b {{ messages }}";
        assertEquals(
                hostile, template("{{ messages[0].content }}").render(ChatRequest.user(hostile)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}"
                        + "{% endfor %}{% endfor %}{% endfor %}",
                "{% for a in range(100000000) %}{% endfor %}",
                "{{ range(99999999999) }}",
                "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(99) %}"
                        + "{% set ns.x = ns.x + ns.x %}{% endfor %}",
                "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}"
                        + "{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x == ns.x }}{{ ns.x }}",
                "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}"
                        + "{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}",
                "{% set ns = namespace(x=[1]) %}{% for i in range(9999) %}"
                        + "{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}{{ ns.x | tojson }}",
                "{{ 'a' * 1000000000 }}",
                "{{ [0] * 1000000000 }}",
                "{{ 'aaaaaaaaaa'.replace('a', 'b' * 1000000) }}{{ ('b' * 4000000).replace('b', 'bb') }}",
                "{{ (['a' * 1000000] * 1000) | join('b' * 1000000) }}",
                "{{ 'a' | indent(1000000000) }}{% for i in range(9999999) %}x{% endfor %}",
                "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
                "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}"
                        + "{{ f(60) }}",
                "{% for i in range(9999) %}{{ 'a' * 1000 }}{% endfor %}",
                "{% set x %}{% for i in range(9999) %}{{ 'a' * 1000 }}{% endfor %}{% endset %}",
                "{{ ('a' * 2000000 + 'b') in ('a' * 4000000) }}{{ 'a' * 4000000 * 2 }}",
                "{{ 2 ** 9999999999 }}",
                "{{ 1 / 0 }}",
                "{{ raise_exception('no') }}",
                "{% if",
                "{{ 1",
                "{{ 'a }}",
                "{# a",
                "{% raw %}a",
                "{% if true %}",
                "{% endif %}",
                "{% for %}{% endfor %}",
                "{% for x in %}{% endfor %}",
                "{% unknown %}",
                "{{ 1 2 }}",
                "{{ a b }}",
                "{{ | upper }}",
                "{{ 'a' | nosuchfilter }}",
                "{{ 'a' is nosuchtest }}",
                "{{ nosuchfunction() }}",
                "{{ 'a'.nosuchmethod() }}",
                "{{ missing.attribute }}",
                "{{ 'a' + 1 }}",
                "{{ 'a' + none }}",
                "{{ 1 < 'a' }}",
                "{{ 'a' | replace('a') }}",
                "{{ 'a' | trim(1, 2, 3) }}",
            })
    void aHostileOrBrokenTemplateIsRefusedInOneSentence(String hostile) {
        ChatTemplateException refused =
                assertThrows(ChatTemplateException.class, () -> render(hostile));
        assertTrue(
                refused.getMessage().startsWith("The chat template of test"), refused::getMessage);
        assertFalse(refused.getMessage().contains("\n"), refused.getMessage());
    }

    @Test
    void deepNestingIsRefused() {
        assertThrows(
                ChatTemplateException.class,
                () -> render("{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}"));
        assertThrows(
                ChatTemplateException.class,
                () -> render("{% if true %}".repeat(10_000) + "{% endif %}".repeat(10_000)));
        assertThrows(ChatTemplateException.class, () -> render("a".repeat(1 << 19)));
    }

    @Test
    void aTemplateMayRefuseTheConversationAndKnowTheDay() {
        ChatTemplateException refused =
                assertThrows(
                        ChatTemplateException.class,
                        () -> render("{{ raise_exception('Roles must alternate') }}"));
        assertEquals(
                "The chat template of test fails: it refuses the conversation: Roles must alternate.",
                refused.getMessage());
        assertTrue(render("{{ strftime_now('%d %b %Y') }}").matches("\\d\\d [A-Z][a-z]{2} \\d{4}"));
    }

    @Test
    void severalThreadsMayRenderAtOnce() throws Exception {
        ChatTemplate template = ChatTemplate.load(Golden.CHECKPOINT);
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<String>> prompts = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                ChatRequest request = ChatRequest.user("question " + i);
                prompts.add(threads.submit(() -> template.render(request)));
            }
            for (int i = 0; i < prompts.size(); i++) {
                assertEquals(
                        BUILT_IN.render(ChatRequest.user("question " + i)), prompts.get(i).get());
            }
        }
    }

    @Test
    void aTemplateSeesToolsCallsAndReasoning() {
        JsonObject schema = JsonParser.parseString("{\"type\":\"object\"}").getAsJsonObject();
        JsonObject arguments =
                JsonParser.parseString("{\"city\":\"Rome\",\"days\":2}").getAsJsonObject();
        List<ChatMessage> messages =
                List.of(
                        ChatMessage.user("Weather?"),
                        ChatMessage.assistant(
                                "hm", "", List.of(new ToolCall("c1", "weather", arguments))),
                        ChatMessage.tool("c1", "sunny"));
        List<ToolDefinition> tools = List.of(new ToolDefinition("weather", "Tells it.", schema));
        String source =
                "{{ tools | tojson }}{% for m in messages %}|{{ m.role }}:{{ m.content or '' }}"
                        + "{{ m.reasoning_content }}{% for c in m.tool_calls or [] %}"
                        + "{{ c.id }}{{ c.function.name }}{{ c.function.arguments | tojson }}"
                        + "{% endfor %}{{ m.tool_call_id }}{% endfor %}{{ bos_token }}{{ eos_token }}";
        assertEquals(
                "[{\"type\": \"function\", \"function\": {\"name\": \"weather\", \"description\":"
                        + " \"Tells it.\", \"parameters\": {\"type\": \"object\"}}}]"
                        + "|user:Weather?|assistant:hmc1weather{\"city\": \"Rome\", \"days\": 2}"
                        + "|tool:sunnyc1<s></s>",
                template(source).render(messages, tools, true));
        assertEquals(
                "None",
                template("{{ tools }}").render(List.of(ChatMessage.user("x")), List.of(), true));
        assertEquals(
                "<｜begin▁of▁sentence｜><|BOT|>tool_json_schemas\n"
                        + "[{\"type\": \"function\", \"function\": {\"name\": \"weather\","
                        + " \"description\": \"Tells it.\", \"parameters\": {\"type\":"
                        + " \"object\"}}}]<|EOT|><|BOT|>user\nWeather?<|EOT|><|BOT|>assistant\n"
                        + "<｜tool_calls_begin｜><｜tool_call_begin｜>function<｜tool_sep｜>"
                        + "<steptml:invoke name=\"weather\"><steptml:parameter name=\"city\">Rome"
                        + "</steptml:parameter><steptml:parameter name=\"days\">2"
                        + "</steptml:parameter></steptml:invoke><｜tool_call_end｜>"
                        + "<｜tool_calls_end｜><|EOT|><|BOT|>tool\nsunny<|EOT|><|BOT|>assistant\n"
                        + "<think>\n",
                BUILT_IN.render(messages, tools, true));
    }

    @Test
    void aFolderSaysWhichTemplateHolds(@TempDir Path folder) throws IOException {
        assertInstanceOf(BuiltInTemplate.class, ChatTemplate.load(folder));
        Path config = folder.resolve("tokenizer_config.json");
        Files.writeString(config, "{\"bos_token\": {\"content\": \"<b>\"}}");
        assertEquals(
                "<b><|BOT|>user\nx<|EOT|><|BOT|>assistant\n<think>\n",
                ChatTemplate.load(folder).render(ChatRequest.user("x")));
        Files.writeString(
                config,
                "{\"chat_template\": [{\"name\": \"rag\", \"template\": \"r\"},"
                        + " {\"name\": \"default\", \"template\": \"one\"}]}");
        assertEquals("one", ChatTemplate.load(folder).render(ChatRequest.user("x")));
        Files.writeString(folder.resolve("chat_template.jinja"), "two\n");
        assertEquals("two", ChatTemplate.load(folder).render(ChatRequest.user("x")));
        Files.write(folder.resolve("chat_template.jinja"), new byte[] {(byte) 0xFF});
        IOException broken = assertThrows(IOException.class, () -> ChatTemplate.load(folder));
        assertTrue(broken.getMessage().contains("chat_template.jinja"), broken.getMessage());
        Files.writeString(config, "{\"a\": ");
        assertThrows(IOException.class, () -> ChatTemplate.load(folder));
    }

    @Test
    void theBuiltInTemplateLoadsNoJinja() throws Exception {
        Process java =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xlog:class+load",
                                "-cp",
                                System.getProperty(
                                        "surefire.test.class.path",
                                        System.getProperty("java.class.path")),
                                BuiltInOnly.class.getName())
                        .redirectErrorStream(true)
                        .start();
        String log = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertAll(
                () -> assertEquals(0, java.waitFor(), log),
                () -> assertTrue(log.contains("io.step3.chat.BuiltInTemplate")),
                () -> assertFalse(log.contains("io.step3.jinja.Template ")));
    }

    /** As DeepSeek-V3's: it asks for None, and wants the arguments as text. */
    @Test
    void aMessageThatOnlyCallsToolsIsNotLost() {
        String source =
                "{% for m in messages %}{% if m['role'] == 'assistant' and m['content'] is none %}"
                        + "{% for tool in m['tool_calls'] %}{{ '<call>' + tool['function']['name']"
                        + " + '\\n' + tool['function']['arguments'] }}{% endfor %}"
                        + "{% elif m['role'] == 'assistant' %}{{ '<answer>' + m['content'] }}"
                        + "{% else %}{{ '<' + m['role'] + '>' + m['content'] }}{% endif %}{% endfor %}";
        assertEquals(
                "<user>List /tmp<call>list\n{\"dir\": \"/tmp\"}<tool>a b",
                template(source).render(onlyCalls(), List.of(), true));
    }

    @Test
    void aTemplateThatCannotDoWithoutContentGetsAnEmptyOne() {
        String source =
                "{% for m in messages %}{{ m.content + '|' }}{% for c in m.tool_calls or [] %}"
                        + "{{ c.function.arguments.dir }}{% endfor %}{% endfor %}";
        assertEquals("List /tmp||/tmpa b|", template(source).render(onlyCalls(), List.of(), true));
    }

    private static List<ChatMessage> onlyCalls() {
        JsonObject arguments = JsonParser.parseString("{\"dir\":\"/tmp\"}").getAsJsonObject();
        return List.of(
                ChatMessage.user("List /tmp"),
                new ChatMessage(
                        Role.ASSISTANT,
                        List.of(),
                        "",
                        List.of(new ToolCall("c1", "list", arguments)),
                        ""),
                ChatMessage.tool("c1", "a b"));
    }

    @Test
    void aFailureNamesTheLineAndNoControlCharacters() {
        ChatTemplateException refused =
                assertThrows(
                        ChatTemplateException.class,
                        () -> render("a\nb\n{{ raise_exception('x\u001b[31m\u009by\nz') }}"));
        assertEquals(
                "The chat template of test fails: it refuses the conversation: x [31m y z.",
                refused.getMessage());
        refused = assertThrows(ChatTemplateException.class, () -> render("a\nb\n{{ 1 + 'a' }}"));
        assertEquals(
                "The chat template of test fails in line 3: unsupported operand type(s) for +:"
                        + " 'int' and 'str'.",
                refused.getMessage());
    }

    /** What a program with a checkpoint without a template does. */
    static final class BuiltInOnly {
        private BuiltInOnly() {}

        public static void main(String[] args) throws IOException {
            ChatTemplate template = ChatTemplate.load(Path.of("no", "such", "folder"));
            template.render(ChatRequest.user("Hi"));
        }
    }
}
