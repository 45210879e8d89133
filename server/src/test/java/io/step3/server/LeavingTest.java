package io.step3.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that leave, wait or are too many; and a server that stops. */
class LeavingTest extends ServerTestBase {

    private static String asksFor(int tokens) {
        return asking(
                "\"stream\": true, \"ignore_eos\": true, \"max_tokens\": %d,".formatted(tokens));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoLeavesStopsTheAnswer(boolean streamed) throws Exception {
        ChatServer server = start();
        Socket client = connect(server);
        send(client, postText(CHAT, asksForLong(streamed)));
        await("running", () -> server.running() == 1);
        if (streamed) {
            readTo(client, "reasoning_content");
        }
        client.close();
        await("idle", () -> server.running() == 0);
        await("told", () -> log.stream().anyMatch(line -> line.contains(" left")));
        String line = log.getLast();
        assertFalse(line.contains(" and 1900"), line);
    }

    @Test
    void whoLeavesTheQueueIsNeverBegunAndDisturbsNobody() throws Exception {
        ChatServer server = start(options().limited(1, 4, 1 << 20), limits());
        Socket first = connect(server);
        send(first, postText(CHAT, asksFor(300)));
        await("running", () -> server.running() == 1);
        Socket second = connect(server);
        send(second, postText(CHAT, asksForLong(true)));
        await("waiting", () -> server.waiting() == 1);
        second.close();
        await("gone", () -> server.waiting() == 0);
        assertEquals(1, server.running());
        assertTrue(readTo(first, "[DONE]").contains("\"finish_reason\":\"length\""));
        await("told", () -> log.stream().anyMatch(line -> line.contains(" left")));
        assertTrue(log.stream().anyMatch(line -> line.matches(".* left, [0-9.]+ s")), "no tokens");
    }

    @Test
    void oneTooManyIsToldWhenToComeBack() throws Exception {
        ChatServer server = start(options().limited(1, 1, 1 << 20), limits());
        Socket first = connect(server);
        send(first, postText(CHAT, asksForLong(true)));
        await("running", () -> server.running() == 1);
        Socket second = connect(server);
        send(second, postText(CHAT, asksForLong(true)));
        await("waiting", () -> server.waiting() == 1);
        HttpResponse<String> third = post(server, CHAT, asking("\"stream\": true,"));
        assertStatus(429, third);
        long after = Long.parseLong(third.headers().firstValue("retry-after").get());
        assertTrue(after >= 1 && after <= 30, "" + after);
    }

    @Test
    void whoWaitsGetsSignsOfLife() throws Exception {
        Limits patient =
                new Limits(
                        256,
                        16 << 10,
                        4 << 10,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(75),
                        Duration.ofMillis(50),
                        Duration.ofSeconds(1));
        ChatServer server = start(options().limited(1, 4, 1 << 20), patient);
        Socket first = connect(server);
        send(first, postText(CHAT, asksForLong(true)));
        await("running", () -> server.running() == 1);
        Socket openAi = connect(server);
        send(openAi, postText(CHAT, asking("\"stream\": true,")));
        assertTrue(readTo(openAi, ": keep-alive").startsWith("HTTP/1.1 200"));
        Socket anthropic = connect(server);
        send(anthropic, postText("/v1/messages", asking("\"stream\": true, \"max_tokens\": 5,")));
        assertTrue(readTo(anthropic, "event: ping").startsWith("HTTP/1.1 200"));
        first.close();
        readTo(openAi, "[DONE]");
        readTo(anthropic, "message_stop");
    }

    @Test
    void aSlowReaderHoldsUpNobodyAndGetsAllOfIt() throws Exception {
        ChatServer server = start();
        Socket slow = connect(server);
        send(
                slow,
                postText(
                        CHAT,
                        asksFor(300)
                                .replace(
                                        "\"model\"",
                                        "\"logprobs\": true, \"top_logprobs\": 20, \"model\"")));
        await("written", () -> !log.isEmpty());
        assertEquals(0, server.running());
        String all = readTo(slow, "[DONE]");
        assertTrue(all.contains("\"finish_reason\":\"length\""));
    }

    @Test
    void whoTakesNothingAtAllIsCutOff() throws Exception {
        Limits impatient =
                new Limits(
                        256,
                        16 << 10,
                        4 << 10,
                        Duration.ofSeconds(30),
                        Duration.ofMillis(200),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(1));
        ChatServer server = start(options(), impatient);
        Socket deaf = new Socket();
        deaf.setReceiveBufferSize(4096); // the system would take the whole answer for it
        deaf.connect(server.address());
        String longest =
                asking(
                        "\"stream\": true, \"ignore_eos\": true, \"max_tokens\": 1900,"
                                + " \"logprobs\": true, \"top_logprobs\": 20,");
        send(deaf, postText(CHAT, longest));
        await("answered or left", () -> !log.isEmpty());
        Thread.sleep(1000);
        String read = readAll(deaf);
        assertFalse(read.contains("[DONE]"), "the connection was closed");
        deaf.close();
    }

    @Test
    void stoppingLetsAnswersEndAndTakesNoMore() throws Exception {
        ChatServer server = start(options().limited(1, 4, 1 << 20), limits());
        Socket running = connect(server);
        send(
                running,
                postText(
                        CHAT,
                        asking("\"stream\": true, \"ignore_eos\": true, \"max_tokens\": 400,")));
        await("running", () -> server.running() == 1);
        Socket waiting = connect(server);
        send(waiting, postText(CHAT, asking("")));
        await("waiting", () -> server.waiting() == 1);
        CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
        assertTrue(readTo(waiting, "overloaded_error").startsWith("HTTP/1.1 503"));
        assertTrue(readTo(running, "[DONE]").contains("\"finish_reason\":\"length\""));
        stopped.get();
    }

    @Test
    void stoppingDoesNotWaitForEver() throws Exception {
        Limits hasty =
                new Limits(
                        256,
                        16 << 10,
                        4 << 10,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(75),
                        Duration.ofSeconds(5),
                        Duration.ofMillis(50));
        ChatServer server = start(options(), hasty);
        Socket client = connect(server);
        send(client, postText(CHAT, asksForLong(true)));
        await("running", () -> server.running() == 1);
        server.close();
        assertEquals(0, server.running());
        assertFalse(readAll(client).contains("[DONE]"));
    }
}
