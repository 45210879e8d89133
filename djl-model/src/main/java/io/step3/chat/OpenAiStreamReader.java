package io.step3.chat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads the {@code chat.completion.chunk} objects of one answer. Servers send a tool call in
 * pieces; here it comes out whole, at the end. For one thread.
 */
public final class OpenAiStreamReader {

    private static final int MAX_CALLS = 1000;

    private static final class PartialCall {
        private String id = "";
        private final StringBuilder name = new StringBuilder();
        private final StringBuilder arguments = new StringBuilder();
    }

    private final Map<Integer, PartialCall> calls = new TreeMap<>();
    private int callChars;
    private FinishReason finishReason;
    private Usage usage = Usage.NONE;
    private Timings timings = Timings.NONE;

    /**
     * Reads one object, that is the {@code data:} of one event but {@code [DONE]}.
     *
     * @return the words in it
     * @throws IllegalArgumentException if it is not valid, or reports an error
     */
    public List<ChatChunk> read(String json) {
        JsonPath root = OpenAiJson.parse(json);
        root.get("error")
                .ifPresent(
                        error -> {
                            String message =
                                    error.isString()
                                            ? error.string()
                                            : error.get("message").map(JsonPath::string).orElse("");
                            throw new IllegalArgumentException(
                                    "The server reports an error: " + message);
                        });
        root.get("usage").ifPresent(counted -> usage = OpenAiJson.readUsage(counted));
        root.get("timings").ifPresent(measured -> timings = OpenAiJson.readTimings(measured));
        List<ChatChunk> chunks = new ArrayList<>();
        // vLLM's last chunk has usage and no choice.
        root.get("choices").map(JsonPath::items).orElse(List.of()).stream()
                .limit(1)
                .forEach(choice -> readChoice(choice, chunks));
        return chunks;
    }

    private void readChoice(JsonPath choice, List<ChatChunk> chunks) {
        List<TokenLogprob> logprobs =
                choice.get("logprobs").map(OpenAiJson::readLogprobs).orElse(List.of());
        choice.get("delta")
                .ifPresent(
                        delta -> {
                            delta.get("reasoning_content")
                                    .or(() -> delta.get("reasoning"))
                                    .map(JsonPath::string)
                                    .filter(text -> !text.isEmpty())
                                    .ifPresent(text -> chunks.add(ChatChunk.reasoning(text)));
                            delta.get("content")
                                    .map(JsonPath::string)
                                    .filter(text -> !text.isEmpty())
                                    .ifPresent(text -> chunks.add(ChatChunk.answer(text)));
                            delta.get("tool_calls")
                                    .map(JsonPath::items)
                                    .orElse(List.of())
                                    .forEach(this::readCall);
                        });
        if (!logprobs.isEmpty()) {
            // Tokens that showed no text, such as those of a tool call, still have a probability.
            ChatChunk last = chunks.isEmpty() ? ChatChunk.answer("") : chunks.removeLast();
            chunks.add(last.withLogprobs(logprobs));
        }
        choice.get("finish_reason")
                .ifPresent(reason -> finishReason = FinishReason.ofWireName(reason.string()));
    }

    private void readCall(JsonPath piece) {
        int index = piece.get("index").map(JsonPath::integer).orElse(0);
        PartialCall call = calls.computeIfAbsent(index, first -> new PartialCall());
        piece.get("id").ifPresent(id -> call.id = id.string());
        piece.get("function")
                .ifPresent(
                        function -> {
                            append(function, "name", call.name);
                            append(function, "arguments", call.arguments);
                        });
        if (calls.size() > MAX_CALLS || callChars > OutputParser.MAX_CALL_CHARS) {
            throw new IllegalArgumentException("The server's tool calls are too large.");
        }
    }

    private void append(JsonPath function, String field, StringBuilder to) {
        String text = function.get(field).map(JsonPath::string).orElse("");
        callChars += text.length();
        to.append(text);
    }

    /**
     * Ends the stream.
     *
     * @param measured how fast the answer came, used where the server did not say so itself
     * @return the tool calls and the last chunk
     * @throws IllegalArgumentException if the answer is not complete
     */
    public List<ChatChunk> finish(Timings measured) {
        if (finishReason == null) {
            throw new IllegalArgumentException(
                    "The server's stream ended in the middle of an answer.");
        }
        List<ChatChunk> chunks = new ArrayList<>();
        for (PartialCall call : calls.values()) {
            chunks.add(
                    ChatChunk.toolCall(
                            new ToolCall(call.id, call.name.toString(), arguments(call))));
        }
        Timings known = timings.equals(Timings.NONE) ? measured : timings;
        chunks.add(ChatChunk.done(finishReason, usage, known));
        return chunks;
    }

    private static JsonObject arguments(PartialCall call) {
        String text = call.arguments.isEmpty() ? "{}" : call.arguments.toString();
        try {
            return new JsonPath("The arguments of " + call.name, StrictJson.parse(text)).object();
        } catch (JsonParseException e) {
            throw new IllegalArgumentException(
                    "The server's call of " + call.name + " has no valid arguments.", e);
        }
    }
}
