package io.step3.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import io.step3.json.StrictJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Requests and responses in OpenAI's chat completion format, with {@code reasoning_content} and the
 * sampling fields {@code top_k}, {@code min_p} and {@code repetition_penalty} as vLLM and SGLang
 * have them, and {@code think_budget}. A {@link BegunReply} is, as in vLLM, a last message of role
 * {@code assistant} together with {@code "continue_final_message": true} and {@code
 * "add_generation_prompt": false}; while its thought goes on it has no {@code content}. Streams
 * have classes of their own: {@link OpenAiStreamWriter} and {@link OpenAiStreamReader}.
 *
 * <p>What is read comes from outside: it may have {@value #MAX_CHARS} characters and a hundred
 * levels, pictures must be {@code data:} URLs, and what is wrong is said in one sentence with its
 * place. Unknown fields are ignored; known ones that cannot be honoured are refused: see {@link
 * OpenAiOptions}.
 */
public final class OpenAiJson {

    /** The longest JSON text: several large pictures in base64. */
    static final int MAX_CHARS = 256 << 20;

    private static final int MAX_MESSAGES = 10_000;

    private OpenAiJson() {}

    /**
     * A request with what only a server needs.
     *
     * @param model the wanted model's name; may be empty
     * @param stream whether the answer shall be streamed
     * @param includeUsage whether a streamed answer shall end with its usage
     * @param includeReasoning whether the answer shall show what was thought
     * @param chat the request itself
     */
    public record Request(
            String model,
            boolean stream,
            boolean includeUsage,
            boolean includeReasoning,
            ChatRequest chat) {
        public Request {
            Objects.requireNonNull(model, "model");
            Objects.requireNonNull(chat, "chat");
        }
    }

    /**
     * Reads a request.
     *
     * @throws IllegalArgumentException if it is not valid
     */
    public static Request readRequest(String json) {
        return readRequest(json, PictureUrls.DATA_ONLY);
    }

    /**
     * Reads a request.
     *
     * @param pictures gives those that it names by URL
     * @throws IllegalArgumentException if it is not valid
     */
    public static Request readRequest(String json, PictureUrls pictures) {
        JsonPath root = parse(json);
        OpenAiOptions.refuseWhatWeCannot(root);
        List<JsonPath> items = root.require("messages").items();
        if (items.size() > MAX_MESSAGES) {
            throw new IllegalArgumentException(
                    "messages has more than " + MAX_MESSAGES + " messages.");
        }
        boolean continues = continuesLast(root);
        BegunReply begun = continues ? readBegun(items, pictures) : BegunReply.NOTHING;
        List<ChatMessage> messages =
                items.subList(0, items.size() - (continues ? 1 : 0)).stream()
                        .map(message -> readMessage(message, pictures))
                        .toList();
        boolean noTools =
                root.get("tool_choice")
                        .filter(JsonPath::isString)
                        .map(JsonPath::string)
                        .filter("none"::equals)
                        .isPresent();
        List<ToolDefinition> tools =
                root
                        .get("tools")
                        .filter(present -> !noTools)
                        .map(JsonPath::items)
                        .orElse(List.of())
                        .stream()
                        .map(OpenAiJson::readTool)
                        .toList();
        return new Request(
                root.get("model").map(JsonPath::string).orElse(""),
                root.get("stream").map(JsonPath::bool).orElse(false),
                root.get("stream_options")
                        .flatMap(options -> options.get("include_usage"))
                        .map(JsonPath::bool)
                        .orElse(false),
                OpenAiOptions.wantsReasoning(root),
                new ChatRequest(messages, tools, OpenAiOptions.sampling(root), begun));
    }

    private static boolean continuesLast(JsonPath root) {
        boolean continues = root.get("continue_final_message").map(JsonPath::bool).orElse(false);
        boolean opens = root.get("add_generation_prompt").map(JsonPath::bool).orElse(true);
        if (continues == opens) {
            throw new IllegalArgumentException(
                    continues
                            ? "continue_final_message needs add_generation_prompt to be false."
                            : "add_generation_prompt can be false only where continue_final_message is true.");
        }
        return continues;
    }

    private static BegunReply readBegun(List<JsonPath> items, PictureUrls pictures) {
        if (items.isEmpty() || !"assistant".equals(items.getLast().require("role").string())) {
            throw new IllegalArgumentException(
                    "continue_final_message needs a last message of role assistant.");
        }
        JsonPath last = items.getLast();
        ChatMessage message = readMessage(last, pictures);
        if (!message.toolCalls().isEmpty() || !message.images().isEmpty()) {
            throw new IllegalArgumentException(
                    last.path()
                            + " cannot be continued: only text can, not tool calls or pictures.");
        }
        if (last.get("content").isPresent()) {
            return BegunReply.answering(message.reasoning(), message.text());
        }
        if (message.reasoning().isEmpty()) {
            throw new IllegalArgumentException(
                    last.path()
                            + " cannot be continued: it has neither reasoning_content nor content.");
        }
        return BegunReply.thinking(message.reasoning());
    }

    private static ChatMessage readMessage(JsonPath message, PictureUrls pictures) {
        Role role = Role.ofWireName(message.require("role").string());
        List<ContentPart> content =
                message.get("content").map(parts -> readContent(parts, pictures)).orElse(List.of());
        List<ToolCall> calls =
                message.get("tool_calls").map(JsonPath::items).orElse(List.of()).stream()
                        .map(OpenAiJson::readToolCall)
                        .toList();
        String reasoning =
                message.get("reasoning_content")
                        .or(() -> message.get("reasoning"))
                        .map(JsonPath::string)
                        .orElse("");
        String callId = message.get("tool_call_id").map(JsonPath::string).orElse("");
        // A tool may have nothing to say.
        boolean maySayNothing = role == Role.ASSISTANT || role == Role.TOOL;
        if (content.isEmpty() && calls.isEmpty() && !maySayNothing) {
            throw new IllegalArgumentException(message.path() + ".content is missing.");
        }
        try {
            return new ChatMessage(role, content, reasoning, calls, callId);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(message.path() + ": " + e.getMessage(), e);
        }
    }

    private static List<ContentPart> readContent(JsonPath content, PictureUrls pictures) {
        if (!content.isArray()) {
            return List.of(new ContentPart.Text(content.string()));
        }
        return content.items().stream().map(part -> readPart(part, pictures)).toList();
    }

    private static ContentPart readPart(JsonPath part, PictureUrls pictures) {
        String type = part.require("type").string();
        return switch (type) {
            case "text" -> new ContentPart.Text(part.require("text").string());
            case "refusal" -> new ContentPart.Text(part.require("refusal").string());
            case "image_url" -> {
                JsonPath image = part.require("image_url");
                JsonPath url = image.isString() ? image : image.require("url");
                yield new ContentPart.Image(pictures.get(url.string(), url.path()));
            }
            default ->
                    throw part.refuse(
                            part.path() + ".type must be text or image_url, not '" + type + "'.");
        };
    }

    private static ToolCall readToolCall(JsonPath call) {
        JsonPath function = call.require("function");
        return new ToolCall(
                call.get("id").map(JsonPath::string).orElse(""),
                function.require("name").string(),
                function.get("arguments")
                        .map(OpenAiJson::readArguments)
                        .orElseGet(JsonObject::new));
    }

    /** Arguments are JSON in a string; an object is taken too. */
    private static JsonObject readArguments(JsonPath arguments) {
        if (!arguments.isString()) {
            return arguments.object();
        }
        String text = arguments.string();
        try {
            return new JsonPath(
                            arguments.path(),
                            text.isBlank() ? new JsonObject() : StrictJson.parse(text))
                    .object();
        } catch (JsonParseException e) {
            throw new IllegalArgumentException(arguments.path() + " is not valid JSON.", e);
        }
    }

    private static ToolDefinition readTool(JsonPath tool) {
        String type = tool.get("type").map(JsonPath::string).orElse("function");
        if (!type.equals("function")) {
            throw new IllegalArgumentException(
                    tool.path() + ".type must be function, not '" + type + "'.");
        }
        JsonPath function = tool.require("function");
        function.get("description").ifPresent(JsonPath::string);
        function.get("parameters").ifPresent(JsonPath::object);
        if (function.require("name").string().isBlank()) {
            throw new IllegalArgumentException(function.path() + ".name is empty.");
        }
        return ToolDefinition.of(tool.object());
    }

    /** Writes a request. */
    public static JsonObject request(ChatRequest request, String model, boolean stream) {
        JsonObject json = new JsonObject();
        json.addProperty("model", model);
        JsonArray messages = new JsonArray();
        request.messages().forEach(message -> messages.add(message(message)));
        json.add("messages", messages);
        if (!request.begun().equals(BegunReply.NOTHING)) {
            messages.add(begun(request.begun()));
            json.addProperty("continue_final_message", true);
            json.addProperty("add_generation_prompt", false);
        }
        if (!request.tools().isEmpty()) {
            JsonArray tools = new JsonArray();
            request.tools().forEach(tool -> tools.add(tool.json()));
            json.add("tools", tools);
        }
        addSampling(request.sampling(), json);
        if (stream) {
            json.addProperty("stream", true);
            JsonObject options = new JsonObject();
            options.addProperty("include_usage", true);
            json.add("stream_options", options);
        }
        return json;
    }

    private static JsonObject begun(BegunReply begun) {
        JsonObject json = new JsonObject();
        json.addProperty("role", Role.ASSISTANT.wireName());
        if (!begun.reasoning().isEmpty()) {
            json.addProperty("reasoning_content", begun.reasoning());
        }
        begun.answer().ifPresent(answer -> json.addProperty("content", answer));
        return json;
    }

    private static void addSampling(SamplingOptions sampling, JsonObject json) {
        addIfSet(json, "temperature", sampling.temperature());
        addIfSet(json, "top_k", sampling.topK());
        addIfSet(json, "top_p", sampling.topP());
        addIfSet(json, "min_p", sampling.minP());
        addIfSet(json, "repetition_penalty", sampling.repetitionPenalty());
        addIfSet(json, "presence_penalty", sampling.presencePenalty());
        addIfSet(json, "frequency_penalty", sampling.frequencyPenalty());
        if (!sampling.logitBias().isEmpty()) {
            JsonObject bias = new JsonObject();
            sampling.logitBias().forEach((id, by) -> bias.addProperty(id.toString(), by));
            json.add("logit_bias", bias);
        }
        addIfSet(json, "seed", sampling.seed());
        addIfSet(json, "max_tokens", sampling.maxTokens());
        addIfSet(json, "min_tokens", sampling.minTokens());
        addIfSet(json, "think_budget", sampling.thinkBudget());
        if (sampling.parallelToolCalls() != null) {
            json.addProperty("parallel_tool_calls", sampling.parallelToolCalls());
        }
        if (sampling.forcedCall() != null) {
            json.add("tool_choice", toolChoice(sampling.forcedCall()));
        }
        if (!sampling.stop().isEmpty()) {
            JsonArray stop = new JsonArray();
            sampling.stop().forEach(stop::add);
            json.add("stop", stop);
        }
        if (sampling.logprobs() != null) {
            json.addProperty("logprobs", true);
            json.addProperty("top_logprobs", sampling.logprobs());
        }
    }

    private static JsonElement toolChoice(ForcedCall forced) {
        if (forced.tool().isEmpty()) {
            return new JsonPrimitive("required");
        }
        JsonObject function = new JsonObject();
        function.addProperty("name", forced.tool().get());
        JsonObject choice = new JsonObject();
        choice.addProperty("type", "function");
        choice.add("function", function);
        return choice;
    }

    private static void addIfSet(JsonObject json, String name, @Nullable Number value) {
        if (value != null) {
            json.addProperty(name, value);
        }
    }

    private static JsonObject message(ChatMessage message) {
        JsonObject json = new JsonObject();
        json.addProperty("role", message.role().wireName());
        boolean onlyCalls = message.content().isEmpty() && !message.toolCalls().isEmpty();
        json.add("content", onlyCalls ? JsonNull.INSTANCE : content(message.content()));
        if (!message.reasoning().isEmpty()) {
            json.addProperty("reasoning_content", message.reasoning());
        }
        if (!message.toolCalls().isEmpty()) {
            json.add("tool_calls", toolCalls(message.toolCalls()));
        }
        if (!message.toolCallId().isEmpty()) {
            json.addProperty("tool_call_id", message.toolCallId());
        }
        return json;
    }

    private static JsonElement content(List<ContentPart> parts) {
        if (parts.isEmpty()) {
            return new JsonPrimitive("");
        }
        if (parts.size() == 1 && parts.getFirst() instanceof ContentPart.Text words) {
            return new JsonPrimitive(words.text());
        }
        JsonArray content = new JsonArray();
        for (ContentPart part : parts) {
            JsonObject json = new JsonObject();
            switch (part) {
                case ContentPart.Text words -> {
                    json.addProperty("type", "text");
                    json.addProperty("text", words.text());
                }
                case ContentPart.Image image -> {
                    JsonObject url = new JsonObject();
                    url.addProperty("url", image.source().toDataUrl());
                    json.addProperty("type", "image_url");
                    json.add("image_url", url);
                }
            }
            content.add(json);
        }
        return content;
    }

    private static JsonArray toolCalls(List<ToolCall> calls) {
        JsonArray json = new JsonArray();
        calls.forEach(call -> json.add(toolCall(call)));
        return json;
    }

    static JsonObject toolCall(ToolCall call) {
        JsonObject function = new JsonObject();
        function.addProperty("name", call.name());
        function.addProperty("arguments", call.arguments().toString());
        JsonObject json = new JsonObject();
        json.addProperty("id", call.id());
        json.addProperty("type", "function");
        json.add("function", function);
        return json;
    }

    /**
     * Writes a whole answer as a {@code chat.completion}.
     *
     * @param id of the answer, such as {@code chatcmpl-1}
     * @param created seconds since 1970
     */
    public static JsonObject response(
            ChatResponse response, String id, String model, long created) {
        JsonObject message = new JsonObject();
        message.addProperty("role", "assistant");
        if (!response.reasoning().isEmpty()) {
            message.addProperty("reasoning_content", response.reasoning());
        }
        message.addProperty("content", response.answer());
        if (!response.toolCalls().isEmpty()) {
            message.add("tool_calls", toolCalls(response.toolCalls()));
        }
        JsonObject choice = new JsonObject();
        choice.addProperty("index", 0);
        choice.add("message", message);
        choice.add(
                "logprobs",
                response.logprobs().isEmpty() ? JsonNull.INSTANCE : logprobs(response.logprobs()));
        choice.addProperty("finish_reason", response.finishReason().wireName());
        addStopText(response.stopText(), choice);
        JsonObject json = envelope("chat.completion", id, model, created);
        JsonArray choices = new JsonArray();
        choices.add(choice);
        json.add("choices", choices);
        json.add("usage", usage(response.usage()));
        addTimings(response.timings(), json);
        return json;
    }

    static JsonObject envelope(String object, String id, String model, long created) {
        JsonObject json = new JsonObject();
        json.addProperty("id", id);
        json.addProperty("object", object);
        json.addProperty("created", created);
        json.addProperty("model", model);
        return json;
    }

    static JsonObject usage(Usage usage) {
        JsonObject prompt = new JsonObject();
        prompt.addProperty("cached_tokens", usage.cachedTokens());
        JsonObject completion = new JsonObject();
        completion.addProperty("reasoning_tokens", usage.reasoningTokens());
        JsonObject json = new JsonObject();
        json.addProperty("prompt_tokens", usage.promptTokens());
        json.addProperty("completion_tokens", usage.completionTokens());
        json.addProperty("total_tokens", (long) usage.promptTokens() + usage.completionTokens());
        json.add("prompt_tokens_details", prompt);
        json.add("completion_tokens_details", completion);
        return json;
    }

    /** As vLLM says it; nothing where no stop text was met. */
    static void addStopText(Optional<String> stopText, JsonObject choice) {
        stopText.ifPresent(text -> choice.addProperty("stop_reason", text));
    }

    /**
     * vLLM's field, or SGLang's; a number in them is the token that ended the answer, and no text.
     */
    static Optional<String> readStopText(JsonPath choice) {
        return choice.get("stop_reason")
                .or(() -> choice.get("matched_stop"))
                .filter(JsonPath::isString)
                .map(JsonPath::string);
    }

    /** Our own addition to the format. */
    static void addTimings(Timings timings, JsonObject json) {
        if (!timings.equals(Timings.NONE)) {
            JsonObject values = new JsonObject();
            values.addProperty(
                    "time_to_first_token_ms", timings.timeToFirstToken().toNanos() / 1e6);
            values.addProperty("tokens_per_second", timings.tokensPerSecond());
            json.add("timings", values);
        }
    }

    static JsonObject logprobs(List<TokenLogprob> tokens) {
        JsonArray content = new JsonArray();
        for (TokenLogprob token : tokens) {
            JsonObject json = logprob(token);
            JsonArray alternatives = new JsonArray();
            token.alternatives().forEach(other -> alternatives.add(logprob(other)));
            json.add("top_logprobs", alternatives);
            content.add(json);
        }
        JsonObject json = new JsonObject();
        json.add("content", content);
        return json;
    }

    private static JsonObject logprob(TokenLogprob token) {
        JsonObject json = new JsonObject();
        json.addProperty("token", token.token());
        json.addProperty("logprob", token.logprob());
        JsonArray bytes = new JsonArray();
        token.bytes().forEach(bytes::add);
        json.add("bytes", bytes.isEmpty() ? JsonNull.INSTANCE : bytes);
        return json;
    }

    /**
     * Reads a {@code chat.completion}.
     *
     * @throws IllegalArgumentException if it is not valid
     */
    public static ChatResponse readResponse(String json) {
        JsonPath root = parse(json);
        JsonPath choice =
                root.require("choices").items().stream()
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("choices is empty."));
        JsonPath message = choice.require("message");
        return ChatResponse.of(
                message.get("reasoning_content")
                        .or(() -> message.get("reasoning"))
                        .map(JsonPath::string)
                        .orElse(""),
                message.get("content").map(OpenAiJson::readText).orElse(""),
                message.get("tool_calls").map(JsonPath::items).orElse(List.of()).stream()
                        .flatMap(call -> readAnsweredCall(call).stream())
                        .toList(),
                new ChatChunk.End(
                        choice.get("finish_reason")
                                .map(JsonPath::string)
                                .map(FinishReason::ofWireName)
                                .orElse(FinishReason.STOP),
                        readStopText(choice),
                        root.get("usage").map(OpenAiJson::readUsage).orElse(Usage.NONE),
                        root.get("timings").map(OpenAiJson::readTimings).orElse(Timings.NONE)),
                choice.get("logprobs").map(OpenAiJson::readLogprobs).orElse(List.of()));
    }

    /** The words of an answer: a text, or parts of it as some servers send them. */
    static String readText(JsonPath content) {
        return readContent(content, PictureUrls.DATA_ONLY).stream()
                .map(part -> part instanceof ContentPart.Text words ? words.text() : "")
                .collect(Collectors.joining());
    }

    /** A call in an answer, or nothing where it was cut short and is none. */
    private static Optional<ToolCall> readAnsweredCall(JsonPath call) {
        JsonPath function = call.require("function");
        String name = function.get("name").map(JsonPath::string).orElse("");
        Optional<JsonPath> sent = function.get("arguments");
        JsonObject arguments =
                sent.isPresent() && !sent.get().isString()
                        ? sent.get().object()
                        : OpenAiStreamReader.arguments(sent.map(JsonPath::string).orElse(""));
        return name.isEmpty() || arguments == null
                ? Optional.empty()
                : Optional.of(
                        new ToolCall(
                                call.get("id").map(JsonPath::string).orElse(""), name, arguments));
    }

    static Usage readUsage(JsonPath usage) {
        return new Usage(
                usage.get("prompt_tokens").map(JsonPath::integer).orElse(0),
                usage.get("prompt_tokens_details")
                        .flatMap(details -> details.get("cached_tokens"))
                        .map(JsonPath::integer)
                        .orElse(0),
                usage.get("completion_tokens_details")
                        .flatMap(details -> details.get("reasoning_tokens"))
                        .map(JsonPath::integer)
                        .orElse(0),
                usage.get("completion_tokens").map(JsonPath::integer).orElse(0));
    }

    static Timings readTimings(JsonPath timings) {
        double milliseconds =
                timings.get("time_to_first_token_ms").map(JsonPath::number).orElse(0.0);
        return new Timings(
                Duration.ofNanos((long) (milliseconds * 1e6)),
                timings.get("tokens_per_second").map(JsonPath::number).orElse(0.0));
    }

    static List<TokenLogprob> readLogprobs(JsonPath logprobs) {
        List<TokenLogprob> tokens = new ArrayList<>();
        for (JsonPath token :
                logprobs.get("content").map(JsonPath::items).orElse(List.<JsonPath>of())) {
            List<TokenLogprob> alternatives =
                    token.get("top_logprobs").map(JsonPath::items).orElse(List.of()).stream()
                            .map(other -> readLogprob(other, List.of()))
                            .toList();
            tokens.add(readLogprob(token, alternatives));
        }
        return tokens;
    }

    private static TokenLogprob readLogprob(JsonPath token, List<TokenLogprob> alternatives) {
        List<Integer> bytes =
                token.get("bytes").map(JsonPath::items).orElse(List.of()).stream()
                        .map(JsonPath::integer)
                        .toList();
        return new TokenLogprob(
                token.require("token").string(),
                token.require("logprob").number(),
                bytes,
                alternatives);
    }

    /** An object from outside. */
    static JsonPath parse(String json) {
        if (json.length() > MAX_CHARS) {
            throw new IllegalArgumentException(
                    "The JSON text has more than " + MAX_CHARS + " characters.");
        }
        try {
            JsonPath root = new JsonPath("", StrictJson.parse(json));
            root.object();
            return root;
        } catch (JsonParseException e) {
            throw new IllegalArgumentException(
                    "The text is not valid JSON: " + e.getMessage() + ".", e);
        }
    }
}
