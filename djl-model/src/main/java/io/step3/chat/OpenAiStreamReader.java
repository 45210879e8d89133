package io.step3.chat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import io.step3.json.StrictJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code chat.completion.chunk} objects of one answer. Servers send a tool call in
 * pieces; here it comes out whole, at the end. For one thread.
 */
public final class OpenAiStreamReader {

    private static final int MAX_CALLS = 1000;

    private static final class PartialCall {
        private String id = "";
        private String name = "";
        private final StringBuilder arguments = new StringBuilder();

        /** Most send a name once, some in pieces, some all of it again with every piece. */
        void name(String piece) {
            name = piece.startsWith(name) ? piece : name.equals(piece) ? name : name + piece;
        }
    }

    /** In the order in which they began. */
    private final List<PartialCall> calls = new ArrayList<>();

    /** The call that pieces of an index belong to. */
    private final Map<Integer, PartialCall> open = new HashMap<>();

    private @Nullable FinishReason finishReason;
    private Optional<String> stopText = Optional.empty();
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
                                    .map(OpenAiJson::readText)
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
        stopText = stopText.or(() -> OpenAiJson.readStopText(choice));
    }

    private void readCall(JsonPath piece) {
        int index = piece.get("index").map(JsonPath::integer).orElse(0);
        String id = piece.get("id").map(JsonPath::string).orElse("");
        PartialCall call = open.get(index);
        // Some proxies number all calls 0: an id of its own is a call of its own.
        if (call == null || !id.isEmpty() && !call.id.isEmpty() && !id.equals(call.id)) {
            call = new PartialCall();
            open.put(index, call);
            calls.add(call);
        }
        call.id = id.isEmpty() ? call.id : id;
        if (piece.get("function").isPresent()) {
            JsonPath function = piece.get("function").get();
            call.name(function.get("name").map(JsonPath::string).orElse(""));
            function.get("arguments")
                    .map(sent -> sent.isString() ? sent.string() : sent.object().toString())
                    .ifPresent(call.arguments::append);
        }
        long chars =
                calls.stream().mapToLong(one -> one.name.length() + one.arguments.length()).sum();
        if (calls.size() > MAX_CALLS || chars > OutputParser.MAX_CALL_CHARS) {
            throw new IllegalArgumentException("The server's tool calls are too large.");
        }
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
        for (PartialCall call : calls) {
            JsonObject arguments = arguments(call.arguments.toString());
            // A call that a limit or a filter cut short is none; the words before it are kept.
            if (!call.name.isEmpty() && arguments != null) {
                chunks.add(ChatChunk.toolCall(new ToolCall(call.id, call.name, arguments)));
            }
        }
        Timings known = timings.equals(Timings.NONE) ? measured : timings;
        chunks.add(ChatChunk.done(new ChatChunk.End(finishReason, stopText, usage, known)));
        return chunks;
    }

    /** Arguments as an object, without any where nothing is said, or null where they are none. */
    static @Nullable JsonObject arguments(String text) {
        try {
            return text.isBlank() ? new JsonObject() : StrictJson.object(text);
        } catch (JsonParseException e) {
            return null;
        }
    }
}
