package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.step3.checkpoint.BundledCheckpoint;
import io.step3.generate.Step3;
import io.step3.server.ChatServer;
import io.step3.server.ServerOptions;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server's page in a real browser without a window, where there is one. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ServedPageTest {

    private static final Path PICTURE = Golden.ROOT.resolve("../../examples/images/shapes.png");

    private static final String ASK =
            """
            (async () => {
                const at = id => document.getElementById(id);
                const until = async (what, done) => {
                    for (let i = 0; i < 600 && !done(); i++) {
                        await new Promise(next => setTimeout(next, 100));
                    }
                    if (!done()) {
                        throw new Error('waited in vain for ' + what);
                    }
                };
                const violations = [];
                document.addEventListener('securitypolicyviolation',
                    e => violations.push(e.violatedDirective));
                await until('the model', () => at('state').textContent.includes('tokens'));
                const bytes = Uint8Array.from(atob('PICTURE'), c => c.charCodeAt(0));
                const chosen = new DataTransfer();
                chosen.items.add(new File([bytes], 'shapes.png', { type: 'image/png' }));
                at('picture').files = chosen.files;
                at('picture').dispatchEvent(new Event('change'));
                await until('the picture', () => at('shown').naturalWidth > 0);
                at('question').value = 'How many red circles are there?';
                at('form').requestSubmit();
                await until('the answer', () => at('stop').disabled && at('answer').textContent);
                const answer = at('answer').textContent;
                const question = '<img src=x onerror="document.title=1"> ';
                at('question').value = question.repeat(900);
                at('form').requestSubmit();
                await until('the problem', () => at('problem').textContent);
                return JSON.stringify({
                    answer,
                    problem: at('problem').textContent,
                    elements: at('answer').children.length + at('problem').children.length,
                    title: document.title,
                    violations
                });
            })()""";

    private static Optional<String> browser() {
        return Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
                .filter(file -> Files.isExecutable(Path.of(file)))
                .findFirst();
    }

    @Test
    void onePicturesQuestionIsAnsweredOnThePage(@TempDir Path folder) throws Exception {
        Optional<String> browser = browser();
        assumeTrue(browser.isPresent(), "there is no Chromium here");
        try (Step3 model = Step3.load(BundledCheckpoint.folder().orElseThrow());
                ChatServer server =
                        ChatServer.start(
                                model,
                                ServerOptions.DEFAULT.at(InetAddress.getLoopbackAddress(), 0),
                                line -> {})) {
            Process process =
                    new ProcessBuilder(
                                    browser.get(),
                                    "--headless=new",
                                    "--no-sandbox",
                                    "--disable-gpu",
                                    "--no-first-run",
                                    "--no-proxy-server",
                                    "--user-data-dir=" + folder.resolve("profile"),
                                    "--remote-debugging-port=0",
                                    "about:blank")
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve("browser.log").toFile())
                            .start();
            try {
                JsonObject seen = ask(folder, process, server.url());
                assertTrue(seen.get("answer").getAsString().contains("red circle"), "" + seen);
                assertTrue(seen.get("problem").getAsString().contains("2048"), "" + seen);
                assertEquals(0, seen.get("elements").getAsInt());
                assertEquals("Step3", seen.get("title").getAsString());
                assertTrue(seen.getAsJsonArray("violations").isEmpty(), "" + seen);
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
        }
    }

    private static JsonObject ask(Path folder, Process process, String url) throws Exception {
        Path file = folder.resolve("profile/DevToolsActivePort");
        while (!Files.exists(file) || Files.readAllLines(file).isEmpty()) {
            assertTrue(process.isAlive(), () -> "the browser ended: see " + folder);
            Thread.sleep(50);
        }
        String debugger = "http://127.0.0.1:" + Files.readAllLines(file).getFirst();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> opened =
                    client.send(
                            HttpRequest.newBuilder(URI.create(debugger + "/json/new?" + url))
                                    .method("PUT", HttpRequest.BodyPublishers.noBody())
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            String address =
                    JsonParser.parseString(opened.body())
                            .getAsJsonObject()
                            .get("webSocketDebuggerUrl")
                            .getAsString();
            var messages = new LinkedBlockingQueue<String>();
            WebSocket socket =
                    client.newWebSocketBuilder()
                            .buildAsync(URI.create(address), new Collector(messages))
                            .join();
            try {
                return evaluate(socket, messages);
            } finally {
                socket.abort();
            }
        }
    }

    private static JsonObject evaluate(WebSocket socket, BlockingQueue<String> messages)
            throws Exception {
        String picture = Base64.getEncoder().encodeToString(Files.readAllBytes(PICTURE));
        for (int id = 1; ; id++) {
            // The page may still be loading, and take what is evaluated with it.
            JsonObject loaded = call(socket, messages, id++, "document.readyState");
            if (!"complete".equals(value(loaded))) {
                continue;
            }
            JsonObject answered = call(socket, messages, id, ASK.replace("PICTURE", picture));
            assertTrue(value(answered) != null, () -> "" + answered);
            return JsonParser.parseString(value(answered)).getAsJsonObject();
        }
    }

    private static String value(JsonObject answered) {
        JsonObject result = answered.getAsJsonObject("result");
        return result == null || !result.getAsJsonObject("result").has("value")
                ? null
                : result.getAsJsonObject("result").get("value").getAsString();
    }

    private static JsonObject call(
            WebSocket socket, BlockingQueue<String> messages, int id, String expression)
            throws InterruptedException {
        JsonObject parameters = new JsonObject();
        parameters.addProperty("expression", expression);
        parameters.addProperty("awaitPromise", true);
        parameters.addProperty("returnByValue", true);
        JsonObject call = new JsonObject();
        call.addProperty("id", id);
        call.addProperty("method", "Runtime.evaluate");
        call.add("params", parameters);
        socket.sendText(call.toString(), true).join();
        while (true) {
            String message = messages.poll(2, TimeUnit.MINUTES);
            assertTrue(message != null, "the browser says nothing");
            JsonObject json = JsonParser.parseString(message).getAsJsonObject();
            if (json.has("id") && json.get("id").getAsInt() == id) {
                return json;
            }
        }
    }

    private static final class Collector implements WebSocket.Listener {

        private final BlockingQueue<String> messages;
        private final StringBuilder text = new StringBuilder();

        Collector(BlockingQueue<String> messages) {
            this.messages = messages;
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence piece, boolean last) {
            text.append(piece);
            if (last) {
                messages.add(text.toString());
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }
    }
}
