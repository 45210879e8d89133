package io.step3.remote;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A server on a bare socket that answers by a script, byte for byte, and so can also break off,
 * fall silent and notice that its client has left. It lists one model, {@code step3}.
 */
final class ScriptedServer implements AutoCloseable {

    static final String KEY = "sk-very-secret-123";

    /** A request as it came. */
    record Request(String line, Map<String, String> headers, String body) {}

    /** What happens to one request. */
    @FunctionalInterface
    interface Script {
        void answer(Wire wire) throws IOException;
    }

    /** The way back to the client, in chunks. */
    static final class Wire {

        private final Socket socket;
        private final OutputStream out;

        Wire(Socket socket) throws IOException {
            this.socket = socket;
            this.out = socket.getOutputStream();
        }

        Wire head(int status, String type, String... more) throws IOException {
            String head =
                    "HTTP/1.1 %d Scripted\r\ncontent-type: %s\r\ntransfer-encoding: chunked\r\nconnection: close\r\n%s\r\n"
                            .formatted(
                                    status,
                                    type,
                                    String.join(
                                            "",
                                            List.of(more).stream().map(h -> h + "\r\n").toList()));
            out.write(head.getBytes(StandardCharsets.UTF_8));
            out.flush();
            return this;
        }

        Wire stream() throws IOException {
            return head(200, "text/event-stream; charset=utf-8");
        }

        Wire bytes(byte[] bytes) throws IOException {
            out.write("%x\r\n".formatted(bytes.length).getBytes(StandardCharsets.UTF_8));
            out.write(bytes);
            out.write("\r\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
            return this;
        }

        Wire text(String text) throws IOException {
            return bytes(text.getBytes(StandardCharsets.UTF_8));
        }

        Wire data(String... data) throws IOException {
            for (String one : data) {
                text("data: " + one + "\n\n");
            }
            return this;
        }

        /** A delta with one field. */
        Wire delta(String field, String text) throws IOException {
            return data(
                    "{\"choices\":[{\"index\":0,\"delta\":{\"%s\":\"%s\"},\"finish_reason\":null}]}"
                            .formatted(field, text));
        }

        Wire finish(String reason) throws IOException {
            return data(
                    "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"%s\"}]}"
                            .formatted(reason));
        }

        /** The whole body has been sent. */
        void end() throws IOException {
            out.write("0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        void done() throws IOException {
            data("[DONE]").end();
        }

        /** Waits until the client has closed the connection; fails after so long. */
        void awaitLeaving(int millis) throws IOException {
            socket.setSoTimeout(millis);
            try {
                if (socket.getInputStream().read() >= 0) {
                    throw new IOException("the client sent more");
                }
            } catch (SocketException e) {
                // Reset: it has left.
            }
        }
    }

    private final ServerSocket listening;
    private final String models;
    private final Queue<Script> scripts = new ArrayDeque<>();
    final List<Request> requests = new CopyOnWriteArrayList<>();
    final List<Throwable> failures = new CopyOnWriteArrayList<>();

    ScriptedServer(Script... scripts) throws IOException {
        this("{\"object\":\"list\",\"data\":[{\"id\":\"step3\",\"max_model_len\":4096}]}", scripts);
    }

    ScriptedServer(String models, Script... scripts) throws IOException {
        this.models = models;
        this.scripts.addAll(List.of(scripts));
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::listen);
    }

    private void listen() {
        while (!listening.isClosed()) {
            try {
                Socket socket = listening.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            Request request = read(new BufferedInputStream(socket.getInputStream()));
            if (request == null) {
                return;
            }
            var wire = new Wire(socket);
            if (request.line.contains("/models")) {
                wire.head(200, "application/json").text(models).end();
                return;
            }
            requests.add(request);
            Script script;
            synchronized (scripts) {
                script = scripts.remove();
            }
            script.answer(wire);
        } catch (IOException | RuntimeException e) {
            failures.add(e);
        }
    }

    private static Request read(InputStream in) throws IOException {
        String first = line(in);
        if (first.isEmpty()) {
            return null;
        }
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
        return new Request(
                first, headers, new String(in.readNBytes(length), StandardCharsets.UTF_8));
    }

    private static String line(InputStream in) throws IOException {
        var line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    String address() {
        return "openai://127.0.0.1:%d/v1".formatted(listening.getLocalPort());
    }

    @Override
    public void close() throws IOException {
        listening.close();
    }
}
