package io.step3.training.tokenizer;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.step3.chat.ByteAlphabet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A byte-level BPE tokenizer with Step's special tokens. Not for use by several threads at once.
 */
public final class BpeTokenizer {

    public static final String BEGIN = "<｜begin▁of▁sentence｜>";
    public static final String END = "<｜end▁of▁sentence｜>";
    public static final String PAD = "<｜▁pad▁｜>";
    public static final String IMAGE = "<im_patch>";
    public static final String IMAGE_START = "<im_start>";
    public static final String IMAGE_END = "<im_end>";
    public static final String PATCH_START = "<patch_start>";
    public static final String PATCH_END = "<patch_end>";
    public static final String PATCH_NEWLINE = "<patch_newline>";
    public static final String TURN = "<|BOT|>";
    public static final String END_OF_TURN = "<|EOT|>";
    public static final String THINK = "<think>";
    public static final String END_OF_THOUGHT = "</think>";

    /** The tokens numbered first. */
    static final List<String> FIRST = List.of(BEGIN, END, PAD);

    /** The tokens numbered last. */
    static final List<String> LAST =
            List.of(
                    IMAGE,
                    IMAGE_START,
                    IMAGE_END,
                    PATCH_START,
                    PATCH_END,
                    PATCH_NEWLINE,
                    TURN,
                    END_OF_TURN,
                    "<｜tool_calls_begin｜>",
                    "<｜tool_calls_end｜>",
                    "<｜tool_call_begin｜>",
                    "<｜tool_call_end｜>",
                    "<｜tool_sep｜>",
                    THINK,
                    END_OF_THOUGHT);

    private static final int CACHED = 100_000;

    private final Map<String, Integer> vocabulary = new LinkedHashMap<>();
    private final List<String> tokens = new ArrayList<>();
    private final List<String[]> merges;
    private final Map<String, Integer> ranks = new HashMap<>();
    private final Map<String, Integer> added = new LinkedHashMap<>();
    private final Map<String, int[]> cache = new HashMap<>();

    /**
     * A tokenizer.
     *
     * @param merges pairs of tokens, the first learned first
     */
    BpeTokenizer(List<String[]> merges) {
        this.merges = List.copyOf(merges);
        FIRST.forEach(this::number);
        PreTokenizer.alphabet().forEach(this::number);
        for (String[] merge : merges) {
            ranks.put(merge[0] + " " + merge[1], ranks.size());
            number(merge[0] + merge[1]);
        }
        FIRST.forEach(token -> added.put(token, vocabulary.get(token)));
        for (String token : LAST) {
            added.put(token, tokens.size());
            tokens.add(token);
        }
    }

    private void number(String token) {
        vocabulary.put(token, tokens.size());
        tokens.add(token);
    }

    /** The number of a special token. */
    public int special(String token) {
        return added.get(token);
    }

    /** The numbers of a text's tokens; special tokens are recognised in it. */
    public int[] encode(String text) {
        var ids = new ArrayList<Integer>();
        int at = 0;
        while (at < text.length()) {
            String next = null;
            int where = text.length();
            for (String token : added.keySet()) {
                int found = text.indexOf(token, at);
                if (found >= 0
                        && (found < where || found == where && token.length() > next.length())) {
                    next = token;
                    where = found;
                }
            }
            for (String piece : PreTokenizer.pieces(text.substring(at, where))) {
                for (int id : piece(piece)) {
                    ids.add(id);
                }
            }
            if (next == null) {
                break;
            }
            ids.add(added.get(next));
            at = where + next.length();
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    private int[] piece(String piece) {
        int[] known = cache.get(piece);
        if (known != null) {
            return known;
        }
        var parts = new ArrayList<String>();
        for (char letter : PreTokenizer.letters(piece).toCharArray()) {
            parts.add(String.valueOf(letter));
        }
        while (parts.size() > 1) {
            int best = Integer.MAX_VALUE;
            int where = -1;
            for (int i = 0; i + 1 < parts.size(); i++) {
                int rank = ranks.getOrDefault(parts.get(i) + " " + parts.get(i + 1), best);
                if (rank < best) {
                    best = rank;
                    where = i;
                }
            }
            if (where < 0) {
                break;
            }
            parts.set(where, parts.get(where) + parts.remove(where + 1));
        }
        int[] ids = parts.stream().mapToInt(vocabulary::get).toArray();
        if (cache.size() >= CACHED) {
            cache.clear();
        }
        cache.put(piece, ids);
        return ids;
    }

    /** The text of tokens, special ones included. */
    public String decode(long[] ids) {
        var bytes = new ByteArrayOutputStream();
        for (long id : ids) {
            String token = tokens.get((int) id);
            if (added.containsKey(token)) {
                bytes.writeBytes(token.getBytes(StandardCharsets.UTF_8));
            } else {
                token.chars().forEach(letter -> bytes.write(ByteAlphabet.byteOf((char) letter)));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Reads the merges of a {@code tokenizer.json} that {@link #save} wrote. */
    public static BpeTokenizer load(Path file) throws IOException {
        JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        var merges = new ArrayList<String[]>();
        for (JsonElement merge : json.getAsJsonObject("model").getAsJsonArray("merges")) {
            JsonArray pair = merge.getAsJsonArray();
            merges.add(new String[] {pair.get(0).getAsString(), pair.get(1).getAsString()});
        }
        return new BpeTokenizer(merges);
    }

    /** Writes a Hugging Face {@code tokenizer.json}. */
    public void save(Path file) throws IOException {
        var json = new JsonObject();
        json.addProperty("version", "1.0");
        json.add("truncation", JsonNull.INSTANCE);
        json.add("padding", JsonNull.INSTANCE);
        var list = new JsonArray();
        added.forEach(
                (token, id) -> {
                    JsonObject entry = flags(token);
                    entry.addProperty("id", id);
                    list.add(entry);
                });
        json.add("added_tokens", list);
        json.add("normalizer", JsonNull.INSTANCE);
        var sequence = new JsonArray();
        for (String pattern : PreTokenizer.PATTERNS) {
            var regex = new JsonObject();
            regex.addProperty("Regex", pattern);
            var split = new JsonObject();
            split.addProperty("type", "Split");
            split.add("pattern", regex);
            split.addProperty("behavior", "Isolated");
            split.addProperty("invert", false);
            sequence.add(split);
        }
        sequence.add(byteLevel(false));
        var preTokenizer = new JsonObject();
        preTokenizer.addProperty("type", "Sequence");
        preTokenizer.add("pretokenizers", sequence);
        json.add("pre_tokenizer", preTokenizer);
        json.add("post_processor", JsonNull.INSTANCE);
        json.add("decoder", byteLevel(true));
        var model = new JsonObject();
        model.addProperty("type", "BPE");
        for (String absent :
                List.of(
                        "dropout",
                        "unk_token",
                        "continuing_subword_prefix",
                        "end_of_word_suffix")) {
            model.add(absent, JsonNull.INSTANCE);
        }
        for (String off : List.of("fuse_unk", "byte_fallback", "ignore_merges")) {
            model.addProperty(off, false);
        }
        var numbers = new JsonObject();
        vocabulary.forEach(numbers::addProperty);
        model.add("vocab", numbers);
        var pairs = new JsonArray();
        for (String[] merge : merges) {
            var pair = new JsonArray();
            pair.add(merge[0]);
            pair.add(merge[1]);
            pairs.add(pair);
        }
        model.add("merges", pairs);
        json.add("model", model);
        write(file, json);
    }

    /**
     * Writes {@code tokenizer_config.json}.
     *
     * @param template the Jinja chat template
     */
    public void saveConfig(Path file, String template, int longest) throws IOException {
        var json = new JsonObject();
        json.addProperty("tokenizer_class", "PreTrainedTokenizerFast");
        json.addProperty("add_bos_token", false);
        json.addProperty("add_eos_token", false);
        var decoder = new JsonObject();
        added.forEach((token, id) -> decoder.add(String.valueOf(id), flags(token)));
        json.add("added_tokens_decoder", decoder);
        json.addProperty("bos_token", BEGIN);
        json.addProperty("eos_token", END);
        json.addProperty("pad_token", PAD);
        json.addProperty("clean_up_tokenization_spaces", false);
        json.addProperty("model_max_length", longest);
        json.addProperty("chat_template", template);
        write(file, json);
    }

    private static JsonObject byteLevel(boolean decoder) {
        var json = new JsonObject();
        json.addProperty("type", "ByteLevel");
        json.addProperty("add_prefix_space", decoder);
        json.addProperty("trim_offsets", true);
        json.addProperty("use_regex", decoder);
        return json;
    }

    /** The marks of thought survive a decode without special tokens. */
    private static JsonObject flags(String token) {
        var json = new JsonObject();
        json.addProperty("content", token);
        json.addProperty("single_word", false);
        json.addProperty("lstrip", false);
        json.addProperty("rstrip", false);
        json.addProperty("normalized", false);
        json.addProperty("special", !token.equals(THINK) && !token.equals(END_OF_THOUGHT));
        return json;
    }

    private static void write(Path file, JsonObject json) throws IOException {
        var gson = new GsonBuilder().disableHtmlEscaping().serializeNulls().setPrettyPrinting();
        Files.writeString(file, gson.create().toJson(json) + "\n");
    }
}
