package io.step3.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which bytes a token stands for, and what is left out where a text begins, as the decoder of
 * {@code tokenizer.json} says. Two ways are known: byte-level, where every byte has a printable
 * character of its own, and that of SentencePiece, where a character such as U+2581 stands for a
 * space and {@code <0xF0>} for a byte.
 */
final class Spelling {

    private boolean byteLevel;
    private boolean byteFallback;
    private final Map<String, String> replaced = new LinkedHashMap<>();
    private boolean fused;
    private char leading;
    private int leadingCount;

    /**
     * @param decoder as {@link TokenizerParts#decoder} writes it
     * @throws IOException if it makes what a token stands for depend on other tokens
     */
    Spelling(JsonObject decoder) throws IOException {
        read(decoder);
        if (!byteLevel && replaced.isEmpty()) {
            throw new IOException("its decoder is not ByteLevel, nor one of SentencePiece");
        }
    }

    private void read(JsonObject decoder) throws IOException {
        String type = decoder.get("type").getAsString();
        boolean ofTokens =
                !type.equals("Sequence") && !type.equals("Fuse") && !type.equals("Strip");
        if (fused && ofTokens || !fused && type.equals("Strip")) {
            throw new IOException(
                    "its decoder has the part %s %s Fuse, which Step3 does not support"
                            .formatted(type, fused ? "behind" : "before"));
        }
        switch (type) {
            case "Sequence" -> {
                JsonArray parts = decoder.getAsJsonArray("decoders");
                for (JsonElement part : parts) {
                    read(part.getAsJsonObject());
                }
            }
            case "ByteLevel" -> byteLevel = true;
            case "ByteFallback" -> byteFallback = true;
            case "Fuse" -> fused = true;
            case "Replace" -> {
                JsonElement from = decoder.getAsJsonObject("pattern").get("String");
                if (from == null) {
                    throw new IOException("its decoder replaces a regular expression");
                }
                replaced.put(from.getAsString(), decoder.get("content").getAsString());
            }
            case "Metaspace" -> {
                replaced.put(decoder.get("replacement").getAsString(), " ");
                leading = ' ';
                leadingCount = decoder.get("prepend_scheme").getAsString().equals("never") ? 0 : 1;
            }
            case "Strip" -> {
                String content = decoder.get("content").getAsString();
                if (content.length() != 1 || decoder.get("stop").getAsInt() != 0) {
                    throw new IOException("its decoder strips the end of a text");
                }
                leading = content.charAt(0);
                leadingCount = decoder.get("start").getAsInt();
            }
            default -> throw new IllegalStateException(type);
        }
        if (byteLevel && (byteFallback || !replaced.isEmpty() || leadingCount > 0)) {
            throw new IOException("its decoder is ByteLevel and another at once");
        }
    }

    /** The character that is left out where a text begins, see {@link #leadingCount}. */
    char leading() {
        return leading;
    }

    /** How many of them, at most. */
    int leadingCount() {
        return leadingCount;
    }

    /** The bytes of a token. */
    byte[] bytes(String token) {
        if (byteLevel) {
            return byteLevel(token);
        }
        String text = token;
        for (Map.Entry<String, String> pair : replaced.entrySet()) {
            text = text.replace(pair.getKey(), pair.getValue());
        }
        if (byteFallback && text.matches("<0x[0-9A-Fa-f]{2}>")) {
            return new byte[] {(byte) Integer.parseInt(text.substring(3, 5), 16)};
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A token with any character outside of the alphabet stands for its own UTF-8. */
    private static byte[] byteLevel(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            char c = token.charAt(i);
            int b = ByteAlphabet.byteOf(c);
            if (b < 0) {
                return token.getBytes(StandardCharsets.UTF_8);
            }
            bytes[i] = (byte) b;
        }
        return bytes;
    }
}
