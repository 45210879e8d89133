package io.step3.chat;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import io.step3.json.StrictJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A {@code tokenizer.json}, read strictly and written anew for the tokenizer's library, which ends
 * the process over many a file that is not sound: it gets no byte that was not understood here.
 * Known are BPE models, byte-level or of SentencePiece, with the parts of {@link TokenizerParts}.
 * Truncation, padding and post-processor have no part in what Step3 does, and are left out.
 */
final class TokenizerFile {

    /** Far above any real vocabulary; a file with more wants only our memory. */
    private static final int MAX_TOKENS = 1 << 22;

    private static final int MAX_TOKEN_CHARS = 1 << 12;

    // The library's search for added tokens takes time and memory by the square of these.
    private static final int MAX_ADDED = 1 << 14;
    private static final int MAX_ADDED_CHARS = 256;
    private static final int MAX_ADDED_CHARS_TOGETHER = 1 << 18;

    private final Map<String, Integer> vocab = new LinkedHashMap<>();
    private final List<String> merges = new ArrayList<>();
    private final List<AddedToken> added = new ArrayList<>();
    private final JsonObject options = new JsonObject();
    private final TokenizerParts parts = new TokenizerParts();
    private JsonElement normalizer = JsonNull.INSTANCE;
    private JsonElement preTokenizer = JsonNull.INSTANCE;
    private JsonElement decoder = JsonNull.INSTANCE;

    private TokenizerFile() {}

    /**
     * Reads and checks a file.
     *
     * @throws IOException if it is not valid or not supported; the message says what is wrong
     */
    static TokenizerFile read(byte[] utf8) throws IOException {
        TokenizerFile file = new TokenizerFile();
        try (JsonReader json = StrictJson.reader(utf8)) {
            file.readAll(json);
        } catch (IllegalStateException | NumberFormatException e) {
            throw new IOException(StrictJson.reason(e), e);
        }
        file.check();
        return file;
    }

    private void readAll(JsonReader json) throws IOException {
        Set<String> names = new HashSet<>();
        json.beginObject();
        while (json.hasNext()) {
            String name = json.nextName();
            once(names, name);
            switch (name) {
                case "model" -> readModel(json);
                case "added_tokens" -> readAdded(json);
                case "normalizer" -> normalizer = parts.normalizer(StrictJson.element(json));
                case "pre_tokenizer" -> preTokenizer = parts.preTokenizer(StrictJson.element(json));
                case "decoder" -> decoder = parts.decoder(StrictJson.element(json));
                default -> json.skipValue();
            }
        }
        json.endObject();
        json.peek(); // fails unless nothing follows
    }

    private void readModel(JsonReader json) throws IOException {
        Set<String> names = new HashSet<>();
        json.beginObject();
        while (json.hasNext()) {
            String name = json.nextName();
            once(names, name);
            switch (name) {
                case "type" -> {
                    String type = json.nextString();
                    if (!type.equals("BPE")) {
                        throw new IOException(
                                "its model is %s, but only BPE is supported"
                                        .formatted(StrictJson.shown(type)));
                    }
                }
                case "vocab" -> readVocab(json);
                case "merges" -> readMerges(json);
                case "fuse_unk", "byte_fallback", "ignore_merges" -> {
                    if (json.peek() == JsonToken.NULL) {
                        json.nextNull();
                    } else {
                        options.addProperty(name, json.nextBoolean());
                    }
                }
                case "unk_token" -> {
                    if (json.peek() == JsonToken.NULL) {
                        json.nextNull();
                    } else {
                        options.addProperty(name, json.nextString());
                    }
                }
                case "dropout", "continuing_subword_prefix", "end_of_word_suffix" ->
                        requireNone(name, StrictJson.element(json));
                default -> json.skipValue();
            }
        }
        json.endObject();
        if (!names.contains("vocab") || !names.contains("merges")) {
            throw new IOException("its model has no vocab, or no merges");
        }
    }

    private static void requireNone(String name, JsonElement value) throws IOException {
        boolean none =
                value.isJsonNull()
                        || value.isJsonPrimitive()
                                && (value.getAsString().isEmpty()
                                        || value.getAsString().matches("0(\\.0)?"));
        if (!none) {
            throw new IOException("its model has a %s, which is not supported".formatted(name));
        }
    }

    private void readVocab(JsonReader json) throws IOException {
        BitSet ids = new BitSet();
        json.beginObject();
        while (json.hasNext()) {
            String token = json.nextName();
            int id = json.nextInt();
            check(id, token, MAX_TOKEN_CHARS);
            if (vocab.put(token, id) != null) {
                throw new IOException(
                        "it has the token %s twice".formatted(StrictJson.shown(token)));
            }
            if (ids.get(id)) {
                throw new IOException("two tokens have the id " + id);
            }
            ids.set(id);
        }
        json.endObject();
    }

    private void readMerges(JsonReader json) throws IOException {
        json.beginArray();
        while (json.hasNext()) {
            if (json.peek() == JsonToken.BEGIN_ARRAY) {
                json.beginArray();
                merges.add(json.nextString());
                merges.add(json.nextString());
                json.endArray();
            } else {
                String merge = json.nextString();
                int space = merge.indexOf(' ');
                if (space < 0 || merge.indexOf(' ', space + 1) >= 0) {
                    throw new IOException(
                            "the merge %s is not two tokens with a space between them"
                                    .formatted(StrictJson.shown(merge)));
                }
                if (!merge.startsWith("#version")) {
                    merges.add(merge.substring(0, space));
                    merges.add(merge.substring(space + 1));
                }
            }
            if (merges.size() > 2 * MAX_TOKENS) {
                throw new IOException("it has more than %d merges".formatted(MAX_TOKENS));
            }
        }
        json.endArray();
    }

    private void readAdded(JsonReader json) throws IOException {
        int chars = 0;
        json.beginArray();
        while (json.hasNext()) {
            AddedToken token = addedToken(json);
            check(token.id(), token.content(), MAX_ADDED_CHARS);
            if (token.content().isEmpty()) {
                throw new IOException("the added token %d is empty".formatted(token.id()));
            }
            chars += token.content().length();
            added.add(token);
            if (added.size() > MAX_ADDED || chars > MAX_ADDED_CHARS_TOGETHER) {
                throw new IOException(
                        "it has more than %d added tokens, or they have more than %d characters together"
                                .formatted(MAX_ADDED, MAX_ADDED_CHARS_TOGETHER));
            }
        }
        json.endArray();
    }

    private static AddedToken addedToken(JsonReader json) throws IOException {
        int id = -1;
        String content = "";
        boolean special = false;
        Boolean normalized = null;
        boolean singleWord = false;
        boolean left = false;
        boolean right = false;
        Set<String> names = new HashSet<>();
        json.beginObject();
        while (json.hasNext()) {
            String name = json.nextName();
            once(names, name);
            switch (name) {
                case "id" -> id = json.nextInt();
                case "content" -> content = json.nextString();
                case "special" -> special = json.nextBoolean();
                case "normalized" -> normalized = json.nextBoolean();
                case "single_word" -> singleWord = json.nextBoolean();
                case "lstrip" -> left = json.nextBoolean();
                case "rstrip" -> right = json.nextBoolean();
                default -> json.skipValue();
            }
        }
        json.endObject();
        boolean inNormalised = normalized == null ? !special : normalized;
        return new AddedToken(id, content, special, inNormalised, singleWord, left, right);
    }

    private static void once(Set<String> names, String name) throws IOException {
        if (!names.add(name)) {
            throw new IOException("it has the key %s twice".formatted(StrictJson.shown(name)));
        }
    }

    private static void check(int id, String token, int maxChars) throws IOException {
        if (id < 0 || id >= MAX_TOKENS) {
            throw new IOException(
                    "token id %d is not between 0 and %d".formatted(id, MAX_TOKENS - 1));
        }
        if (token.length() > maxChars) {
            throw new IOException("token %d is longer than %d characters".formatted(id, maxChars));
        }
        if (token.codePoints().anyMatch(c -> Character.getType(c) == Character.SURROGATE)) {
            throw new IOException("token %d has half a character".formatted(id));
        }
    }

    private void check() throws IOException {
        if (vocab.isEmpty()) {
            throw new IOException("it has no vocabulary");
        }
        for (int i = 0; i < merges.size(); i += 2) {
            String left = merges.get(i);
            String right = merges.get(i + 1);
            for (String token : List.of(left, right, left + right)) {
                if (token.isEmpty() || !vocab.containsKey(token)) {
                    throw new IOException(
                            "the token %s of a merge is not in its vocabulary"
                                    .formatted(StrictJson.shown(token)));
                }
            }
        }
        if (options.has("unk_token")
                && !vocab.containsKey(options.get("unk_token").getAsString())) {
            throw new IOException("its unk_token is not in its vocabulary");
        }
        checkAdded();
    }

    /** The library numbers added tokens itself; they must get the ids that the file says. */
    private void checkAdded() throws IOException {
        Set<String> contents = new HashSet<>();
        int next = vocab.size();
        for (AddedToken token : added) {
            if (!contents.add(token.content())) {
                throw new IOException(
                        "it has the added token %s twice"
                                .formatted(StrictJson.shown(token.content())));
            }
            int id = vocab.getOrDefault(token.content(), next);
            if (id != token.id()) {
                throw new IOException(
                        "the added token %s has the id %d, but %d is its place"
                                .formatted(StrictJson.shown(token.content()), token.id(), id));
            }
            next = Math.max(next, id + 1);
        }
    }

    /** The bytes of each token, and which tokens were added. */
    Vocabulary vocabulary() throws IOException {
        return new Vocabulary(vocab, added, new Spelling((JsonObject) decoder()));
    }

    private JsonElement decoder() throws IOException {
        return decoder.isJsonNull() ? parts.decoder(decoder) : decoder;
    }

    /** How many steps the library needs, at most, for each character of a run of the same kind. */
    long runCost() {
        return parts.runCost();
    }

    /** What the library is given. */
    byte[] json() {
        var bytes = new ByteArrayOutputStream();
        try (var json = new JsonWriter(new OutputStreamWriter(bytes, StandardCharsets.UTF_8))) {
            json.beginObject();
            json.name("version").value("1.0");
            json.name("truncation").jsonValue("null");
            json.name("padding").jsonValue("null");
            writeAdded(json);
            json.name("normalizer").jsonValue(normalizer.toString());
            json.name("pre_tokenizer").jsonValue(preTokenizer.toString());
            json.name("post_processor").jsonValue("null");
            json.name("decoder").jsonValue(decoder.toString());
            writeModel(json);
            json.endObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory has no disk that could fail
        }
        return bytes.toByteArray();
    }

    private void writeAdded(JsonWriter json) throws IOException {
        json.name("added_tokens").beginArray();
        for (AddedToken token : added) {
            json.beginObject();
            json.name("id").value(token.id());
            json.name("content").value(token.content());
            json.name("single_word").value(token.singleWord());
            json.name("lstrip").value(token.takesLeft());
            json.name("rstrip").value(token.takesRight());
            json.name("normalized").value(token.normalized());
            json.name("special").value(token.special());
            json.endObject();
        }
        json.endArray();
    }

    private void writeModel(JsonWriter json) throws IOException {
        json.name("model").beginObject();
        json.name("type").value("BPE");
        for (Map.Entry<String, JsonElement> option : options.entrySet()) {
            json.name(option.getKey()).jsonValue(option.getValue().toString());
        }
        json.name("vocab").beginObject();
        for (Map.Entry<String, Integer> token : vocab.entrySet()) {
            json.name(token.getKey()).value(token.getValue());
        }
        json.endObject();
        json.name("merges").beginArray();
        for (int i = 0; i < merges.size(); i += 2) {
            json.beginArray().value(merges.get(i)).value(merges.get(i + 1)).endArray();
        }
        json.endArray().endObject();
    }
}
