package io.step3.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes a conversation as the one text that the model continues. Immutable, for any thread. */
public sealed interface ChatTemplate permits BuiltInTemplate, JinjaTemplate {

    /**
     * Renders a conversation.
     *
     * @param addGenerationPrompt whether to open the assistant's turn
     * @return the prompt, in which every picture is one {@code <im_patch>}
     * @throws ChatTemplateException if the template cannot be rendered or refuses the conversation
     */
    String render(
            List<ChatMessage> messages, List<ToolDefinition> tools, boolean addGenerationPrompt);

    /** The prompt of a request, with the assistant's turn opened. */
    default String render(ChatRequest request) {
        return render(request.messages(), request.tools(), true);
    }

    /**
     * The template of a checkpoint's folder: {@code chat_template.jinja}, else {@code
     * chat_template} in {@code tokenizer_config.json}, else the built-in one.
     *
     * @throws IOException if one of these files is there but cannot be read; the message names it
     */
    static ChatTemplate load(Path folder) throws IOException {
        Path config = folder.resolve("tokenizer_config.json");
        JsonObject settings = new JsonObject();
        if (Files.exists(config)) {
            try {
                settings = StrictJson.parse(text(config, 16 << 20)).getAsJsonObject();
            } catch (JsonParseException | IllegalStateException e) {
                throw new IOException(config + " is not valid JSON: " + e.getMessage() + ".", e);
            }
        }
        String begin = token(settings.get("bos_token"), BuiltInTemplate.BEGIN_OF_SENTENCE);
        String end = token(settings.get("eos_token"), "");
        Path jinja = folder.resolve("chat_template.jinja");
        if (Files.exists(jinja)) {
            String source = text(jinja, JinjaTemplate.MAX_TEMPLATE_CHARS);
            return new JinjaTemplate(jinja.toString(), source, begin, end);
        }
        String source = templateIn(settings.get("chat_template"));
        return source == null
                ? new BuiltInTemplate(begin)
                : new JinjaTemplate(config.toString(), source, begin, end);
    }

    /** A template, or the one called "default" of several. */
    private static String templateIn(JsonElement json) {
        if (json instanceof JsonPrimitive one && one.isString()) {
            return one.getAsString();
        }
        if (json instanceof JsonArray several) {
            for (JsonElement element : several) {
                if (element instanceof JsonObject named
                        && new JsonPrimitive("default").equals(named.get("name"))) {
                    return templateIn(named.get("template"));
                }
            }
        }
        return null;
    }

    /** A token is its text, or an object with it as {@code content}. */
    private static String token(JsonElement json, String otherwise) {
        if (json instanceof JsonObject object) {
            return token(object.get("content"), otherwise);
        }
        return json instanceof JsonPrimitive text && text.isString()
                ? text.getAsString()
                : otherwise;
    }

    private static String text(Path file, int maxBytes) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(maxBytes + 1);
            if (bytes.length > maxBytes) {
                throw new IOException(file + " is larger than " + maxBytes + " bytes.");
            }
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new IOException(file + " is not UTF-8 text.", e);
        }
    }
}
