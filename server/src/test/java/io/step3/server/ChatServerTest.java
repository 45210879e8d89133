package io.step3.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the server answers, in both APIs, streamed and whole. */
class ChatServerTest extends ServerTestBase {

    private static List<JsonObject> events(String stream) {
        return Arrays.stream(stream.split("\n\n"))
                .map(event -> event.substring(event.indexOf("data: ") + 6))
                .filter(data -> !data.equals("[DONE]"))
                .map(ServerTestBase::json)
                .toList();
    }

    private static String answer(String completion) {
        return json(completion)
                .getAsJsonArray("choices")
                .get(0)
                .getAsJsonObject()
                .getAsJsonObject("message")
                .get("content")
                .getAsString();
    }

    @Test
    void aCompletionIsAnsweredWholeAndStreamedAlike() throws Exception {
        ChatServer server = start();
        HttpResponse<String> whole = post(server, CHAT, asking("\"temperature\": 0,"));
        assertStatus(200, whole);
        assertEquals("3 + 4 = 7.", answer(whole.body()));

        HttpResponse<String> stream =
                post(server, CHAT, asking("\"temperature\": 0, \"stream\": true,"));
        assertTrue(
                stream.headers().firstValue("content-type").get().startsWith("text/event-stream"));
        assertEquals("no", stream.headers().firstValue("x-accel-buffering").get());
        assertTrue(stream.body().endsWith("data: [DONE]\n\n"));
        List<JsonObject> events = events(stream.body());
        assertTrue(events.stream().noneMatch(event -> event.has("usage")));
        var said = new StringBuilder();
        for (JsonObject event : events) {
            JsonObject choice = event.getAsJsonArray("choices").get(0).getAsJsonObject();
            JsonObject delta = choice.getAsJsonObject("delta");
            said.append(delta.has("content") ? delta.get("content").getAsString() : "");
        }
        assertEquals("3 + 4 = 7.", said.toString().strip());
        JsonObject first = events.getFirst().getAsJsonArray("choices").get(0).getAsJsonObject();
        assertEquals("assistant", first.getAsJsonObject("delta").get("role").getAsString());
    }

    @Test
    void usageComesLastOfAllAndOnlyWhereItIsWanted() throws Exception {
        String body =
                post(
                                start(),
                                CHAT,
                                asking(
                                        "\"stream\": true, \"stream_options\":"
                                                + " {\"include_usage\": true},"))
                        .body();
        List<JsonObject> events = events(body);
        JsonObject last = events.getLast();
        assertEquals(new JsonArray(), last.getAsJsonArray("choices"));
        assertTrue(last.getAsJsonObject("usage").get("completion_tokens").getAsInt() > 0);
        assertEquals(1, events.stream().filter(event -> event.has("usage")).count());
    }

    @Test
    void aMessageHasItsThoughtOnlyOnDemand() throws Exception {
        ChatServer server = start();
        String plain = asking("\"max_tokens\": 200, \"temperature\": 0,");
        JsonArray blocks =
                json(post(server, "/v1/messages", plain).body()).getAsJsonArray("content");
        assertEquals(1, blocks.size());
        assertEquals("3 + 4 = 7.", blocks.get(0).getAsJsonObject().get("text").getAsString());

        String shown =
                asking(
                        "\"max_tokens\": 200, \"temperature\": 0, \"thinking\": {\"type\":"
                                + " \"adaptive\"},");
        JsonObject thought = json(post(server, "/v1/messages", shown).body());
        assertEquals(
                "thinking",
                thought.getAsJsonArray("content")
                        .get(0)
                        .getAsJsonObject()
                        .get("type")
                        .getAsString());
        JsonObject usage = thought.getAsJsonObject("usage");
        int cached = usage.get("cache_read_input_tokens").getAsInt();
        String counted = post(server, "/v1/messages/count_tokens", asking("")).body();
        assertTrue(cached > 0, counted);
        assertEquals(
                json(counted).get("input_tokens").getAsInt(),
                usage.get("input_tokens").getAsInt() + cached);
    }

    @Test
    void theEventsOfAMessageAreNamedAndInOrder() throws Exception {
        String body =
                post(
                                start(),
                                "/v1/messages",
                                asking(
                                        "\"max_tokens\": 200, \"temperature\": 0, \"stream\": true,"
                                                + " \"thinking\": {\"type\": \"adaptive\"},"))
                        .body();
        List<String> names = new ArrayList<>();
        for (String event : body.split("\n\n")) {
            String name = event.substring("event: ".length(), event.indexOf('\n'));
            assertEquals(name, events(event).getFirst().get("type").getAsString());
            if (names.isEmpty() || !names.getLast().equals(name)) {
                names.add(name);
            }
        }
        assertEquals(
                List.of(
                        "message_start",
                        "content_block_start",
                        "content_block_delta",
                        "content_block_stop",
                        "content_block_start",
                        "content_block_delta",
                        "content_block_stop",
                        "message_delta",
                        "message_stop"),
                names);
    }

    @Test
    void modelsHealthMetricsAndPageAreThere() throws Exception {
        ChatServer server = start();
        JsonObject models = json(get(server, "/v1/models?limit=5").body());
        JsonObject entry = models.getAsJsonArray("data").get(0).getAsJsonObject();
        assertEquals(model.name(), entry.get("id").getAsString());
        assertEquals(model.contextLength().getAsInt(), entry.get("max_model_len").getAsInt());
        assertStatus(200, get(server, "/v1/models/" + model.name() + "/"));
        assertStatus(404, get(server, "/v1/models/other"));
        assertEquals("ok", json(get(server, "/health").body()).get("status").getAsString());
        post(server, CHAT, asking("\"max_tokens\": 3,"));
        await("counted", () -> log.stream().anyMatch(line -> line.contains(CHAT)));
        String metrics = get(server, "/metrics").body();
        assertTrue(metrics.contains("step3_generated_tokens_total 3.0"), metrics);
        assertTrue(
                metrics.contains("step3_requests_total{api=\"openai\",code=\"200\"} 1.0"), metrics);
        HttpResponse<String> page = get(server, "/");
        String policy = page.headers().firstValue("content-security-policy").get();
        assertTrue(policy.startsWith("default-src 'none'"), policy);
        assertTrue(page.body().contains("<title>Step3</title>"));
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/completions, 404, /v1/chat/completions",
        "/v1/responses, 404, /v1/chat/completions",
        "/, 405, GET",
        "/health, 405, GET"
    })
    void whatIsNotThereIsToldInJson(String path, int status, String named) throws Exception {
        HttpResponse<String> response = post(start(), path, "{}");
        assertStatus(status, response);
        assertTrue(errorMessage(response).contains(named), response.body());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"messages\":{\"messages\":[]}} | messages",
                "{} | messages",
                "[] | ''",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\"}]}]} | messages[0].content[0]",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"n\":2} | n",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"response_format\":{\"type\":\"json_object\"}} | response_format"
            })
    void aWrongShapeIsRefusedWithItsPlace(String body, String field) throws Exception {
        HttpResponse<String> response = post(start(), CHAT, body);
        assertStatus(400, response);
        assertEquals(
                field, json(response.body()).getAsJsonObject("error").get("param").getAsString());
    }

    @ParameterizedTest
    @CsvSource({CHAT, "/v1/messages"})
    void aPromptThatDoesNotFitIsRefusedWithBothNumbers(String path) throws Exception {
        String body =
                asking("\"max_tokens\": 5, \"stream\": true,")
                        .replace(QUESTION, "one two three ".repeat(1500));
        HttpResponse<String> response = post(start(), path, body);
        assertStatus(400, response);
        assertTrue(errorMessage(response).contains("2048"), response.body());
    }

    @Test
    void bodiesThatAreNoTextOrNoJsonAreRefused() throws Exception {
        ChatServer server = start();
        assertStatus(400, post(server, CHAT, "{"));
        assertStatus(400, post(server, CHAT, ""));
        assertStatus(415, post(server, CHAT, asking(""), "content-encoding", "gzip"));
        Socket socket = connect(server);
        socket.getOutputStream()
                .write(
                        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n"
                                .getBytes());
        socket.getOutputStream().write(new byte[] {(byte) 0xFF, (byte) 0xFE});
        assertTrue(readTo(socket, "UTF-8").startsWith("HTTP/1.1 400"));
    }

    @Test
    void eightAtOnceSayWhatTheySayAlone() throws Exception {
        ChatServer server = start();
        List<String> bodies = new ArrayList<>();
        for (int i = 1; i <= 8; i++) {
            bodies.add(
                    asking("\"temperature\": 0, \"stream\": false,")
                            .replace("3 + 4", i + " + " + (2 * i)));
        }
        List<String> alone = new ArrayList<>();
        for (String body : bodies) {
            alone.add(answer(post(server, CHAT, body).body()));
        }
        try (ExecutorService clients = Executors.newFixedThreadPool(8)) {
            List<Callable<String>> asks = new ArrayList<>();
            for (String body : bodies) {
                asks.add(() -> answer(post(server, CHAT, body).body()));
            }
            List<String> together = new ArrayList<>();
            for (Future<String> each : clients.invokeAll(asks)) {
                together.add(each.get());
            }
            assertEquals(alone, together);
        }
        assertEquals("8 + 16 = 24.", alone.getLast());
        assertEquals(0, server.running());
    }

    @Test
    void aClientThatOffersHttp2IsAnswered() throws Exception {
        Socket socket = connect(start());
        String body = asking("\"max_tokens\": 2,");
        send(
                socket,
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade,"
                        + " HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAA\r\n"
                        + "Content-Length: "
                        + body.length()
                        + "\r\n\r\n"
                        + body);
        assertTrue(readTo(socket, "finish_reason").startsWith("HTTP/1.1 200"));
    }

    @Test
    void oneConnectionServesManyRequests() throws Exception {
        Socket socket = connect(start());
        for (int i = 0; i < 3; i++) {
            send(socket, postText(CHAT, asking("\"max_tokens\": 2,")));
            assertTrue(readTo(socket, "tokens_per_second").startsWith("HTTP/1.1 200"));
            readTo(socket, "}}");
        }
    }

    @Test
    void everyRequestHasALineOfTheLogAndNothingOfWhatWasSaid() throws Exception {
        ChatServer server = start();
        HttpResponse<String> response = post(server, CHAT, asking("\"max_tokens\": 3,"));
        get(server, "/secret-in-a-path?key=hidden");
        String id = response.headers().firstValue("x-request-id").get();
        assertEquals(id, response.headers().firstValue("request-id").get());
        await("logged", () -> log.size() == 2);
        assertTrue(log.stream().anyMatch(line -> line.startsWith(id + " POST " + CHAT + " 200")));
        String all = String.join("\n", log);
        assertFalse(all.contains("What") || all.contains("secret") || all.contains("hidden"), all);
        assertNotEquals("", all);
    }
}
