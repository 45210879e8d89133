package io.step3.djl;

import ai.djl.inference.streaming.ChunkedBytesSupplier;
import ai.djl.modality.Input;
import ai.djl.modality.Output;
import ai.djl.ndarray.BytesSupplier;
import ai.djl.ndarray.NDList;
import ai.djl.translate.Batchifier;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import com.google.gson.JsonObject;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatResponse;
import io.step3.chat.OpenAiJson;
import io.step3.chat.OpenAiStreamWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Iterator;
import java.util.UUID;

/**
 * What DJL Serving speaks: OpenAI's chat completion JSON in and out. With {@code "stream": true}
 * the answer is a stream of server-sent events, written by a thread of its own while DJL Serving
 * sends them; it stops when the {@link Input} is cancelled.
 */
final class ServingTranslator implements Translator<Input, Output> {

    private static final String REQUEST = "request";
    private static final String INPUT = "input";

    private final String modelName;

    ServingTranslator(String modelName) {
        this.modelName = modelName;
    }

    @Override
    public NDList processInput(TranslatorContext context, Input input) {
        BytesSupplier data = input.getData();
        if (data == null) {
            throw new IllegalArgumentException(
                    "the request is empty: send a chat completion request as JSON");
        }
        OpenAiJson.Request request = OpenAiJson.readRequest(data.getAsString());
        context.setAttachment(REQUEST, request);
        context.setAttachment(INPUT, input);
        return Step3Block.wrap(request.chat());
    }

    @Override
    public Output processOutput(TranslatorContext context, NDList list) {
        ChatResponse all = Step3Block.unwrap(list, ChatResponse.class);
        var request = (OpenAiJson.Request) context.getAttachment(REQUEST);
        ChatResponse response = request.includeReasoning() ? all : all.withoutReasoning();
        String id = "chatcmpl-" + UUID.randomUUID();
        String model = request.model().isEmpty() ? modelName : request.model();
        long now = Instant.now().getEpochSecond();
        Output output = new Output();
        if (request.stream()) {
            output.addProperty("Content-Type", "text/event-stream");
            var events = new ChunkedBytesSupplier();
            output.add(events);
            // From here on the next chunk is computed while the last one is sent.
            Input input = (Input) context.getAttachment(INPUT);
            var writer = new OpenAiStreamWriter(id, model, now);
            Thread.ofPlatform()
                    .daemon()
                    .name("step3-" + id)
                    .start(() -> write(response, writer, input, events));
        } else {
            output.addProperty("Content-Type", "application/json");
            output.add(OpenAiJson.response(response, id, model, now).toString());
        }
        return output;
    }

    private static void write(
            ChatResponse response,
            OpenAiStreamWriter writer,
            Input input,
            ChunkedBytesSupplier events) {
        try (response) {
            Iterator<ChatChunk> chunks = response.iterator();
            while (!input.isCancelled() && chunks.hasNext()) {
                events.appendContent(event(writer.write(chunks.next()).toString()), false);
            }
        } catch (RuntimeException e) {
            JsonObject error = new JsonObject();
            error.addProperty("message", e.getMessage());
            JsonObject body = new JsonObject();
            body.add("error", error);
            events.appendContent(event(body.toString()), false);
        } finally {
            events.appendContent(event("[DONE]"), true);
        }
    }

    private static byte[] event(String data) {
        return ("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Batchifier getBatchifier() {
        return null;
    }
}
