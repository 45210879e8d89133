package io.step3.chat;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.step3.json.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
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

    private final Map<String, Integer> vocab = new HashMap<>();

    /** Each two tokens with a space between them, or, if in pairs, one after the other. */
    private final List<String> merges = new ArrayList<>();

    private boolean inPairs;
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
        } catch (IllegalStateException | IllegalArgumentException e) {
            throw new IOException(StrictJson.reason(e).replaceFirst("\\.$", ""), e);
        }
        file.check();
        return file;
    }

    private void readAll(JsonReader json) throws IOException {
        StrictJson.eachField(json, name -> readPart(name, json));
        json.peek(); // fails unless nothing follows
    }

    private void readPart(String name, JsonReader json) throws IOException {
        switch (name) {
            case "model" -> readModel(json);
            case "added_tokens" -> readAdded(json);
            case "normalizer" -> normalizer = parts.normalizer(StrictJson.element(json));
            case "pre_tokenizer" -> preTokenizer = parts.preTokenizer(StrictJson.element(json));
            case "decoder" -> decoder = parts.decoder(StrictJson.element(json));
            default -> json.skipValue();
        }
    }

    private void readModel(JsonReader json) throws IOException {
        Set<String> names = new HashSet<>();
        StrictJson.eachField(
                json,
                name -> {
                    names.add(name);
                    readPartOfModel(name, json);
                });
        if (!names.contains("vocab") || !names.contains("merges")) {
            throw new IOException("its model has no vocab, or no merges");
        }
    }

    private void readPartOfModel(String name, JsonReader json) throws IOException {
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
            boolean pair = json.peek() == JsonToken.BEGIN_ARRAY;
            if (merges.isEmpty()) {
                inPairs = pair;
            } else if (inPairs != pair) {
                throw new IOException("its merges are written in two ways");
            }
            if (pair) {
                json.beginArray();
                merges.add(json.nextString());
                merges.add(json.nextString());
                json.endArray();
            } else {
                addMerge(json.nextString());
            }
            if (merges.size() > 2 * MAX_TOKENS) {
                throw new IOException("it has more than %d merges".formatted(MAX_TOKENS));
            }
        }
        json.endArray();
    }

    private void addMerge(String merge) throws IOException {
        int space = merge.indexOf(' ');
        if (space < 0 || merge.indexOf(' ', space + 1) >= 0) {
            throw new IOException(
                    "the merge %s is not two tokens with a space between them"
                            .formatted(StrictJson.shown(merge)));
        }
        if (!merge.startsWith("#version")) {
            merges.add(merge);
        }
    }

    private void readAdded(JsonReader json) throws IOException {
        int chars = 0;
        json.beginArray();
        while (json.hasNext()) {
            AddedToken token =
                    AddedToken.read(
                            new JsonPath(
                                    "added_tokens[" + added.size() + "]",
                                    StrictJson.element(json)));
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

    private static void check(int id, String token, int maxChars) throws IOException {
        if (id < 0 || id >= MAX_TOKENS) {
            throw new IOException(
                    "token id %d is not between 0 and %d".formatted(id, MAX_TOKENS - 1));
        }
        if (token.length() > maxChars) {
            throw new IOException("token %d is longer than %d characters".formatted(id, maxChars));
        }
        if (!isWhole(token)) {
            throw new IOException("token %d has half a character".formatted(id));
        }
    }

    private static boolean isWhole(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                return text.codePoints()
                        .noneMatch(c -> Character.getType(c) == Character.SURROGATE);
            }
        }
        return true;
    }

    private void check() throws IOException {
        if (vocab.isEmpty()) {
            throw new IOException("it has no vocabulary");
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

    /**
     * What the library is given. It holds merges against the vocabulary itself, and throws where
     * one does not fit.
     */
    byte[] json() {
        StringBuilder json = new StringBuilder(48 * (vocab.size() + merges.size()));
        json.append("{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":[");
        String comma = "";
        for (AddedToken token : added) {
            JsonObject entry = new JsonObject();
            entry.addProperty("id", token.id());
            entry.addProperty("content", token.content());
            entry.addProperty("single_word", token.singleWord());
            entry.addProperty("lstrip", token.takesLeft());
            entry.addProperty("rstrip", token.takesRight());
            entry.addProperty("normalized", token.normalized());
            entry.addProperty("special", token.special());
            json.append(comma).append(entry);
            comma = ",";
        }
        json.append("],\"normalizer\":").append(normalizer);
        json.append(",\"pre_tokenizer\":").append(preTokenizer);
        json.append(",\"post_processor\":null,\"decoder\":").append(decoder);
        json.append(",\"model\":{\"type\":\"BPE\"");
        for (Map.Entry<String, JsonElement> option : options.entrySet()) {
            json.append(",\"").append(option.getKey()).append("\":").append(option.getValue());
        }
        json.append(",\"vocab\":{");
        comma = "";
        for (Map.Entry<String, Integer> token : vocab.entrySet()) {
            quote(token.getKey(), json.append(comma)).append(':').append(token.getValue());
            comma = ",";
        }
        json.append("},\"merges\":[");
        for (int i = 0; i < merges.size(); i++) {
            json.append(i == 0 ? "" : ",");
            if (inPairs) {
                quote(merges.get(i), json.append('[')).append(',');
                quote(merges.get(++i), json).append(']');
            } else {
                quote(merges.get(i), json);
            }
        }
        return json.append("]}}").toString().getBytes(StandardCharsets.UTF_8);
    }

    private static StringBuilder quote(String text, StringBuilder json) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c == '"' || c == '\\') {
                return json.append(new JsonPrimitive(text));
            }
        }
        return json.append('"').append(text).append('"');
    }
}
