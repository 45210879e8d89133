package io.step3.server;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.OpenAiJson;
import io.step3.chat.OpenAiStreamWriter;
import io.step3.chat.PictureUrls;
import java.time.Instant;
import java.util.stream.Collectors;

/** OpenAI's chat completions. */
record OpenAiApi() implements Api {

    @Override
    public String name() {
        return "openai";
    }

    @Override
    public Asked read(String json, PictureUrls pictures) {
        return new Completion(OpenAiJson.readRequest(json, pictures));
    }

    @Override
    public JsonObject error(Refusal refusal, String requestId) {
        JsonObject error = new JsonObject();
        error.addProperty("message", refusal.message());
        error.addProperty(
                "type",
                refusal.kind() == Refusal.Kind.FAULT ? "server_error" : refusal.kind().type);
        error.add("param", JsonNull.INSTANCE);
        refusal.field().ifPresent(field -> error.addProperty("param", field));
        error.add("code", JsonNull.INSTANCE);
        refusal.code().ifPresent(code -> error.addProperty("code", code));
        JsonObject body = new JsonObject();
        body.add("error", error);
        return body;
    }

    private record Completion(OpenAiJson.Request request) implements Asked {

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
            ChatResponse shown =
                    request.includeReasoning() ? response : response.withoutReasoning();
            return OpenAiJson.response(shown, newId(), model, now.getEpochSecond());
        }

        @Override
        public Events events(ChatModel model, Instant now) {
            return new Chunks(
                    new OpenAiStreamWriter(
                            newId(), model.name(), now.getEpochSecond(), request.includeUsage()),
                    request.includeReasoning());
        }

        private static String newId() {
            return Ids.of("chatcmpl-");
        }
    }

    private record Chunks(OpenAiStreamWriter writer, boolean includeReasoning) implements Events {

        @Override
        public String begin() {
            return data(writer.begin().toString());
        }

        @Override
        public String of(ChatChunk chunk) {
            if (chunk.type() == ChatChunk.Type.REASONING && !includeReasoning) {
                return "";
            }
            String events =
                    writer.write(chunk).stream()
                            .map(object -> data(object.toString()))
                            .collect(Collectors.joining());
            return chunk.end() == null ? events : events + data("[DONE]");
        }

        @Override
        public String heartbeat() {
            return ": keep-alive\n\n";
        }

        @Override
        public String failure(JsonObject error) {
            return data(error.toString());
        }

        private static String data(String json) {
            return "data: " + json + "\n\n";
        }
    }
}
