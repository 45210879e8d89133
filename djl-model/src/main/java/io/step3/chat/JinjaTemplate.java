package io.step3.chat;

import com.hubspot.jinjava.Jinjava;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A checkpoint's own Jinja template, rendered as Hugging Face renders it: {@code trim_blocks} and
 * {@code lstrip_blocks}, no HTML escapes, undefined variables empty, {@code raise_exception} and
 * {@code strftime_now}.
 *
 * <p>A template comes from outside and is hostile until rendered. It sees the conversation and
 * nothing else: no Java object, method or class, no file. It is stopped after {@value #MAX_SECONDS}
 * seconds, after a fixed amount of work, and beyond {@value #MAX_OUTPUT_CHARS} characters.
 *
 * <p>The template sees {@code messages} (each with {@code role}, {@code content} as text, or as a
 * list of parts of type {@code text} or {@code image} where it holds more than one text, and where
 * present {@code reasoning_content}, {@code tool_calls}, {@code tool_call_id}), {@code tools} (None
 * without tools), {@code add_generation_prompt}, {@code bos_token} and {@code eos_token}.
 */
public final class JinjaTemplate implements ChatTemplate {

    /** The largest template; real ones have some thousand characters. */
    static final int MAX_TEMPLATE_CHARS = 1 << 18;

    /** The longest prompt, far above a context of 65536 tokens. */
    static final int MAX_OUTPUT_CHARS = 1 << 22;

    private static final int MAX_SECONDS = 2;

    /**
     * Loaded beside whatever else a program does at its start, so that the first prompt is quick.
     */
    private final FutureTask<Jinjava> engine = new FutureTask<>(JinjaRenderer::engine);

    private final String name;
    private final String source;
    private final String beginOfSentence;
    private final String endOfSentence;

    /**
     * A template.
     *
     * @param name what error messages call it: its file
     * @param source Jinja, at most 262144 characters
     * @param beginOfSentence {@code bos_token}
     * @param endOfSentence {@code eos_token}
     * @throws ChatTemplateException if the template is too long
     */
    public JinjaTemplate(String name, String source, String beginOfSentence, String endOfSentence) {
        this.name = Objects.requireNonNull(name, "name");
        if (source.length() > MAX_TEMPLATE_CHARS) {
            throw new ChatTemplateException(
                    "The chat template of "
                            + name
                            + " has more than "
                            + MAX_TEMPLATE_CHARS
                            + " characters.");
        }
        this.source = source;
        this.beginOfSentence = Objects.requireNonNull(beginOfSentence, "beginOfSentence");
        this.endOfSentence = Objects.requireNonNull(endOfSentence, "endOfSentence");
        Thread.ofPlatform().daemon().name("chat template engine").start(engine);
    }

    @Override
    public String render(
            List<ChatMessage> messages, List<ToolDefinition> tools, boolean addGenerationPrompt) {
        Map<String, Object> variables = new LinkedHashMap<>();
        variables.put("messages", messages.stream().map(JinjaTemplate::value).toList());
        variables.put(
                "tools",
                tools.isEmpty() ? None.NONE : tools.stream().map(JinjaTemplate::value).toList());
        variables.put("add_generation_prompt", addGenerationPrompt);
        variables.put("bos_token", beginOfSentence);
        variables.put("eos_token", endOfSentence);
        return render(variables);
    }

    /** Renders with any variables: Map, List, String, Long, Double, Boolean and {@link None}. */
    String render(Map<String, Object> variables) {
        try {
            return render(engine.get(), variables);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ChatTemplateException(
                    "Rendering the chat template of " + name + " was interrupted.", e);
        } catch (ExecutionException e) {
            throw new ChatTemplateException(
                    "The chat template of " + name + " fails: " + reason(e.getCause()) + ".",
                    e.getCause());
        }
    }

    private String render(Jinjava loaded, Map<String, Object> variables)
            throws InterruptedException, ExecutionException {
        FutureTask<String> rendering =
                new FutureTask<>(() -> JinjaRenderer.render(loaded, source, variables));
        // A thread of its own: whatever a template does to its stack or clock stays there.
        Thread.ofPlatform().daemon().name("chat template").start(rendering);
        try {
            return rendering.get(MAX_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new ChatTemplateException(
                    "The chat template of " + name + " takes longer than " + MAX_SECONDS + " s.",
                    e);
        } finally {
            rendering.cancel(true);
        }
    }

    private static String reason(Throwable failure) {
        if (failure instanceof StackOverflowError) {
            return "it nests too deeply";
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ChatTemplateException) {
                return cause.getMessage();
            }
        }
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }

    private static Object value(ToolDefinition tool) {
        return PythonJson.value(tool.json());
    }

    private static Object value(ChatMessage message) {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("role", message.role().wireName());
        boolean onlyCalls = message.content().isEmpty() && !message.toolCalls().isEmpty();
        value.put("content", onlyCalls ? None.NONE : content(message.content()));
        if (!message.reasoning().isEmpty()) {
            value.put("reasoning_content", message.reasoning());
        }
        if (!message.toolCalls().isEmpty()) {
            List<Object> calls = new ArrayList<>();
            for (ToolCall call : message.toolCalls()) {
                Object arguments = PythonJson.value(call.arguments());
                Map<String, Object> function = new LinkedHashMap<>();
                function.put("name", call.name());
                function.put("arguments", arguments);
                Map<String, Object> one = new LinkedHashMap<>();
                one.put("id", call.id());
                one.put("type", "function");
                one.put("function", function);
                calls.add(one);
            }
            value.put("tool_calls", calls);
        }
        if (message.role() == Role.TOOL) {
            value.put("tool_call_id", message.toolCallId());
        }
        return value;
    }

    private static Object content(List<ContentPart> parts) {
        if (parts.isEmpty()) {
            return "";
        }
        if (parts.size() == 1 && parts.getFirst() instanceof ContentPart.Text words) {
            return words.text();
        }
        List<Object> content = new ArrayList<>();
        for (ContentPart part : parts) {
            Map<String, Object> value = new LinkedHashMap<>();
            switch (part) {
                case ContentPart.Text words -> {
                    value.put("type", "text");
                    value.put("text", words.text());
                }
                case ContentPart.Image image -> value.put("type", "image");
            }
            content.add(value);
        }
        return content;
    }
}
