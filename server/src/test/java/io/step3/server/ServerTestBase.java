package io.step3.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.step3.checkpoint.BundledCheckpoint;
import io.step3.generate.Step3;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;

/** Step3-Tiny behind a server, and clients that speak HTTP by hand. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
abstract class ServerTestBase {

    static final String CHAT = "/v1/chat/completions";
    static final String QUESTION = "What is 3 + 4?";

    static Step3 model;

    final List<String> log = new CopyOnWriteArrayList<>();
    private final List<ChatServer> servers = new ArrayList<>();
    private final List<Socket> sockets = new ArrayList<>();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @BeforeAll
    static void load() {
        model =
                Step3.load(
                        BundledCheckpoint.NAME,
                        BundledCheckpoint.folder().orElseThrow(),
                        ModelOptions.DEFAULT,
                        LoadProgress.NONE);
    }

    @AfterAll
    static void unload() {
        model.close();
    }

    @AfterEach
    void stopAll() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        servers.forEach(ChatServer::close);
        client.close();
    }

    static ServerOptions options() {
        return ServerOptions.DEFAULT.at(InetAddress.getLoopbackAddress(), 0);
    }

    static Limits limits() {
        return new Limits(
                256,
                16 << 10,
                4 << 10,
                Duration.ofSeconds(30),
                Duration.ofSeconds(75),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30));
    }

    ChatServer start(ServerOptions options, Limits limits) throws IOException {
        ChatServer server = ChatServer.start(model, options, limits, log::add);
        servers.add(server);
        return server;
    }

    ChatServer start() throws IOException {
        return start(options(), limits());
    }

    /** A chat completion with more fields, each with its comma. */
    static String asking(String fields) {
        return """
               {"model": "any", %s "messages": [{"role": "user", "content": "%s"}]}"""
                .formatted(fields, QUESTION);
    }

    /** An answer that takes seconds. */
    static String asksForLong(boolean streamed) {
        return asking(
                "\"stream\": %s, \"ignore_eos\": true, \"max_tokens\": 1900,".formatted(streamed));
    }

    HttpResponse<String> post(ChatServer server, String path, String body, String... headers)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(server.url() + path))
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(ChatServer server, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.url() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    static JsonObject json(String text) {
        return JsonParser.parseString(text).getAsJsonObject();
    }

    static String errorMessage(HttpResponse<String> response) {
        return json(response.body()).getAsJsonObject("error").get("message").getAsString();
    }

    /** A connection of which every byte is the test's own. */
    Socket connect(ChatServer server) throws IOException {
        Socket socket = new Socket(server.address().getAddress(), server.address().getPort());
        socket.setSoTimeout(60_000);
        sockets.add(socket);
        return socket;
    }

    static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }

    static String postText(String path, String body) {
        return "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(path, body.getBytes(StandardCharsets.UTF_8).length, body);
    }

    /** All that comes until the server closes. */
    static String readAll(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** What comes up to and with a text. */
    static String readTo(Socket socket, String end) throws IOException {
        var read = new ByteArrayOutputStream();
        byte[] wanted = end.getBytes(StandardCharsets.UTF_8);
        byte[] last = new byte[wanted.length];
        InputStream in = socket.getInputStream();
        while (!Arrays.equals(last, wanted)) {
            int next = in.read();
            assertTrue(next >= 0, () -> "closed after: " + read);
            read.write(next);
            System.arraycopy(last, 1, last, 0, last.length - 1);
            last[last.length - 1] = (byte) next;
        }
        return read.toString(StandardCharsets.UTF_8);
    }

    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, what);
            Thread.sleep(2);
        }
    }

    static void assertStatus(int status, HttpResponse<String> response) {
        assertEquals(status, response.statusCode(), response.body());
    }
}
