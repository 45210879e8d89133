package io.step3.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** All the ways in which a checkpoint ships its template. */
class TemplateFilesTest {

    @TempDir Path folder;

    private void write(String name, String text) throws IOException {
        Files.createDirectories(folder.resolve(name).getParent());
        Files.writeString(folder.resolve(name), text);
    }

    private String prompt() throws IOException {
        return ChatTemplate.load(folder).render(ChatRequest.user("Hi"));
    }

    private String promptWithTools() throws IOException {
        JsonObject schema = new JsonObject();
        return ChatTemplate.load(folder)
                .render(
                        List.of(ChatMessage.user("Hi")),
                        List.of(new ToolDefinition("f", "", schema)),
                        true);
    }

    private String refusal() {
        String message = assertThrows(IOException.class, this::prompt).getMessage();
        assertFalse(message.contains("\n"), message);
        assertTrue(message.endsWith("."), message);
        return message;
    }

    @Test
    void theNearestFileCounts() throws IOException {
        write(
                "tokenizer_config.json",
                "{\"bos_token\": \"<b>\", \"chat_template\": \"tokenizer\"}");
        assertEquals("tokenizer", prompt());
        write("chat_template.json", "{\"chat_template\": \"{{ bos_token }}processor\"}");
        assertEquals("<b>processor", prompt());
        write("chat_template.jinja", "file");
        assertEquals("file", prompt());
    }

    @Test
    void severalTemplatesInAListOrAnObject() throws IOException {
        write(
                "tokenizer_config.json",
                "{\"chat_template\": [{\"name\": \"tool_use\", \"template\": \"tools\"},"
                        + " {\"name\": \"default\", \"template\": \"plain\"}]}");
        assertEquals("plain", prompt());
        assertEquals("tools", promptWithTools());
        write(
                "tokenizer_config.json",
                "{\"chat_template\": {\"default\": \"plain\", \"tool_use\": \"tools\"}}");
        assertEquals("plain", prompt());
        assertEquals("tools", promptWithTools());
    }

    @Test
    void additionalTemplatesLieInAFolder() throws IOException {
        write("chat_template.jinja", "plain");
        write("additional_chat_templates/tool_use.jinja", "tools");
        write("additional_chat_templates/rag.jinja", "rag");
        assertEquals("plain", prompt());
        assertEquals("tools", promptWithTools());
    }

    @Test
    void aByteOrderMarkAndOtherLineEndsMakeNoDifference() throws IOException {
        write("chat_template.jinja", "\uFEFF{% if true %}\r\na\r\nb\r\n{% endif %}\r\n");
        assertEquals("a\nb\n", prompt());
    }

    @Test
    void allSpecialTokensOfTheTokenizerAreThere() throws IOException {
        write(
                "tokenizer_config.json",
                "{\"bos_token\": {\"content\": \"<b>\"}, \"pad_token\": \"<p>\"}");
        write("chat_template.jinja", "{{ bos_token }}{{ pad_token }}{{ unk_token is defined }}");
        assertEquals("<b><p>False", prompt());
    }

    @Test
    void whatCannotBeATemplateIsRefusedInOneSentence() throws IOException {
        write("chat_template.json", "{\"chat_template\": 5}");
        assertTrue(refusal().contains("chat_template.json"));
        write("chat_template.json", "{\"chat_template\": [{\"name\": \"default\"}]}");
        assertTrue(refusal().contains("chat_template.json"));
        write("chat_template.json", "{\"chat_template\": {\"rag\": \"x\"}}");
        assertTrue(refusal().contains("rag"));
        write("chat_template.json", "[]");
        assertTrue(refusal().contains("not valid JSON"));
        Files.delete(folder.resolve("chat_template.json"));
        Files.write(folder.resolve("chat_template.jinja"), new byte[] {'a', (byte) 0xFF});
        assertTrue(refusal().contains("not UTF-8"));
        Files.write(
                folder.resolve("chat_template.jinja"),
                " ".repeat(2 << 20).getBytes(StandardCharsets.UTF_8));
        assertTrue(refusal().contains("larger than"));
        Files.delete(folder.resolve("chat_template.jinja"));
        Files.createDirectory(folder.resolve("chat_template.jinja"));
        assertTrue(refusal().contains("no regular file"));
    }

    @Test
    @Timeout(60)
    void aPipeIsNotWaitedFor() throws Exception {
        Path pipe = folder.resolve("chat_template.jinja");
        Process mkfifo;
        try {
            mkfifo = new ProcessBuilder("mkfifo", pipe.toString()).start();
        } catch (IOException e) {
            assumeTrue(false, "no mkfifo here");
            return;
        }
        assertTrue(mkfifo.waitFor(30, TimeUnit.SECONDS));
        assertTrue(refusal().contains("no regular file"));
    }
}
