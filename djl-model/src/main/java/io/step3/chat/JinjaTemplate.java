package io.step3.chat;

import io.step3.jinja.None;
import io.step3.jinja.Template;
import io.step3.jinja.TemplateException;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint's own Jinja template, rendered as Hugging Face's transformers renders it; {@link
 * io.step3.jinja} says what that is.
 *
 * <p>A template comes from outside and is hostile until rendered. It sees the conversation and
 * nothing else: no Java object, method or class, no file. It is given work and memory that grow
 * with the conversation, and is refused beyond; no clock decides.
 *
 * <p>The template sees {@code messages} (see {@link TemplateMessages}), {@code tools} and {@code
 * documents} (None without), {@code add_generation_prompt}, {@code bos_token}, {@code eos_token},
 * and which others of those tokens the checkpoint names.
 */
public final class JinjaTemplate implements ChatTemplate {

    private final String name;

    /** Null where it cannot be read. */
    private final @Nullable Template template;

    private final @Nullable TemplateException broken;
    private final Map<String, String> tokens;

    /**
     * A template. One that is no Jinja is refused when it is rendered, not before.
     *
     * @param name what error messages call it: its file
     * @param source Jinja, at most {@value Template#MAX_CHARS} UTF-16 characters
     * @param beginOfSentence {@code bos_token}
     * @param endOfSentence {@code eos_token}
     */
    public JinjaTemplate(String name, String source, String beginOfSentence, String endOfSentence) {
        this(name, source, Map.of("bos_token", beginOfSentence, "eos_token", endOfSentence));
    }

    /**
     * A template.
     *
     * @param tokens the special tokens by the names that it knows them by, as {@code bos_token}
     */
    JinjaTemplate(String name, String source, Map<String, String> tokens) {
        this.name = Objects.requireNonNull(name, "name");
        this.tokens = Map.copyOf(tokens);
        Template parsed = null;
        TemplateException failure = null;
        try {
            parsed = Template.parse(source);
        } catch (TemplateException e) {
            failure = e;
        }
        template = parsed;
        broken = failure;
    }

    @Override
    public String render(
            List<ChatMessage> messages, List<ToolDefinition> tools, boolean addGenerationPrompt) {
        Map<String, Object> variables = new LinkedHashMap<>(tokens);
        Object declared =
                tools.isEmpty()
                        ? None.NONE
                        : tools.stream().map(tool -> PythonJson.value(tool.json())).toList();
        variables.put("tools", declared);
        variables.put("documents", None.NONE);
        variables.put("add_generation_prompt", addGenerationPrompt);
        TemplateException first = null;
        for (TemplateMessages.CallForm form : TemplateMessages.forms(messages)) {
            variables.put("messages", TemplateMessages.values(messages, form));
            try {
                return rendered(variables);
            } catch (TemplateException e) {
                first = first == null ? e : first;
                if (first.kind() != TemplateException.Kind.VALUE) {
                    break;
                }
            }
        }
        throw failure(first);
    }

    /** Renders with any variables: Map, List, String, Long, Double, Boolean and {@link None}. */
    String render(Map<String, Object> variables) {
        try {
            return rendered(variables);
        } catch (TemplateException e) {
            throw failure(e);
        }
    }

    private String rendered(Map<String, Object> variables) {
        if (broken != null) {
            throw broken;
        }
        return template.render(variables, LocalDateTime.now());
    }

    private ChatTemplateException failure(TemplateException e) {
        String reason = e.getMessage().strip().replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]+", " ");
        if (reason.length() > 1000) {
            reason = reason.substring(0, 1000) + "...";
        }
        if (e.kind() == TemplateException.Kind.REFUSED) {
            return new ChatTemplateException(
                    "The chat template of %s fails: it refuses the conversation: %s."
                            .formatted(name, reason),
                    e);
        }
        String where = e.line() > 0 ? " in line " + e.line() : "";
        return new ChatTemplateException(
                "The chat template of %s fails%s: %s.".formatted(name, where, reason), e);
    }
}
