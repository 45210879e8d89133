package io.step3.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class OutputParserTest {

    private static final String BLOCK =
            "<｜tool_calls_begin｜><｜tool_call_begin｜>function<｜tool_sep｜>";
    private static final String BLOCK_END = "<｜tool_call_end｜><｜tool_calls_end｜>";

    private static final List<String> MARKS =
            List.of(
                    "<think>",
                    "</think>",
                    "<｜tool_calls_begin｜>",
                    "<｜tool_calls_end｜>",
                    "<｜tool_call_begin｜>",
                    "<｜tool_call_end｜>",
                    "<｜tool_sep｜>",
                    "<steptml:invoke name=\"f\">",
                    "</steptml:invoke>",
                    "<steptml:parameter name=\"p\">",
                    "</steptml:parameter>",
                    "function");

    @Test
    void theRestOfAReplyIsToldApartAsTheWholeWouldHaveBeen() {
        String whole = "I <think> so.\n</think>\nYes <think> " + BLOCK + "x" + BLOCK_END + " no";
        for (boolean opens : new boolean[] {true, false}) {
            String text = opens ? whole : "<think>" + whole;
            int mark = text.indexOf("</think>");
            int calls = text.indexOf(BLOCK);
            for (int cut = 0; cut <= calls; cut++) {
                if (cut > mark && cut < mark + 8 || !opens && cut > 0 && cut < 7) {
                    continue;
                }
                var first = new Heard(new OutputParser(opens, List.of()), text.substring(0, cut));
                boolean answered = cut > mark;
                var begun =
                        new BegunReply(
                                first.reasoning.toString(),
                                answered ? Optional.of(first.answer.toString()) : Optional.empty());
                // Of a thought that was opened but is empty nothing is known.
                if (!opens && cut == 7) {
                    continue;
                }
                var rest =
                        new Heard(
                                OutputParser.continuing(opens, begun, List.of()),
                                text.substring(cut));
                var all = new Heard(new OutputParser(opens, List.of()), text);
                String where = "cut at " + cut + ": " + text.substring(0, cut);
                assertEquals(
                        all.reasoning.toString(), "" + first.reasoning + rest.reasoning, where);
                assertEquals(all.answer.toString(), "" + first.answer + rest.answer, where);
            }
        }
    }

    private static final class Heard {
        private final StringBuilder reasoning = new StringBuilder();
        private final StringBuilder answer = new StringBuilder();

        Heard(OutputParser parser, String text) {
            Stream.of(parser.feed(text), parser.finish())
                    .flatMap(List::stream)
                    .forEach(
                            event -> {
                                switch (event) {
                                    case ParserEvent.Reasoning r -> reasoning.append(r.text());
                                    case ParserEvent.Answer a -> answer.append(a.text());
                                    case ParserEvent.Call _ -> {}
                                }
                            });
        }
    }

    private record Parsed(String reasoning, String content, List<ToolCall> calls) {

        /** The same with calls numbered, for ids are always others. */
        Parsed numbered() {
            List<ToolCall> numbered = new ArrayList<>();
            for (ToolCall call : calls) {
                var id = Integer.toString(numbered.size());
                numbered.add(new ToolCall(id, call.name(), call.arguments()));
            }
            return new Parsed(reasoning, content, numbered);
        }
    }

    private static Parsed parse(
            boolean inThought, List<ToolDefinition> tools, List<String> chunks) {
        OutputParser parser = new OutputParser(inThought, tools);
        List<ParserEvent> events = new ArrayList<>();
        chunks.forEach(chunk -> events.addAll(parser.feed(chunk)));
        events.addAll(parser.finish());
        StringBuilder reasoning = new StringBuilder();
        StringBuilder content = new StringBuilder();
        List<ToolCall> calls = new ArrayList<>();
        for (ParserEvent event : events) {
            switch (event) {
                case ParserEvent.Reasoning thought -> {
                    assertFalse(thought.text().isEmpty());
                    reasoning.append(thought.text());
                }
                case ParserEvent.Answer words -> {
                    assertFalse(words.text().isEmpty());
                    content.append(words.text());
                }
                case ParserEvent.Call call -> calls.add(call.call());
            }
        }
        return new Parsed(reasoning.toString(), content.toString(), calls);
    }

    @TestFactory
    Stream<DynamicTest> everyGoldenCaseHoldsHoweverItIsCut() throws IOException {
        return Golden.objects(Golden.json("parser/cases.json")).stream()
                .map(
                        golden ->
                                DynamicTest.dynamicTest(
                                        golden.get("id").getAsString(), () -> check(golden)));
    }

    private static void check(JsonObject golden) {
        boolean inThought = golden.get("in_reasoning").getAsBoolean();
        List<ToolDefinition> tools = new ArrayList<>();
        for (JsonObject tool : Golden.objects(golden.get("tools"))) {
            JsonObject function = tool.getAsJsonObject("function");
            tools.add(
                    new ToolDefinition(
                            function.get("name").getAsString(),
                            function.get("description").getAsString(),
                            function.getAsJsonObject("parameters")));
        }
        String text = golden.get("text").getAsString();
        Parsed whole = parse(inThought, tools, List.of(text)).numbered();
        JsonObject expected = golden.getAsJsonObject("expected");
        assertEquals(expected.get("reasoning").getAsString().strip(), whole.reasoning.strip());
        assertEquals(expected.get("content").getAsString().strip(), whole.content.strip());
        List<JsonObject> calls = Golden.objects(expected.get("tool_calls"));
        assertEquals(calls.size(), whole.calls.size());
        for (int i = 0; i < calls.size(); i++) {
            assertEquals(calls.get(i).get("name").getAsString(), whole.calls.get(i).name());
            assertEquals(
                    byValue(calls.get(i).get("arguments")),
                    byValue(whole.calls.get(i).arguments()));
        }
        for (JsonElement cut : golden.getAsJsonArray("chunks")) {
            List<String> chunks = new ArrayList<>();
            cut.getAsJsonArray().forEach(chunk -> chunks.add(chunk.getAsString()));
            assertEquals(whole, parse(inThought, tools, chunks).numbered());
        }
        assertEquals(whole, parse(inThought, tools, List.of(text.split(""))).numbered());
        for (int i = 1; i < text.length(); i++) {
            List<String> two = List.of(text.substring(0, i), text.substring(i));
            assertEquals(whole, parse(inThought, tools, two).numbered(), "cut at " + i);
        }
        for (int seed = 0; seed < 50; seed++) {
            assertEquals(
                    whole,
                    parse(inThought, tools, cut(text, new Random(seed))).numbered(),
                    "seed " + seed);
        }
    }

    /** JSON with numbers by value: 3 equals 3.0. */
    private static Object byValue(JsonElement json) {
        if (json instanceof JsonObject object) {
            Map<String, Object> map = new HashMap<>();
            object.entrySet().forEach(e -> map.put(e.getKey(), byValue(e.getValue())));
            return map;
        }
        if (json instanceof JsonArray array) {
            return array.asList().stream().map(OutputParserTest::byValue).toList();
        }
        if (json.isJsonPrimitive() && json.getAsJsonPrimitive().isNumber()) {
            return new BigDecimal(json.getAsString()).stripTrailingZeros();
        }
        return json;
    }

    private static List<String> cut(String text, Random random) {
        List<String> chunks = new ArrayList<>();
        for (int i = 0; i < text.length(); ) {
            int end = Math.min(text.length(), i + 1 + random.nextInt(12));
            chunks.add(text.substring(i, end));
            i = end;
        }
        return chunks;
    }

    @Test
    void whatCannotBecomeAMarkLeavesAtOnce() {
        OutputParser parser = new OutputParser(true, List.of());
        assertEquals(List.of(new ParserEvent.Reasoning("h")), parser.feed("h"));
        assertEquals(List.of(), parser.feed("<"));
        assertEquals(List.of(new ParserEvent.Reasoning("<b")), parser.feed("b"));
        assertEquals(List.of(), parser.feed("</thin"));
        assertEquals(List.of(new ParserEvent.Reasoning("</thin ")), parser.feed(" "));
        assertEquals(List.of(), parser.feed("</"));
        assertEquals(List.of(new ParserEvent.Reasoning("</")), parser.feed("</"));
        assertTrue(parser.inReasoning());
        assertEquals(List.of(new ParserEvent.Answer("a")), parser.feed("think>a"));
        assertFalse(parser.inReasoning());
        assertEquals(List.of(new ParserEvent.Answer("</think>")), parser.feed("</think>"));
        assertEquals(List.of(), parser.feed("<｜tool_calls_"));
        assertEquals(List.of(new ParserEvent.Answer("<｜tool_calls_")), parser.finish());
    }

    @Test
    void anOpeningMarkCountsOnlyAtTheVeryStart() {
        OutputParser parser = new OutputParser(false, List.of());
        assertEquals(List.of(), parser.feed(" \n<thi"));
        assertEquals(List.of(new ParserEvent.Reasoning(" \na")), parser.feed("nk>a"));
        assertEquals(List.of(new ParserEvent.Reasoning("<think>")), parser.feed("<think>"));
        assertEquals(
                List.of(new ParserEvent.Answer(" x<think>")),
                new OutputParser(false, List.of()).feed(" x<think>"));
        assertEquals(
                List.of(new ParserEvent.Answer("</think>x")),
                new OutputParser(false, List.of()).feed("</think>x"));
        assertEquals(
                List.of(new ParserEvent.Answer(" ")),
                finish(new OutputParser(false, List.of()), " "));
        assertEquals(
                List.of(new ParserEvent.Reasoning(" <th")),
                finish(new OutputParser(true, List.of()), " <th"));
    }

    private static List<ParserEvent> finish(OutputParser parser, String text) {
        assertEquals(List.of(), parser.feed(text));
        return parser.finish();
    }

    @Test
    void aPromptThatEndsWithAnOpeningMarkOpensAThought() {
        assertTrue(OutputParser.opensThought("<|BOT|>assistant\n<think>\n"));
        assertFalse(OutputParser.opensThought("<|BOT|>assistant\n"));
        assertFalse(OutputParser.opensThought("<think></think>\n"));
    }

    @Test
    void callsAreReadByTheGrammarOnly() {
        String close = "</steptml:invoke>" + BLOCK_END;
        assertArguments("{}", "<steptml:invoke name=\"f\">" + close);
        assertArguments("{}", "<steptml:invoke name=\"\"><steptml:invoke name=\"f\">" + close);
        assertArguments(
                "{\"a\":\"x</steptml:invoke>y\",\"b\":\"2\"}",
                "<steptml:invoke name=\"f\"><steptml:parameter name=\"a\">x</steptml:invoke>y"
                        + "</steptml:parameter><steptml:parameter name=\"b\">2</steptml:parameter>"
                        + close);
        assertArguments(
                "{}",
                "<steptml:invoke name=\"f\"><steptml:parameter name=\"a\">x</steptml:invoke>"
                        + "<steptml:invoke name=\"g\"><steptml:parameter name=\"b\">2"
                        + "</steptml:parameter>"
                        + close);
        assertArguments(
                "{\"b\":\"1\",\"a\":\"3\"}",
                "<steptml:invoke name=\"f\"><steptml:parameter name=\"a\">2</steptml:parameter>"
                        + "<steptml:parameter name=\"b\">1</steptml:parameter>"
                        + "<steptml:parameter name=\"a\">3</steptml:parameter>"
                        + close);
        assertArguments(
                "{\"a\":\"\"}",
                "<steptml:invoke name=\"f\"><steptml:parameter name=\"a\">\u00a0\n</steptml:parameter>"
                        + "<steptml:parameter name=\"b\">never closed"
                        + close);
    }

    @Test
    void noTwoCallsHaveTheSameId() {
        String call = "<steptml:invoke name=\"f\"></steptml:invoke><｜tool_call_end｜>";
        Set<String> ids = new HashSet<>();
        for (int answer = 0; answer < 3; answer++) {
            List<String> chunks =
                    List.of(
                            BLOCK
                                    + call
                                    + "<｜tool_call_begin｜>function<｜tool_sep｜>"
                                    + call
                                    + "<｜tool_calls_end｜>");
            parse(false, List.of(), chunks).calls.forEach(one -> ids.add(one.id()));
        }
        assertEquals(6, ids.size(), ids.toString());
    }

    private static void assertArguments(String expected, String body) {
        Parsed parsed = parse(false, List.of(), List.of(BLOCK + body));
        assertEquals(1, parsed.calls.size(), body);
        assertEquals("f", parsed.calls.getFirst().name());
        assertTrue(parsed.calls.getFirst().id().matches("call_[0-9a-f]{24}"));
        assertEquals(expected, parsed.calls.getFirst().arguments().toString());
    }

    @Test
    void argumentsBecomeTheFirstDeclaredTypeThatFits() {
        JsonObject schema =
                JsonParser.parseString(
                                """
                                {"properties": {
                                  "either": {"type": ["integer", "string"]},
                                  "union": {"anyOf": [{"type": "number"}, {"type": "null"}]},
                                  "deep": {"type": "array"},
                                  "odd": {"type": "tuple"},
                                  "text": {"type": ["string", "null"]},
                                  "broken": 7}}
                                """)
                        .getAsJsonObject();
        ArgumentTypes types = new ArgumentTypes(schema);
        assertEquals("7", types.typed("either", "7").toString());
        assertEquals("\"x\"", types.typed("either", "x").toString());
        assertEquals("null", types.typed("union", "null").toString());
        assertEquals("0.5", types.typed("union", ".5").toString());
        assertEquals("\"1e999\"", types.typed("union", "1e999").toString());
        assertEquals("\"NaN\"", types.typed("union", "NaN").toString());
        assertEquals("\"null\"", types.typed("text", "null").toString());
        assertEquals("\"1\"", types.typed("odd", "1").toString());
        assertEquals("\"1\"", types.typed("broken", "1").toString());
        assertEquals("\"[1,]\"", types.typed("deep", "[1,]").toString());
        assertEquals("\"['a']\"", types.typed("deep", "['a']").toString());
        String deep = "[".repeat(100_000);
        assertEquals(deep, types.typed("deep", deep).getAsString());
        String digits = "9".repeat(1_000_000);
        assertEquals(digits, types.typed("either", digits).getAsString());
    }

    @Test
    void aSoupOfMarksLosesNothingAndNeverDependsOnTheCuts() {
        for (int seed = 0; seed < 400; seed++) {
            Random random = new Random(seed);
            String text = soup(random);
            boolean inThought = random.nextBoolean();
            Parsed whole = parse(inThought, List.of(), List.of(text)).numbered();
            Parsed parts = parse(inThought, List.of(), cut(text, random)).numbered();
            assertEquals(whole, parts, "seed " + seed);
            assertEquals(
                    withoutMarksAndBlock(text, inThought),
                    whole.reasoning + whole.content,
                    "seed " + seed);
        }
    }

    private static String soup(Random random) {
        StringBuilder soup = new StringBuilder();
        for (int i = random.nextInt(40); i > 0; i--) {
            String mark = MARKS.get(random.nextInt(MARKS.size()));
            switch (random.nextInt(4)) {
                case 0 -> soup.append(mark, 0, random.nextInt(mark.length()));
                case 1 -> soup.append((char) ('a' + random.nextInt(26)));
                case 2 -> soup.append(" ");
                default -> soup.append(mark);
            }
        }
        return soup.toString();
    }

    /** The grammar of the text outside of the tool block once more, on the whole text at once. */
    private static String withoutMarksAndBlock(String text, boolean inThought) {
        String rest = text;
        boolean thought = inThought;
        String bare = rest.stripLeading();
        if (bare.startsWith("<think>")) {
            thought = true;
            rest =
                    rest.substring(0, rest.length() - bare.length())
                            + bare.substring("<think>".length());
        }
        int block = rest.indexOf("<｜tool_calls_begin｜>");
        int end = thought ? rest.indexOf("</think>") : -1;
        if (end >= 0 && (block < 0 || end < block)) {
            rest = rest.substring(0, end) + rest.substring(end + "</think>".length());
            block = rest.indexOf("<｜tool_calls_begin｜>", end);
        }
        if (block < 0) {
            return rest;
        }
        int blockEnd = rest.indexOf("<｜tool_calls_end｜>", block);
        String after = blockEnd < 0 ? "" : rest.substring(blockEnd + "<｜tool_calls_end｜>".length());
        return rest.substring(0, block) + after;
    }

    @Test
    void timeIsLinearAndACallHasALimit() {
        String megabyte = "<steptml:parameter name=\"p\"><｜tool_call_en".repeat(25_000);
        assertTimeout(
                Duration.ofSeconds(10),
                () -> {
                    OutputParser parser = new OutputParser(false, List.of());
                    parser.feed(BLOCK + "<steptml:invoke name=\"f\">");
                    for (int i = 0; i < megabyte.length(); i++) {
                        parser.feed(megabyte.substring(i, i + 1));
                    }
                    assertEquals(1, parser.feed(BLOCK_END).size());
                    parse(true, List.of(), List.of("<".repeat(1 << 20)));
                    parse(true, List.of(), List.of(" ".repeat(1 << 20).split("")));
                    parse(
                            false,
                            List.of(),
                            List.of(BLOCK + "<steptml:invoke name=\"".repeat(50_000)));
                    parse(
                            false,
                            List.of(),
                            List.of(
                                    BLOCK
                                            + "<steptml:invoke name=\"f\">"
                                            + "<steptml:parameter name=\"p\"></steptml:invoke>x</steptml:parameter>"
                                                    .repeat(15_000)
                                            + BLOCK_END));
                });
        String tooLong = "x".repeat(OutputParser.MAX_CALL_CHARS);
        String good = "<steptml:invoke name=\"g\"></steptml:invoke>" + BLOCK_END;
        Parsed parsed =
                parse(
                        false,
                        List.of(),
                        List.of(
                                BLOCK + "<steptml:invoke name=\"f\">" + tooLong,
                                "<｜tool_call_end｜><｜tool_call_begin｜>function<｜tool_sep｜>" + good));
        assertEquals(List.of("g"), parsed.calls.stream().map(ToolCall::name).toList());
    }
}
