package io.step3.chat;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The bytes that each token of a byte-level BPE stands for, read from {@code tokenizer.json}.
 *
 * <p>The native tokenizer decodes only whole sequences; a stream needs the bytes of single tokens.
 */
final class Vocabulary {

    /** Far above any real vocabulary; a file with more wants only our memory. */
    private static final int MAX_TOKENS = 1 << 22;

    private static final int MAX_TOKEN_CHARS = 1 << 16;

    private static final byte[] NO_BYTES = {};

    private byte[][] bytes = new byte[0][];
    private int size;
    private final BitSet special = new BitSet();
    private final BitSet toolMarks = new BitSet();
    private final Map<String, Integer> added = new HashMap<>();

    /** With which characters added tokens begin, and how many they have. */
    private final BitSet addedFirst = new BitSet();

    private final BitSet addedLengths = new BitSet();

    private Vocabulary() {}

    /**
     * Reads {@code model.vocab} and {@code added_tokens}.
     *
     * @throws IOException if the text is no byte-level BPE tokenizer
     */
    static Vocabulary read(Reader text) throws IOException {
        Vocabulary vocabulary = new Vocabulary();
        boolean byteLevel = false;
        try (JsonReader json = new JsonReader(text)) {
            json.setStrictness(Strictness.STRICT);
            json.beginObject();
            while (json.hasNext()) {
                switch (json.nextName()) {
                    case "model" -> vocabulary.readModel(json);
                    case "added_tokens" -> vocabulary.readAddedTokens(json);
                    case "decoder" -> byteLevel = readDecoder(json);
                    default -> json.skipValue();
                }
            }
            json.endObject();
        } catch (IllegalStateException | NumberFormatException e) {
            throw new MalformedJsonException(e.getMessage());
        }
        if (!byteLevel) {
            throw new MalformedJsonException("its decoder is not ByteLevel");
        }
        if (vocabulary.size == 0) {
            throw new MalformedJsonException("it has no vocabulary");
        }
        return vocabulary;
    }

    private void readModel(JsonReader json) throws IOException {
        json.beginObject();
        while (json.hasNext()) {
            String name = json.nextName();
            if (name.equals("vocab") && json.peek() == JsonToken.BEGIN_OBJECT) {
                json.beginObject();
                while (json.hasNext()) {
                    String token = json.nextName();
                    put(json.nextInt(), token);
                }
                json.endObject();
            } else {
                json.skipValue();
            }
        }
        json.endObject();
    }

    private void readAddedTokens(JsonReader json) throws IOException {
        json.beginArray();
        while (json.hasNext()) {
            int id = -1;
            String content = "";
            boolean isSpecial = false;
            json.beginObject();
            while (json.hasNext()) {
                switch (json.nextName()) {
                    case "id" -> id = json.nextInt();
                    case "content" -> content = json.nextString();
                    case "special" -> isSpecial = json.nextBoolean();
                    default -> json.skipValue();
                }
            }
            json.endObject();
            put(id, content);
            special.set(id, isSpecial);
            toolMarks.set(id, OutputParser.TOOL_MARKS.contains(content));
            added.put(content, id);
            if (!content.isEmpty()) {
                addedFirst.set(content.charAt(0));
                addedLengths.set(content.length());
            }
        }
        json.endArray();
    }

    private static boolean readDecoder(JsonReader json) throws IOException {
        boolean byteLevel = false;
        if (json.peek() == JsonToken.NULL) {
            json.nextNull();
            return false;
        }
        json.beginObject();
        while (json.hasNext()) {
            if (json.nextName().equals("type")) {
                byteLevel = json.nextString().equals("ByteLevel");
            } else {
                json.skipValue();
            }
        }
        json.endObject();
        return byteLevel;
    }

    private void put(int id, String token) throws IOException {
        if (id < 0 || id >= MAX_TOKENS) {
            throw new MalformedJsonException(
                    "token id " + id + " is not between 0 and " + MAX_TOKENS);
        }
        if (token.length() > MAX_TOKEN_CHARS) {
            throw new MalformedJsonException("token " + id + " is longer than " + MAX_TOKEN_CHARS);
        }
        if (id >= bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(id + 1, bytes.length * 2));
        }
        bytes[id] = ByteLevel.bytes(token);
        size = Math.max(size, id + 1);
    }

    /** The highest token id plus one. */
    int size() {
        return size;
    }

    /** The bytes of a token; none for an id that names no token. Not to be changed. */
    byte[] bytes(int id) {
        return id < 0 || id >= size || bytes[id] == null ? NO_BYTES : bytes[id];
    }

    boolean isSpecial(int id) {
        return id >= 0 && special.get(id);
    }

    /** Whether a token is one of the marks of tool calls. */
    boolean isToolMark(int id) {
        return id >= 0 && toolMarks.get(id);
    }

    /** The id of an added token, special or not. */
    OptionalInt added(String token) {
        Integer id = added.get(token);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** Whether an added token is written out in a text from a place on. */
    boolean addedAt(String text, int from) {
        return addedFirst.get(text.charAt(from))
                && addedLengths.stream()
                        .takeWhile(length -> length <= text.length() - from)
                        .anyMatch(length -> added.containsKey(text.substring(from, from + length)));
    }

    /**
     * The alphabet of byte-level BPE: printable bytes stand for themselves, the others for the
     * characters from U+0100 on (Radford et al. 2019, GPT-2's {@code bytes_to_unicode}).
     */
    private static final class ByteLevel {
        private static final int[] BYTE_OF_CHAR = new int[0x200];

        static {
            Arrays.fill(BYTE_OF_CHAR, -1);
            int next = 0x100;
            for (int b = 0; b < 0x100; b++) {
                boolean printable =
                        b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE && b <= 0xFF;
                BYTE_OF_CHAR[printable ? b : next++] = b;
            }
        }

        /** A token with any character outside of the alphabet stands for its own UTF-8. */
        static byte[] bytes(String token) {
            byte[] bytes = new byte[token.length()];
            for (int i = 0; i < bytes.length; i++) {
                char c = token.charAt(i);
                if (c >= BYTE_OF_CHAR.length || BYTE_OF_CHAR[c] < 0) {
                    return token.getBytes(StandardCharsets.UTF_8);
                }
                bytes[i] = (byte) BYTE_OF_CHAR[c];
            }
            return bytes;
        }
    }
}
