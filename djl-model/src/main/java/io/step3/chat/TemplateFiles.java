package io.step3.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import io.step3.jinja.Template;
import io.step3.json.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The chat templates of a checkpoint's folder, however it ships them. Each place may hold several
 * under names; of a name that is there twice the first place counts:
 *
 * <ol>
 *   <li>{@code chat_template.jinja}, and {@code additional_chat_templates/NAME.jinja};
 *   <li>{@code chat_template} in {@code chat_template.json}, where processors of pictures keep it;
 *   <li>{@code chat_template} in {@code tokenizer_config.json}.
 * </ol>
 *
 * <p>In JSON it is a text, a list of objects with {@code name} and {@code template}, or an object
 * of names. Files are UTF-8; a byte order mark is no part of a template, and line ends are those of
 * any system.
 */
final class TemplateFiles {

    static final String DEFAULT = "default";

    /** What transformers takes where tools are declared. */
    static final String TOOL_USE = "tool_use";

    private static final int MAX_JSON_BYTES = 16 << 20;

    /** As many templates as anyone ships, and some more. */
    private static final int MAX_ADDITIONAL = 64;

    private static final List<String> TOKENS =
            List.of(
                    "bos_token",
                    "eos_token",
                    "unk_token",
                    "sep_token",
                    "pad_token",
                    "cls_token",
                    "mask_token");

    /** A template, and the file that it is from. */
    private record Source(Path file, String text) {}

    private final Map<String, Source> sources = new LinkedHashMap<>();

    private TemplateFiles() {}

    /**
     * The template of a folder, or the built-in one.
     *
     * @throws IOException if a file is there but cannot be used; the message names it
     */
    static ChatTemplate load(Path folder) throws IOException {
        Path config = folder.resolve("tokenizer_config.json");
        JsonObject settings = object(config);
        Map<String, String> tokens = tokens(settings);
        TemplateFiles files = new TemplateFiles();
        files.addFile(DEFAULT, folder.resolve("chat_template.jinja"));
        files.addFolder(folder.resolve("additional_chat_templates"));
        Path processor = folder.resolve("chat_template.json");
        files.add(processor, object(processor).get("chat_template"));
        files.add(config, settings.get("chat_template"));
        return files.template(folder, tokens);
    }

    private ChatTemplate template(Path folder, Map<String, String> tokens) throws IOException {
        if (sources.isEmpty()) {
            return new BuiltInTemplate(tokens.get("bos_token"));
        }
        Source plain = sources.get(DEFAULT);
        Source tools = sources.get(TOOL_USE);
        if (plain == null) {
            throw new IOException(
                    "%s has chat templates named %s, but none named default: add one as chat_template.jinja."
                            .formatted(folder, String.join(", ", sources.keySet())));
        }
        JinjaTemplate template = jinja(plain, tokens);
        return tools == null ? template : new ToolUseTemplate(template, jinja(tools, tokens));
    }

    private static JinjaTemplate jinja(Source source, Map<String, String> tokens) {
        return new JinjaTemplate(source.file().toString(), source.text(), tokens);
    }

    private void addFile(String name, Path file) throws IOException {
        if (isThere(file)) {
            // Four bytes are the most that a character takes.
            add(name, new Source(file, text(file, 4 * Template.MAX_CHARS)));
        }
    }

    private void addFolder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*.jinja")) {
            for (Path file : entries) {
                files.add(file);
                if (files.size() > MAX_ADDITIONAL) {
                    throw new IOException(
                            folder + " has more than " + MAX_ADDITIONAL + " templates.");
                }
            }
        }
        files.sort(null);
        for (Path file : files) {
            String name = file.getFileName().toString();
            addFile(name.substring(0, name.length() - ".jinja".length()), file);
        }
    }

    private void add(Path file, JsonElement json) throws IOException {
        switch (json) {
            case null -> {}
            case JsonNull none -> {}
            case JsonPrimitive one when one.isString() ->
                    add(DEFAULT, new Source(file, one.getAsString()));
            case JsonArray several -> {
                for (JsonElement element : several) {
                    if (!(element instanceof JsonObject named)) {
                        throw unknownForm(file);
                    }
                    addNamed(file, named.get("name"), named.get("template"));
                }
            }
            case JsonObject named -> {
                for (Map.Entry<String, JsonElement> one : named.entrySet()) {
                    addNamed(file, new JsonPrimitive(one.getKey()), one.getValue());
                }
            }
            default -> throw unknownForm(file);
        }
    }

    private void addNamed(Path file, JsonElement name, JsonElement template) throws IOException {
        if (!isText(name) || !isText(template)) {
            throw unknownForm(file);
        }
        add(name.getAsString(), new Source(file, template.getAsString()));
    }

    private void add(String name, Source source) {
        sources.putIfAbsent(name, source);
    }

    private static boolean isText(JsonElement json) {
        return json instanceof JsonPrimitive primitive && primitive.isString();
    }

    private static IOException unknownForm(Path file) {
        return new IOException(
                "chat_template in %s is neither a text nor several with their names."
                        .formatted(file));
    }

    private static Map<String, String> tokens(JsonObject settings) {
        Map<String, String> tokens = new LinkedHashMap<>();
        for (String name : TOKENS) {
            JsonElement json = settings.get(name);
            // A token is its text, or an object with it as its content.
            JsonElement text = json instanceof JsonObject object ? object.get("content") : json;
            if (isText(text)) {
                tokens.put(name, text.getAsString());
            }
        }
        tokens.putIfAbsent("bos_token", BuiltInTemplate.BEGIN_OF_SENTENCE);
        tokens.putIfAbsent("eos_token", "");
        return tokens;
    }

    private static JsonObject object(Path file) throws IOException {
        if (!isThere(file)) {
            return new JsonObject();
        }
        try {
            return StrictJson.object(text(file, MAX_JSON_BYTES));
        } catch (JsonParseException e) {
            throw new IOException(file + " is not valid JSON: " + e.getMessage() + ".", e);
        }
    }

    /** Whether there is something to read; what is neither a file nor a link to one is refused. */
    private static boolean isThere(Path file) throws IOException {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + " is no regular file: put the file itself there.");
        }
        return true;
    }

    private static String text(Path file, int maxBytes) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(maxBytes + 1);
            if (bytes.length > maxBytes) {
                throw new IOException(file + " is larger than " + maxBytes + " bytes.");
            }
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new IOException(file + " is not UTF-8 text.", e);
        }
    }
}
