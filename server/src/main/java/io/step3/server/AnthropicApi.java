package io.step3.server;

import com.google.gson.JsonObject;
import io.step3.chat.AnthropicJson;
import io.step3.chat.AnthropicStreamWriter;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.PictureUrls;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Anthropic's messages.
 *
 * @param counts whether requests are only to be counted
 */
record AnthropicApi(boolean counts) implements Api {

    @Override
    public String name() {
        return "anthropic";
    }

    @Override
    public Asked read(String json, PictureUrls pictures) {
        return new Message(
                counts
                        ? AnthropicJson.readCounted(json, pictures)
                        : AnthropicJson.readRequest(json, pictures));
    }

    @Override
    public JsonObject error(Refusal refusal, String requestId) {
        JsonObject error = new JsonObject();
        error.addProperty("type", refusal.kind().type);
        error.addProperty("message", refusal.message());
        JsonObject body = new JsonObject();
        body.addProperty("type", "error");
        body.add("error", error);
        body.addProperty("request_id", requestId);
        return body;
    }

    private record Message(AnthropicJson.Request request) implements Asked {

        @Override
        public ChatRequest chat() {
            return request.chat();
        }

        @Override
        public boolean isStreamed() {
            return request.stream();
        }

        @Override
        public JsonObject whole(ChatResponse response, String model, Instant now) {
            return AnthropicJson.response(response, request.thinking(), Ids.of("msg_"), model);
        }

        @Override
        public Events events(ChatModel model, Instant now) {
            return new Named(
                    new AnthropicStreamWriter(Ids.of("msg_"), model.name(), request.thinking()),
                    model.promptTokens(request.chat()).orElse(0));
        }
    }

    private record Named(AnthropicStreamWriter writer, int promptTokens) implements Events {

        @Override
        public String begin() {
            return text(List.of(writer.begin(promptTokens)));
        }

        @Override
        public String of(ChatChunk chunk) {
            return text(writer.write(chunk));
        }

        @Override
        public String heartbeat() {
            return "event: ping\ndata: {\"type\":\"ping\"}\n\n";
        }

        @Override
        public String failure(JsonObject error) {
            return text(List.of(error));
        }

        /** Clients go by the event's name, which is the type in its data. */
        private static String text(List<JsonObject> events) {
            return events.stream()
                    .map(
                            event ->
                                    "event: "
                                            + event.get("type").getAsString()
                                            + "\ndata: "
                                            + event
                                            + "\n\n")
                    .collect(Collectors.joining());
        }
    }
}
