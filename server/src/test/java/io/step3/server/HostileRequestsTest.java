package io.step3.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests of those who mean no good, or do not care. */
class HostileRequestsTest extends ServerTestBase {

    private static final String KEY = "a-key-of-the-test";

    private String raw(ChatServer server, String request) throws IOException {
        Socket socket = connect(server);
        send(socket, request);
        return readTo(socket, "\r\n");
    }

    private static String head(String host, String more) {
        return "GET /v1/models HTTP/1.1\r\nHost: " + host + "\r\n" + more + "\r\n";
    }

    @Test
    void aNameThatIsNotTheServersIsRefused() throws Exception {
        ChatServer server =
                start(options().allowing(Set.of(), Set.of(), Set.of("Box.example")), limits());
        for (String good :
                List.of(
                        "localhost",
                        "LOCALHOST:1",
                        "127.0.0.1:8080",
                        "127.9.9.9",
                        "[::1]:80",
                        "box.example:7")) {
            assertTrue(raw(server, head(good, "")).contains(" 200 "), good);
        }
        for (String bad :
                List.of(
                        "evil.example",
                        "evil.example:8080",
                        "localhost.evil.example",
                        "192.168.1.5",
                        "[fe80::1]",
                        "0.0.0.0",
                        "")) {
            assertTrue(raw(server, head(bad, "")).contains(" 403 "), bad);
        }
        assertTrue(raw(server, "GET /v1/models HTTP/1.1\r\n\r\n").contains(" 400 "));
        assertTrue(raw(server, head("localhost", "Host: evil.example\r\n")).contains(" 400 "));
    }

    @Test
    void withoutTheKeyNothingButHealthIsAnswered() throws Exception {
        ChatServer server = start(options().at(InetAddress.getLoopbackAddress(), 0, KEY), limits());
        assertStatus(200, get(server, "/health"));
        assertStatus(401, get(server, "/metrics"));
        assertStatus(401, get(server, "/v1/models"));
        assertStatus(401, post(server, CHAT, asking("")));
        assertStatus(401, post(server, CHAT, asking(""), "authorization", "Bearer "));
        assertStatus(401, post(server, CHAT, asking(""), "x-api-key", KEY + "x"));
        assertStatus(200, get(server, "/v1/models", "authorization", "Bearer " + KEY));
        assertStatus(200, get(server, "/v1/models", "x-api-key", KEY));
        assertTrue(
                raw(server, head("192.168.1.5", "x-api-key: " + KEY + "\r\n")).contains(" 200 "));
        assertTrue(
                raw(server, head("evil.example", "x-api-key: " + KEY + "\r\n")).contains(" 403 "));
        String all = String.join("\n", log) + get(server, "/metrics", "x-api-key", KEY).body();
        assertFalse(all.contains(KEY));
    }

    @Test
    void anAddressThatOthersReachWantsAKey() throws Exception {
        InetAddress everywhere = InetAddress.getByName("0.0.0.0");
        var refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> ServerOptions.DEFAULT.at(everywhere, 0));
        assertTrue(refused.getMessage().contains("key"), refused.getMessage());
        ServerOptions open = ServerOptions.DEFAULT.at(everywhere, 0, KEY);
        assertFalse(open.toString().contains(KEY));
        var weak =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> ServerOptions.DEFAULT.at(everywhere, 0, "short"));
        assertFalse(weak.getMessage().contains("short"));
    }

    @Test
    void aPageOfAnotherOriginMayNotAskUnlessAllowed() throws Exception {
        ChatServer closed = start();
        String origin = "Origin: https://evil.example\r\n";
        assertTrue(raw(closed, head("localhost", origin)).contains(" 403 "));
        assertTrue(raw(closed, head("localhost", "Origin: null\r\n")).contains(" 403 "));
        assertTrue(
                raw(closed, head("localhost:5", "Origin: http://localhost:5\r\n"))
                        .contains(" 200 "));
        String preflight =
                "OPTIONS /v1/messages HTTP/1.1\r\nHost: localhost\r\n"
                        + "Access-Control-Request-Method: POST\r\n"
                        + "Access-Control-Request-Headers: X-Api-Key, anthropic-version, cookie\r\n";
        assertTrue(raw(closed, preflight + origin + "\r\n").contains(" 403 "));

        ChatServer open =
                start(
                        options().allowing(Set.of(), Set.of("https://good.example"), Set.of()),
                        limits());
        Socket socket = connect(open);
        send(socket, preflight + "Origin: https://good.example\r\n\r\n");
        String allowed = readTo(socket, "\r\n\r\n");
        assertTrue(allowed.contains(" 204 "), allowed);
        assertTrue(allowed.contains("access-control-allow-origin: https://good.example"), allowed);
        assertTrue(
                allowed.contains("access-control-allow-headers: x-api-key, anthropic-version\r\n"),
                allowed);
        assertTrue(raw(open, preflight + origin + "\r\n").contains(" 403 "));
        send(socket, head("localhost", "Origin: https://good.example\r\n"));
        assertTrue(readTo(socket, "\r\n\r\n").contains("allow-origin: https://good.example"));
    }

    @Test
    void aBodyThatIsTooLargeIsRefusedBeforeItIsRead() throws Exception {
        ChatServer server = start(options().limited(1, 1, 10_000), limits());
        Socket announced = connect(server);
        send(
                announced,
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000000\r\n\r\n");
        assertTrue(readTo(announced, "request_too_large").startsWith("HTTP/1.1 413"));
        Socket chunked = connect(server);
        send(
                chunked,
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 3; i++) {
            send(chunked, "1000\r\n" + "x".repeat(0x1000) + "\r\n");
        }
        assertTrue(readTo(chunked, "request_too_large").startsWith("HTTP/1.1 413"));
        HttpResponse<String> whole = post(server, CHAT, "x".repeat(200_000));
        assertStatus(413, whole);
        Socket asksFirst = connect(server);
        send(
                asksFirst,
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                        + "Content-Length: 20000\r\n\r\n");
        assertTrue(readTo(asksFirst, "\r\n").contains(" 413 "));
    }

    @Test
    void headersWithoutEndAreRefused() throws Exception {
        ChatServer server = start();
        var many = new StringBuilder("GET /health HTTP/1.1\r\nHost: localhost\r\n");
        for (int i = 0; i < 10_000; i++) {
            many.append("x-").append(i).append(": y\r\n");
        }
        assertTrue(raw(server, many + "\r\n").contains(" 431 "));
        assertTrue(raw(server, "GET /" + "a".repeat(9000) + " HTTP/1.1\r\n\r\n").contains(" 431 "));
        assertTrue(raw(server, "\u0016\u0003\u0001 what\r\n\r\n").contains(" 400 "));
    }

    @Test
    void whoSendsTooSlowlyIsCutOff() throws Exception {
        Limits impatient =
                new Limits(
                        3,
                        16 << 10,
                        4 << 10,
                        Duration.ofMillis(300),
                        Duration.ofMillis(300),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(1));
        ChatServer server = start(options(), impatient);
        assertEquals("", readAll(connect(server)), "silent from the beginning");
        Socket head = connect(server);
        send(head, "GET /health HTTP/1.1\r\nHost: local");
        assertEquals("", readAll(head), "stops in its headers");
        Socket body = connect(server);
        send(
                body,
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{");
        assertTrue(readAll(body).startsWith("HTTP/1.1 408"), "stops in its body");
        Socket idle = connect(server);
        send(idle, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertTrue(readAll(idle).startsWith("HTTP/1.1 200"), "closed after a while");
    }

    @Test
    void moreConnectionsThanAllowedAreTurnedAway() throws Exception {
        Limits few =
                new Limits(
                        2,
                        16 << 10,
                        4 << 10,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(1));
        ChatServer server = start(options(), few);
        for (int i = 0; i < 2; i++) {
            Socket socket = connect(server);
            send(socket, "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
            readTo(socket, "ok");
        }
        assertTrue(readTo(connect(server), "\r\n").contains(" 503 "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:%d/a.png",
                "http://localhost:%d/a.png",
                "http://[::1]:%d/a.png",
                "http://[::ffff:127.0.0.1]:%d/a.png",
                "http://2130706433:%d/a.png",
                "http://169.254.169.254/a.png",
                "http://10.0.0.1/a.png",
                "https://unknown.example/a.png",
                "file:///etc/passwd",
                "ftp://localhost/a.png"
            })
    void noPictureIsFetchedFromWhereItMayNot(String pattern) throws Exception {
        try (var target = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            List<Socket> came = new ArrayList<>();
            Thread watch =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try {
                                            came.add(target.accept());
                                        } catch (IOException e) {
                                            // closed: nobody came
                                        }
                                    });
            String url = pattern.formatted(target.getLocalPort());
            String body =
                    """
                    {"messages": [{"role": "user", "content": [
                      {"type": "image_url", "image_url": {"url": "%s"}}]}]}"""
                            .formatted(url);
            ServerOptions allowed =
                    options()
                            .allowing(
                                    Set.of(
                                            "127.0.0.1",
                                            "localhost",
                                            "[::1]",
                                            "[::ffff:127.0.0.1]",
                                            "2130706433",
                                            "169.254.169.254",
                                            "10.0.0.1"),
                                    Set.of(),
                                    Set.of());
            assertStatus(400, post(start(), CHAT, body));
            HttpResponse<String> response = post(start(allowed, limits()), CHAT, body);
            assertStatus(400, response);
            assertTrue(errorMessage(response).contains("messages[0].content[0]"), response.body());
            target.close();
            watch.join();
            assertTrue(came.isEmpty(), "nothing is sent there");
        }
    }
}
