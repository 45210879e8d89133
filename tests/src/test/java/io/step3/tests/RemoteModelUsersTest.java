package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.repository.zoo.Criteria;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.cli.Main;
import io.step3.generate.Step3;
import io.step3.server.ChatServer;
import io.step3.server.ServerOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model on a server as people meet it: on the command line and in DJL's criteria. */
class RemoteModelUsersTest {

    private static final String KEY = "sesame-open-42";

    private static Step3 model;
    private static ChatServer server;
    private static String address;
    private static Path keyFile;
    private static final List<String> LOG = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void serve(@TempDir Path folder) throws IOException {
        model = Step3.load(ScriptedCheckpoint.write(folder.resolve("scripted")));
        server =
                ChatServer.start(
                        model,
                        ServerOptions.DEFAULT.at(InetAddress.getLoopbackAddress(), 0, KEY),
                        LOG::add);
        address = "openai://127.0.0.1:" + server.address().getPort() + "/v1";
        keyFile = Files.writeString(folder.resolve("key"), KEY + "\n");
    }

    @AfterAll
    static void stop() {
        server.close();
        model.close();
    }

    private record Outcome(int code, String out, String err) {}

    private static Outcome run(String... arguments) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int code = Main.run(new ByteArrayInputStream(new byte[0]), out, err, false, arguments);
        return new Outcome(
                code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void askPrintsTheServersAnswer() {
        Outcome outcome =
                run(
                        "ask",
                        "--model",
                        address + "?model=" + model.name(),
                        "--api-key-file",
                        keyFile.toString(),
                        "--image",
                        Golden.ROOT.resolve("image/p300x200.png").toString(),
                        ChatModelTestBase.QUESTION);
        assertEquals(0, outcome.code, outcome.err);
        assertTrue(outcome.out.contains(ScriptedCheckpoint.REASONING), outcome.out);
        assertTrue(outcome.out.contains(ScriptedCheckpoint.ANSWER), outcome.out);
        assertFalse((outcome.out + outcome.err + LOG).contains(KEY), "the key shows up");
    }

    @Test
    void evalExaminesAServer() {
        Outcome outcome =
                run(
                        "eval",
                        "--examples",
                        "2",
                        "--model",
                        address,
                        "--api-key-file",
                        keyFile.toString());
        assertEquals(0, outcome.code, outcome.err);
        assertTrue(outcome.out.contains("| all | 2 |"), outcome.out);
    }

    @Test
    void whatCannotBeDoneIsRefusedInASentence() {
        String key = keyFile.toString();
        refused("openai://", "ask", "--model", "openai://", "hi");
        refused("wants a key", "ask", "--model", address, "hi");
        refused("--threads", "ask", "--model", address, "--threads", "2", "hi");
        refused(
                "no model other",
                "ask",
                "--model",
                address + "?model=other",
                "--api-key-file",
                key,
                "hi");
        refused(
                "--api-key-file",
                "ask",
                "--model",
                Golden.checkpoint("a").toString(),
                "--api-key-file",
                key,
                "hi");
        refused("on this machine", "serve", "--port", "0", "--model", address);
        refused("on this machine", "bench", "model", "--seconds", "1", "--model", address);
    }

    private static void refused(String names, String... arguments) {
        Outcome outcome = run(arguments);
        assertTrue(outcome.code != 0, "exit code");
        assertEquals(1, outcome.err.lines().count(), outcome.err);
        assertTrue(outcome.err.contains(names), outcome.err);
        assertFalse(outcome.err.contains("Exception") || outcome.err.contains(KEY), outcome.err);
    }

    @Test
    void whatCameBeforeAServerVanishedIsPrinted() throws IOException {
        HttpServer broken =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        broken.createContext(
                "/v1/models",
                exchange -> send(exchange, "application/json", "{\"data\":[{\"id\":\"m\"}]}"));
        broken.createContext(
                "/v1/chat/completions",
                exchange ->
                        send(
                                exchange,
                                "text/event-stream",
                                "data: {\"choices\":[{\"delta\":{\"content\":\"It shows a\"}}]}\n\n"));
        broken.start();
        try {
            String lost = "openai://127.0.0.1:" + broken.getAddress().getPort();
            Outcome outcome = run("ask", "--model", lost, "hi");
            assertEquals(1, outcome.code, outcome.err);
            assertEquals("It shows a", outcome.out.strip());
            assertTrue(outcome.err.contains("broke off"), outcome.err);
            assertEquals(1, outcome.err.lines().count(), outcome.err);
        } finally {
            broken.stop(0);
        }
    }

    /** Does not end the body: the connection breaks. */
    private static void send(HttpExchange exchange, String type, String text) throws IOException {
        exchange.getResponseHeaders().set("content-type", type);
        boolean whole = type.endsWith("json");
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, whole ? bytes.length : 0);
        exchange.getResponseBody().write(bytes);
        exchange.getResponseBody().flush();
        exchange.close();
    }

    private static Criteria.Builder<ChatRequest, ChatResponse> criteria() {
        return Criteria.builder()
                .setTypes(ChatRequest.class, ChatResponse.class)
                .optModelUrls(address + "?model=" + model.name());
    }

    @Test
    void criteriaConnectWithAServer() throws Exception {
        Criteria<ChatRequest, ChatResponse> wanted =
                criteria().optOption("apiKeyFile", keyFile.toString()).build();
        assertFalse(wanted.toString().contains(KEY), wanted.toString());
        ChatRequest request = ChatRequest.user(ChatModelTestBase.QUESTION);
        try (var loaded = wanted.loadModel();
                var predictor = loaded.newPredictor()) {
            assertEquals(ScriptedCheckpoint.ANSWER, predictor.predict(request).answer());
            var text = new StringBuilder();
            for (ChatChunk chunk : predictor.streamingPredict(request).getIterativeOutput()) {
                text.append(chunk.text());
            }
            assertTrue(text.toString().contains(ScriptedCheckpoint.REASONING), text.toString());
        }
    }

    @Test
    void criteriaSayWhyTheyDoNotConnect() {
        Exception unknown = assertThrows(Exception.class, () -> criteria().build().loadModel());
        assertTrue(told(unknown).contains("wants a key"), told(unknown));
        Exception shown =
                assertThrows(
                        Exception.class,
                        () -> criteria().optOption("apiKey", KEY).build().loadModel());
        assertTrue(told(shown).contains("apiKeyFile"), told(shown));
    }

    private static String told(Throwable failure) {
        var text = new StringBuilder();
        for (Throwable one = failure; one != null; one = one.getCause()) {
            text.append(one.getMessage()).append('\n');
        }
        return text.toString();
    }
}
