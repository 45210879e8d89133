package io.step3.djl;

import ai.djl.modality.Input;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatResponse;
import io.step3.chat.OpenAiStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * An answer as the events of a stream, each computed when it is asked for. The last is {@code
 * [DONE]}, or one that tells an error; after a cancellation of the {@link Input} there are no more.
 * Closes the answer at its end.
 */
final class ServerSentEvents implements Iterator<byte[]> {

    private final ChatResponse response;
    private final Iterator<ChatChunk> chunks;
    private final OpenAiStreamWriter writer;
    private final Input input;
    private final Deque<byte[]> ready = new ArrayDeque<>();
    private boolean ended;

    ServerSentEvents(ChatResponse response, OpenAiStreamWriter writer, Input input) {
        this.response = response;
        this.chunks = response.iterator();
        this.writer = writer;
        this.input = input;
        add(writer.begin());
    }

    @Override
    public boolean hasNext() {
        if (input.isCancelled()) {
            ready.clear();
            end();
        }
        while (ready.isEmpty() && !ended) {
            try {
                step();
            } catch (RuntimeException e) {
                add(error(e));
                end();
            }
        }
        return !ready.isEmpty();
    }

    private void step() {
        if (chunks.hasNext()) {
            writer.write(chunks.next()).forEach(this::add);
        } else {
            ready.add(event("[DONE]"));
            end();
        }
    }

    private void end() {
        if (!ended) {
            ended = true;
            response.close();
        }
    }

    /** What went wrong after the stream had begun, as OpenAI's clients read it. */
    private static JsonObject error(RuntimeException failure) {
        boolean asked = failure instanceof IllegalArgumentException;
        JsonObject error = new JsonObject();
        error.addProperty("message", failure.getMessage());
        error.addProperty("type", asked ? "invalid_request_error" : "server_error");
        error.add("param", JsonNull.INSTANCE);
        error.add("code", JsonNull.INSTANCE);
        JsonObject body = new JsonObject();
        body.add("error", error);
        return body;
    }

    private void add(JsonElement data) {
        ready.add(event(data.toString()));
    }

    private static byte[] event(String data) {
        return ("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the answer has ended");
        }
        return ready.poll();
    }
}
