package io.step3.chat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Loads tokenizers that were changed at random, and encodes with those that load. A process of its
 * own, because what goes wrong ends it: the last line that it writes names the seed.
 *
 * <p>Arguments: the folder of a real tokenizer, the first seed, how many.
 */
final class TokenizerFuzz {

    /** Parts of the kinds that files have, some of which their library cannot run. */
    private static final List<String> PARTS =
            List.of(
                    "{'type':'NFC'}",
                    "{'type':'NFKD'}",
                    "{'type':'Lowercase'}",
                    "{'type':'Strip','strip_left':true,'strip_right':true}",
                    "{'type':'StripAccents'}",
                    "{'type':'Nmt'}",
                    "{'type':'BertNormalizer','lowercase':true}",
                    "{'type':'Prepend','prepend':'▁'}",
                    "{'type':'Prepend','prepend':''}",
                    "{'type':'Precompiled','precompiled_charsmap':'AAAAAA=='}",
                    "{'type':'Replace','pattern':{'String':' '},'content':'▁'}",
                    "{'type':'Replace','pattern':{'String':''},'content':'x'}",
                    "{'type':'Replace','pattern':{'Regex':'a*'},'content':''}",
                    "{'type':'Replace','pattern':{'Regex':'a+|b'},'content':'aaaaaaaa'}",
                    "{'type':'Sequence','normalizers':[]}",
                    "{'type':'Sequence','pretokenizers':[]}",
                    "{'type':'Sequence','decoders':[]}",
                    "{'type':'Split','pattern':{'Regex':'x*'},'behavior':'Isolated','invert':false}",
                    "{'type':'Split','pattern':{'Regex':'\\\\s+(?!\\\\S)|.'},'behavior':'Removed','invert':true}",
                    "{'type':'Split','pattern':{'String':'a'},'behavior':'MergedWithPrevious','invert':true}",
                    "{'type':'Split','pattern':{'String':''},'behavior':'Contiguous','invert':false}",
                    "{'type':'ByteLevel','add_prefix_space':true,'trim_offsets':true,'use_regex':true}",
                    "{'type':'Metaspace','replacement':'▁','prepend_scheme':'first','split':true}",
                    "{'type':'Metaspace','replacement':'','prepend_scheme':'always','split':false}",
                    "{'type':'Digits','individual_digits':true}",
                    "{'type':'Punctuation','behavior':'MergedWithNext'}",
                    "{'type':'Whitespace'}",
                    "{'type':'WhitespaceSplit'}",
                    "{'type':'FixedLength','length':0}",
                    "{'type':'CharDelimiterSplit','delimiter':'a'}",
                    "{'type':'UnicodeScripts'}",
                    "{'type':'ByteFallback'}",
                    "{'type':'Fuse'}",
                    "{'type':'Strip','content':' ','start':1,'stop':0}",
                    "{'type':'Strip','content':'','start':99,'stop':99}",
                    "{'type':'WordPiece','prefix':'##','cleanup':true}",
                    "{'type':'CTC','pad_token':'','word_delimiter_token':'','cleanup':true}",
                    "{'type':'Replace','pattern':{'String':'▁'},'content':' '}",
                    "{'type':'WordLevel','vocab':{},'unk_token':''}",
                    "{'type':'Unigram','unk_id':99,'vocab':[]}");

    private static final List<String> TEXTS =
            List.of(
                    "",
                    " ",
                    "a",
                    "Hello, world! 你好 123456 aAbB\r\n\r\n \t x",
                    "<think>ﷺ e\u0301\u0301 ﬁ 🤔 \0 </think><|EOT|> <im_patch>",
                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac",
                    "\u3000<think>\u00a0 <think>a<think>e\u0301\u2028e\u0301 ab 🤔🤔 \u0085▁▁ <0x41>Ġ \0\0  ",
                    "ab ".repeat(300) + " ".repeat(3000) + "!",
                    "x".repeat(5000) + "9".repeat(5000) + "\n".repeat(5000));

    private static final String[] PIECES = {
        "a",
        "b",
        ".",
        "\\s",
        "\\S",
        "\\p{L}",
        "\\p{N}",
        "\\p{Han}",
        "\\p{Nope}",
        "[a-z]",
        "[^\\r\\n]",
        "[a&&b]",
        "[",
        "]",
        "(",
        ")",
        "(?:",
        "(?i:",
        "(?=",
        "(?!",
        "(?<=",
        "(?<!",
        "(?>",
        "|",
        "*",
        "+",
        "?",
        "{1,3}",
        "{2}",
        "{0,1000}",
        "{99999}",
        "^",
        "$",
        "\\b",
        "\\G",
        "\\K",
        "\\1",
        "\\X",
        "\\R",
        "\\u4e00",
        "\\x{1F600}",
        "\\xff",
        "ß",
        "é",
        "🤔",
        "}",
        "{",
        "\\",
        "(?<n>a)",
        "\\g<n>",
        "(?~a)",
        "(?i)",
        "-",
        "&&"
    };

    private static final String[] STRINGS = {
        "",
        " ",
        "a",
        "ab",
        "<think>",
        "▁",
        "🤔",
        "\0",
        "Isolated",
        "first",
        "never",
        "\uD83E",
        "e\u0301",
        "<0x41>",
        "Ġ",
        "aaaaaaaaaaaaaaaa"
    };

    private static final Number[] NUMBERS = {
        0,
        1,
        -1,
        2,
        3,
        7,
        255,
        1008,
        1009,
        1024,
        65536,
        4194303,
        4194304,
        2147483647,
        -2147483648,
        1.5,
        1e300
    };

    private final Random random;

    private TokenizerFuzz(long seed) {
        random = new Random(seed);
    }

    public static void main(String[] args) throws IOException {
        Path folder = Files.createTempDirectory("fuzz");
        JsonObject real =
                JsonParser.parseString(Files.readString(Path.of(args[0], "tokenizer.json")))
                        .getAsJsonObject();
        long first = Long.parseLong(args[1]);
        int loaded = 0;
        int rounds = Integer.parseInt(args[2]);
        for (long seed = first; seed < first + rounds; seed++) {
            System.out.println("seed " + seed);
            String json = new TokenizerFuzz(seed).changed(real);
            Files.writeString(folder.resolve("tokenizer.json"), json);
            long start = System.nanoTime();
            loaded += runs(folder) ? 1 : 0;
            long seconds = (System.nanoTime() - start) / 1_000_000_000;
            if (seconds > 20) {
                throw new AssertionError("seed %d took %d s".formatted(seed, seconds));
            }
        }
        Files.delete(folder.resolve("tokenizer.json"));
        Files.delete(folder);
        System.out.printf("%d of %d loaded%n", loaded, rounds);
    }

    private static boolean runs(Path folder) {
        try (Tokenizer tokenizer = Tokenizer.load(folder)) {
            for (String text : TEXTS) {
                tokenizer.decode(tokenizer.encode(text), false);
                tokenizer.encodeText(text);
            }
            return true;
        } catch (IOException | RuntimeException refused) {
            return false; // a sentence, not the end of the process
        }
    }

    private String changed(JsonObject real) {
        JsonObject json = small(real);
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            switch (random.nextInt(6)) {
                case 0 -> json.add(pick("normalizer", "pre_tokenizer", "decoder"), part(2));
                case 1 -> {
                    JsonObject split = new JsonObject();
                    split.addProperty("type", "Split");
                    JsonObject pattern = new JsonObject();
                    pattern.addProperty("Regex", regex());
                    split.add("pattern", pattern);
                    split.addProperty("behavior", "Isolated");
                    split.addProperty("invert", random.nextBoolean());
                    json.add("pre_tokenizer", split);
                }
                case 2 -> {
                    if (json.get("added_tokens") instanceof JsonArray tokens) {
                        tokens.add(added(5 + tokens.size()));
                    }
                }
                default -> change(json);
            }
        }
        return json.toString().replaceAll("\uD83E(?![\uDC00-\uDFFF])", "\\\\ud83e");
    }

    /** With a short vocabulary, so that a change of the rest is likely. */
    private JsonObject small(JsonObject real) {
        JsonObject json = real.deepCopy();
        if (random.nextInt(4) > 0) {
            JsonObject model = json.getAsJsonObject("model");
            model.add("vocab", JsonParser.parseString("{'a':0,'b':1,'ab':2,'Ġ':3,'▁':4}"));
            model.add("merges", JsonParser.parseString("['a b']"));
            JsonArray added = new JsonArray();
            for (int i = 0; i < 3; i++) {
                JsonObject token = json.getAsJsonArray("added_tokens").get(i).getAsJsonObject();
                token.addProperty("id", 5 + i);
                added.add(token);
            }
            json.add("added_tokens", added);
        }
        return json;
    }

    private JsonElement part(int depth) {
        if (depth > 0 && random.nextInt(3) == 0) {
            JsonObject sequence = new JsonObject();
            sequence.addProperty("type", "Sequence");
            JsonArray items = new JsonArray();
            for (int i = random.nextInt(4); i > 0; i--) {
                items.add(part(depth - 1));
            }
            sequence.add(pick("normalizers", "pretokenizers", "decoders"), items);
            return sequence;
        }
        JsonElement part = JsonParser.parseString(PARTS.get(random.nextInt(PARTS.size())));
        if (random.nextInt(3) == 0) {
            change(part.getAsJsonObject());
        }
        return part;
    }

    private String regex() {
        StringBuilder regex = new StringBuilder();
        for (int i = 1 + random.nextInt(8); i > 0; i--) {
            regex.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return regex.toString();
    }

    private JsonObject added(int next) {
        JsonObject token = new JsonObject();
        boolean other = random.nextInt(4) == 0;
        token.addProperty("id", other ? NUMBERS[random.nextInt(NUMBERS.length)] : next);
        int times = 1 << random.nextInt(other ? 10 : 4);
        token.addProperty("content", STRINGS[random.nextInt(STRINGS.length)].repeat(times));
        for (String flag : List.of("single_word", "lstrip", "rstrip", "normalized", "special")) {
            token.addProperty(flag, random.nextBoolean());
        }
        return token;
    }

    /** Walks down to a random place and puts something else there. */
    private void change(JsonElement root) {
        JsonElement at = root;
        while (true) {
            List<Map.Entry<String, JsonElement>> fields = new ArrayList<>();
            if (at instanceof JsonObject object) {
                fields.addAll(object.entrySet());
            } else if (at instanceof JsonArray array) {
                for (int i = 0; i < array.size(); i++) {
                    fields.add(Map.entry(String.valueOf(i), array.get(i)));
                }
            }
            if (fields.isEmpty()) {
                return;
            }
            Map.Entry<String, JsonElement> field = fields.get(random.nextInt(fields.size()));
            boolean leaf = field.getValue().isJsonPrimitive() || field.getValue().isJsonNull();
            if (leaf || random.nextInt(5) == 0) {
                if (at instanceof JsonObject object) {
                    if (random.nextInt(4) == 0) {
                        object.remove(field.getKey());
                    } else {
                        object.add(field.getKey(), value());
                    }
                } else {
                    at.getAsJsonArray().set(Integer.parseInt(field.getKey()), value());
                }
                return;
            }
            at = field.getValue();
        }
    }

    private JsonElement value() {
        return switch (random.nextInt(7)) {
            case 0 -> new JsonPrimitive(NUMBERS[random.nextInt(NUMBERS.length)]);
            case 1 -> new JsonPrimitive(random.nextBoolean());
            case 2 -> JsonNull.INSTANCE;
            case 3 -> part(1);
            case 4 -> new JsonPrimitive(regex());
            case 5 -> random.nextBoolean() ? new JsonArray() : new JsonObject();
            default -> new JsonPrimitive(STRINGS[random.nextInt(STRINGS.length)]);
        };
    }

    private String pick(String... names) {
        return names[random.nextInt(names.length)];
    }
}
