package io.step3.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.step3.chat.Ability;
import io.step3.chat.Cancellation;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatMessage;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatStream;
import io.step3.chat.ContextOverflowException;
import io.step3.chat.FinishReason;
import io.step3.chat.ImageSource;
import io.step3.chat.ModelClosedException;
import io.step3.chat.SamplingOptions;
import io.step3.chat.ToolDefinition;
import io.step3.remote.ScriptedServer.Script;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What servers in use send, right and wrong, from a scripted one. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class RemoteModelTest {

    /** What a stream gave: texts with their kinds, and how it ended. */
    private record Heard(String text, List<ChatChunk> chunks, RuntimeException failure) {

        FinishReason reason() {
            return chunks.getLast().end().finishReason();
        }
    }

    private static RemoteModel open(ScriptedServer server, String options) {
        return RemoteModel.open(
                RemoteAddress.parse(server.address() + options),
                Optional.of(ApiKey.of(ScriptedServer.KEY)));
    }

    private static Heard hear(ChatStream stream) {
        List<ChatChunk> chunks = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        ChatChunk.Type last = null;
        try (stream) {
            while (stream.hasNext()) {
                ChatChunk chunk = stream.next();
                chunks.add(chunk);
                if (!chunk.text().isEmpty() && chunk.type() != last) {
                    last = chunk.type();
                    text.append(last == ChatChunk.Type.REASONING ? "(thinks)" : "(says)");
                }
                text.append(chunk.text());
            }
            return new Heard(text.toString(), chunks, null);
        } catch (RuntimeException e) {
            assertFalse(stream.hasNext(), "it throws once");
            return new Heard(text.toString(), chunks, e);
        }
    }

    private static Heard ask(String options, ChatRequest request, Script... scripts)
            throws IOException {
        try (var server = new ScriptedServer(scripts);
                var model = open(server, options)) {
            Heard heard = hear(model.chat(request));
            assertEquals(scripts.length, server.requests.size());
            return heard;
        }
    }

    private static Heard ask(Script... scripts) throws IOException {
        return ask("", ChatRequest.user("hi"), scripts);
    }

    private static RuntimeException refused(Script... scripts) throws IOException {
        try (var server = new ScriptedServer(scripts);
                var model = open(server, "")) {
            var failure =
                    assertThrows(RuntimeException.class, () -> model.chat(ChatRequest.user("hi")));
            requireSentence(failure);
            return failure;
        }
    }

    private static void requireSentence(RuntimeException failure) {
        String sentence = failure.getMessage();
        assertFalse(sentence.contains("\n") || sentence.contains(ScriptedServer.KEY), sentence);
        assertTrue(sentence.length() > 20 && sentence.length() < 400, sentence);
    }

    // ---- answers

    @ParameterizedTest
    @ValueSource(strings = {"reasoning_content", "reasoning"})
    void thoughtsComeInEitherField(String field) throws IOException {
        Heard heard =
                ask(
                        wire ->
                                wire.stream()
                                        .delta(field, "So, ")
                                        .delta(field, "so.")
                                        .delta("content", "Yes")
                                        .delta("content", "!")
                                        .finish("stop")
                                        .done());
        assertEquals("(thinks)So, so.(says)Yes!", heard.text);
        assertEquals(FinishReason.STOP, heard.reason());
    }

    @Test
    void thoughtsComeWithinTheTextWhereTheAddressOrAMarkSaysSo() throws IOException {
        Script unmarked =
                wire -> {
                    wire.stream();
                    for (String piece : "So.</think>Yes".split("")) {
                        wire.delta("content", piece);
                    }
                    wire.finish("stop").done();
                };
        Script marked =
                wire ->
                        wire.stream()
                                .delta("content", "<th")
                                .delta("content", "ink>So.</thi")
                                .delta("content", "nk>Yes")
                                .finish("stop")
                                .done();
        assertEquals(
                "(thinks)So.(says)Yes",
                ask("?thinking=inline", ChatRequest.user("?"), unmarked).text);
        assertEquals("(thinks)So.(says)Yes", ask(marked).text);
    }

    @Test
    void nothingIsLostWhereAThoughtComesLate() throws IOException {
        Heard heard =
                ask(
                        wire ->
                                wire.stream()
                                        .delta("content", "<")
                                        .delta("reasoning", "So.")
                                        .delta("content", "<thi")
                                        .finish("stop")
                                        .done());
        assertEquals("(says)<(thinks)So.(says)<thi", heard.text);
    }

    @Test
    void eventsAreReadHoweverTheyAreCutAndWhateverLiesBetween() throws IOException {
        String stream =
                "\uFEFF: hello\r\n\r\nevent: message\r\nid: 1\r\n"
                        + "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\r\n\r\n"
                        + ": keep-alive\n\n"
                        + "data:{\"choices\":[{\"delta\":\ndata: {\"content\":\"你好😀\"}}]}\n\n"
                        + "retry: 5\r\rdata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\",\"stop_reason\":\"END\"}]}\r\r"
                        + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}\n\n"
                        + "data: [DONE]\n\n";
        for (int size : new int[] {1, 3, 1000}) {
            Heard heard =
                    ask(
                            wire -> {
                                wire.stream();
                                byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
                                for (int at = 0; at < bytes.length; at += size) {
                                    wire.bytes(
                                            Arrays.copyOfRange(
                                                    bytes, at, Math.min(bytes.length, at + size)));
                                }
                                wire.end();
                            });
            assertEquals("(says)你好😀", heard.text);
            ChatChunk.End end = heard.chunks.getLast().end();
            assertEquals(Optional.of("END"), end.stopText());
            assertEquals(7, end.usage().promptTokens());
            assertEquals(3, end.usage().completionTokens());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"stop", "content_filter", "length", "abort"})
    void everyReasonToFinishEndsAnAnswer(String reason) throws IOException {
        Heard heard = ask(wire -> wire.stream().delta("content", "a").finish(reason).done());
        FinishReason expected =
                switch (reason) {
                    case "length" -> FinishReason.LENGTH;
                    case "abort" -> FinishReason.CANCELLED;
                    default -> FinishReason.STOP;
                };
        assertEquals(expected, heard.reason());
        assertEquals("(says)a", heard.text);
    }

    private static ChatRequest withTool(String required) {
        JsonObject schema =
                JsonParser.parseString("{\"type\":\"object\",\"required\":%s}".formatted(required))
                        .getAsJsonObject();
        return ChatRequest.builder()
                .user("?")
                .tools(new ToolDefinition("add", "Adds.", schema))
                .build();
    }

    private static String call(String id, String name, String arguments) {
        return "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"%s\",\"function\":{\"name\":\"%s\",\"arguments\":\"%s\"}}]}}]}"
                .formatted(id, name, arguments);
    }

    @Test
    void callsComeWholeEvenFromAProxyThatNumbersAllZero() throws IOException {
        Heard heard =
                ask(
                        "",
                        withTool("[]"),
                        wire ->
                                wire.stream()
                                        .data(call("a", "add", ""))
                                        .data(call("", "", "{\\\"x\\\":\\\"<"))
                                        .data(call("", "", "b>\\\"}"))
                                        .data(call("b", "add", ""))
                                        .finish("tool_calls")
                                        .done());
        List<String> calls =
                heard.chunks.stream()
                        .filter(chunk -> chunk.toolCall() != null)
                        .map(c -> c.toolCall().id() + c.toolCall().arguments().get("x"))
                        .toList();
        assertEquals(List.of("a\"<b>\"", "bnull"), calls);
        assertEquals(FinishReason.TOOL_CALLS, heard.reason());
    }

    @Test
    void aCallThatLostWhatItRequiresIsReportedAndNotGiven() throws IOException {
        Heard heard =
                ask(
                        "",
                        withTool("[\"x\"]"),
                        wire ->
                                wire.stream()
                                        .delta("content", "Wait.")
                                        .data(call("a", "add", ""))
                                        .finish("tool_calls")
                                        .done());
        assertEquals("(says)Wait.", heard.text);
        assertTrue(heard.failure.getMessage().contains("call of add"), heard.failure.toString());
        assertTrue(heard.chunks.stream().noneMatch(chunk -> chunk.toolCall() != null));
    }

    // ---- what is sent

    @Test
    void theRequestCarriesWhatServersWant() throws IOException {
        var png = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB), "png", png);
        ChatRequest request =
                ChatRequest.builder()
                        .user("See", ImageSource.of(png.toByteArray(), "dot.png"))
                        .message(ChatMessage.assistant("Hm.", "Seen.", List.of()))
                        .user("And?")
                        .sampling(SamplingOptions.builder().thinkBudget(5).build())
                        .build();
        try (var server =
                        new ScriptedServer(
                                wire -> wire.stream().delta("content", "a").finish("stop").done());
                var model = open(server, "?model=step3")) {
            assertEquals(OptionalInt.of(4096), model.contextLength());
            assertEquals("(says)a", hear(model.chat(request)).text);
            ScriptedServer.Request sent = server.requests.getFirst();
            assertEquals("POST /v1/chat/completions HTTP/1.1", sent.line());
            assertEquals("Bearer " + ScriptedServer.KEY, sent.headers().get("authorization"));
            assertFalse(sent.headers().containsKey("upgrade"), sent.headers().toString());
            JsonObject body = JsonParser.parseString(sent.body()).getAsJsonObject();
            assertEquals("step3", body.get("model").getAsString());
            assertEquals(5, body.get("thinking_token_budget").getAsInt());
            assertTrue(body.getAsJsonObject("stream_options").get("include_usage").getAsBoolean());
            assertTrue(sent.body().contains("data:image/png;base64,"));
            JsonObject turn = body.getAsJsonArray("messages").get(1).getAsJsonObject();
            assertEquals("Hm.", turn.get("reasoning").getAsString());
            assertEquals("Hm.", turn.get("reasoning_content").getAsString());
        }
    }

    @Test
    void whatTheServerSaysItCannotIsNotAskedFor() throws IOException {
        try (var server =
                        new ScriptedServer(
                                "{\"data\":[{\"id\":\"a\",\"abilities\":[\"think\",\"fly\"]}]}");
                var model = open(server, "")) {
            assertEquals(Set.of(Ability.THINK), model.abilities());
            assertEquals(OptionalInt.empty(), model.contextLength());
            var picture = ImageSource.of(new byte[] {1}, "x.png");
            var failure =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> model.chat(ChatRequest.user("?", picture)));
            assertTrue(failure.getMessage().contains("cannot see"), failure.getMessage());
            assertEquals(List.of(), server.requests);
        }
    }

    @Test
    void aModelThatIsNotThereIsNamedWithThoseThatAre() throws IOException {
        try (var server = new ScriptedServer("{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"},{}]}")) {
            for (String query : List.of("?model=c", "")) {
                var failure =
                        assertThrows(
                                IllegalArgumentException.class, () -> open(server, query).close());
                assertTrue(failure.getMessage().contains("a, b"), failure.getMessage());
            }
            open(server, "?model=b").close();
        }
    }

    // ---- errors before the answer

    @Test
    void everyShapeOfARefusalIsTurnedIntoItsMessage() throws IOException {
        List<String> shapes =
                List.of(
                        "{\"error\":{\"message\":\"bad field %s\",\"type\":\"x\",\"code\":null}}",
                        "{\"object\":\"error\",\"message\":\"bad field %s\",\"code\":400}",
                        "{\"detail\":\"bad field %s\"}",
                        "bad field\n %s.",
                        "<!DOCTYPE html><html><head><title>bad field %s</title></head>junk</html>");
        for (String shape : shapes) {
            var failure =
                    refused(
                            wire ->
                                    wire.head(400, "whatever/x")
                                            .text(shape.formatted(ScriptedServer.KEY))
                                            .end());
            assertInstanceOf(IllegalArgumentException.class, failure);
            assertTrue(failure.getMessage().endsWith("bad field ***"), failure.getMessage());
        }
        var long500 = refused(wire -> wire.head(500, "text/plain").text("x".repeat(99_999)).end());
        assertInstanceOf(RemoteModelException.class, long500);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "This model's maximum context length is 4096 tokens. However, you requested 5100 tokens (5000 in the messages, 100 in the completion).",
                "This model's maximum context length is 4096 tokens. However, your request has 5000 input tokens. Please reduce",
                "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
                "Input length (5000 tokens) exceeds the maximum allowed length (4096 tokens).",
                "The input (5000 tokens) is longer than the model's context length (4096 tokens)."
            })
    void aPromptThatIsTooLongIsToldWithBothNumbers(String said) throws IOException {
        var failure =
                refused(
                        wire ->
                                wire.head(400, "application/json")
                                        .text("{\"error\":{\"message\":\"%s\"}}".formatted(said))
                                        .end());
        var overflow = assertInstanceOf(ContextOverflowException.class, failure);
        assertEquals(5000, overflow.needed());
        assertEquals(4096, overflow.capacity());
    }

    @Test
    void aRedirectIsNotFollowed() throws IOException {
        try (var other = new ScriptedServer()) {
            String target = other.address().replace("openai", "http") + "/chat/completions";
            var failure =
                    refused(wire -> wire.head(307, "text/plain", "location: " + target).end());
            assertTrue(failure.getMessage().contains("another address"), failure.getMessage());
            assertEquals(List.of(), other.requests);
        }
    }

    @Test
    void theKeyIsNowhereToBeSeen() throws IOException {
        ApiKey key = ApiKey.of(ScriptedServer.KEY);
        assertFalse(key.toString().contains("secret"));
        var failure =
                refused(
                        wire ->
                                wire.head(401, "application/json")
                                        .text("{\"error\":\"no key " + ScriptedServer.KEY + "\"}")
                                        .end());
        assertTrue(failure.getMessage().contains("does not accept the key"), failure.getMessage());
        try (var server = new ScriptedServer();
                var model = open(server, "")) {
            assertFalse(model.toString().contains("secret"), model.toString());
        }
        assertFalse(
                assertThrows(IllegalArgumentException.class, () -> ApiKey.of("se cret"))
                        .getMessage()
                        .contains("cret"));
    }

    @Test
    void aBusyServerIsAskedAgain() throws IOException {
        Script busy =
                wire -> wire.head(429, "text/plain", "retry-after: 1").text("slow down").end();
        long begun = System.nanoTime();
        Heard heard =
                ask(busy, busy, wire -> wire.stream().delta("content", "a").finish("stop").done());
        assertEquals("(says)a", heard.text);
        assertTrue(System.nanoTime() - begun >= 2_000_000_000L, "it waits as long as it is told");
        assertTrue(
                refused(busy, busy, busy).getMessage().contains("slow down"), "but not for ever");
    }

    // ---- errors within the answer

    @Test
    void whatCameBeforeAnErrorStandsAndItIsNotAskedAgain() throws IOException {
        List<String> shapes =
                List.of(
                        "{\"error\":{\"message\":\"it burns %s\",\"code\":503}}",
                        "{\"error\":\"it burns %s\"}",
                        "{\"object\":\"error\",\"message\":\"it burns %s\",\"code\":500}");
        for (String shape : shapes) {
            Heard heard =
                    ask(
                            wire ->
                                    wire.stream()
                                            .delta("content", "a")
                                            .data(shape.formatted(ScriptedServer.KEY), "[DONE]")
                                            .end());
            assertEquals("(says)a", heard.text);
            assertTrue(
                    heard.failure.getMessage().endsWith("it burns ***"), heard.failure.toString());
        }
        Heard plain = ask(wire -> wire.stream().delta("content", "a").data("Oops").end());
        assertEquals("(says)a", plain.text);
        requireSentence(plain.failure);
    }

    @Test
    void aServerThatVanishesKeepsWhatCameAndThatIsSaid() throws IOException {
        List<Script> cuts =
                List.of(
                        wire -> wire.stream().delta("content", "a"),
                        wire -> wire.stream().delta("content", "a").end(),
                        wire -> wire.stream().delta("content", "a").text("data: {\"choi"),
                        wire ->
                                wire.stream()
                                        .delta("content", "a")
                                        .text("data: {\"choices\":[{\"delta\":{\"content\":\"")
                                        .bytes(new byte[] {(byte) 0xF0, (byte) 0x9F}),
                        wire -> wire.stream().delta("content", "a").data("[DONE]").end());
        for (Script cut : cuts) {
            Heard heard = ask(cut);
            assertEquals("(says)a", heard.text);
            assertInstanceOf(RemoteModelException.class, heard.failure);
            requireSentence(heard.failure);
            assertTrue(heard.failure.getMessage().contains("broke off"), heard.failure.toString());
        }
        Heard whole = ask(wire -> wire.stream().delta("content", "a").finish("stop"));
        assertEquals(FinishReason.STOP, whole.reason(), "only [DONE] was lost");
    }

    @Test
    void silenceEndsAnAnswer() throws IOException {
        Heard idle =
                ask(
                        "?idleSeconds=1",
                        ChatRequest.user("?"),
                        wire -> wire.stream().delta("content", "a").awaitLeaving(20_000));
        assertEquals("(says)a", idle.text);
        assertTrue(idle.failure.getMessage().contains("silent"), idle.failure.toString());
        Heard never =
                ask(
                        "?firstTokenSeconds=1",
                        ChatRequest.user("?"),
                        wire -> wire.stream().text(": keep-alive\n\n").awaitLeaving(20_000));
        assertTrue(never.failure.getMessage().contains("1 s"), never.failure.toString());
    }

    @Test
    void whatIsTooLongOrNoTextIsNotReadOn() throws IOException {
        Heard endless =
                ask(
                        wire -> {
                            wire.stream().delta("content", "a").text("data: ");
                            byte[] block = "x".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
                            for (int i = 0; i < 18; i++) {
                                wire.bytes(block);
                            }
                            wire.awaitLeaving(20_000);
                        });
        assertEquals("(says)a", endless.text);
        assertTrue(endless.failure.getMessage().contains("longer"), endless.failure.toString());
        Heard broken =
                ask(
                        wire ->
                                wire.stream()
                                        .bytes(new byte[] {'d', 'a', (byte) 0xFF, '\n', '\n'})
                                        .awaitLeaving(20_000));
        assertTrue(broken.failure.getMessage().contains("UTF-8"), broken.failure.toString());
        var json = refused(wire -> wire.head(200, "text/html").text("<html>Hi").end());
        assertTrue(json.getMessage().contains("does not stream"), json.getMessage());
    }

    // ---- ends from outside

    private static Script untilLeft(CountDownLatch waiting, CountDownLatch left, boolean answers) {
        return wire -> {
            if (answers) {
                wire.stream().delta("content", "a");
            }
            waiting.countDown();
            wire.awaitLeaving(20_000);
            left.countDown();
        };
    }

    @Test
    void theServerSeesThatNobodyListens() throws Exception {
        for (boolean answers : new boolean[] {true, false}) {
            for (String how : List.of("cancel", "close", "model")) {
                var waiting = new CountDownLatch(1);
                var left = new CountDownLatch(1);
                var cancellation = new Cancellation();
                try (var server = new ScriptedServer(untilLeft(waiting, left, answers));
                        var model = open(server, "")) {
                    var read = new CountDownLatch(1);
                    List<Object> outcome = new ArrayList<>();
                    ChatStream[] given = new ChatStream[1];
                    Thread reader =
                            Thread.ofVirtual()
                                    .start(
                                            () -> {
                                                try {
                                                    given[0] =
                                                            model.chat(
                                                                    ChatRequest.user("?"),
                                                                    cancellation);
                                                    given[0].next();
                                                    read.countDown();
                                                    outcome.add(hear(given[0]));
                                                } catch (RuntimeException e) {
                                                    outcome.add(e);
                                                }
                                            });
                    waiting.await();
                    if (answers) {
                        read.await();
                    }
                    switch (how) {
                        case "cancel" -> cancellation.cancel();
                        case "close" -> {
                            if (answers) {
                                given[0].close();
                            } else {
                                cancellation.cancel(); // there is no stream to close yet
                            }
                        }
                        default -> model.close();
                    }
                    reader.join();
                    assertTrue(left.await(20, TimeUnit.SECONDS), how + server.failures);
                    if (how.equals("model") && !answers) {
                        assertInstanceOf(ModelClosedException.class, outcome.getFirst());
                    } else if (answers && !how.equals("close")) {
                        Heard heard = assertInstanceOf(Heard.class, outcome.getFirst());
                        assertEquals(FinishReason.CANCELLED, heard.reason());
                    }
                }
            }
        }
    }

    @Test
    void aCancellationEndsTheWaitForABusyServer() throws Exception {
        var cancellation = new Cancellation();
        Script busy =
                wire -> {
                    wire.head(503, "text/plain", "retry-after: 30").end();
                    Thread.ofVirtual().start(cancellation::cancel);
                };
        try (var server = new ScriptedServer(busy);
                var model = open(server, "")) {
            Heard heard = hear(model.chat(ChatRequest.user("?"), cancellation));
            assertEquals(FinishReason.CANCELLED, heard.reason());
        }
    }

    // ---- addresses

    @ParameterizedTest
    @ValueSource(
            strings = {
                "openai://",
                "openai:host",
                "openai://host:99999",
                "openai://host:0",
                "openai://host/v1#x",
                "openai://host?thinking=loud",
                "openai://host?idleSeconds=0",
                "openai://host?model=a&model=b",
                "openai://host?colour=red",
                "openai://ho st",
                "http://host/v1"
            })
    void anAddressThatIsWrongIsRefusedInASentence(String text) {
        var failure = assertThrows(IllegalArgumentException.class, () -> RemoteAddress.parse(text));
        assertTrue(failure.getMessage().contains("openai://host"), failure.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "openai://me:hidden@host/v1",
                "openai://hidden@host",
                "openais://host?apiKey=hidden",
                "openais://host?api_key=hidden",
                "openais://host?token=hidden"
            })
    void anAddressWithAKeyIsRefusedWithoutShowingIt(String text) {
        var failure = assertThrows(IllegalArgumentException.class, () -> RemoteAddress.parse(text));
        assertTrue(failure.getMessage().contains("STEP3_API_KEY"), failure.getMessage());
        assertFalse(failure.getMessage().contains("hidden"), failure.getMessage());
    }

    @Test
    void anAddressSaysWhereItsApiLies() {
        RemoteAddress plain = RemoteAddress.parse("OpenAI://[::1]:8000");
        assertEquals("http://[::1]:8000/v1", plain.base().toString());
        RemoteAddress whole =
                RemoteAddress.parse(
                        "openais://host/some/v2/?model=org/step3%20x+y&thinking=inline&firstTokenSeconds=5&idleSeconds=6");
        assertEquals("https://host/some/v2", whole.base().toString());
        assertEquals("org/step3 x+y", whole.model());
        assertTrue(whole.inline());
        assertEquals(5, whole.firstToken().toSeconds());
        assertEquals(6, whole.idle().toSeconds());
    }

    @Test
    void aServerThatIsNotThereIsNamed() throws IOException {
        String address;
        try (var server = new ScriptedServer()) {
            address = server.address();
        }
        var failure =
                assertThrows(
                        RemoteModelException.class,
                        () -> RemoteModel.open(RemoteAddress.parse(address), Optional.empty()));
        assertTrue(failure.getMessage().contains("cannot be reached"), failure.getMessage());
    }
}
