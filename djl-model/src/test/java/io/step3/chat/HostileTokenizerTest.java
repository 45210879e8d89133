package io.step3.chat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that end the process, or never load, where the native library is given them as they are.
 */
class HostileTokenizerTest {

    /** What published tokenizers split with. */
    private static final List<String> PUBLISHED =
            List.of(
                    "\\p{N}{1,3}",
                    "[一-龥\\u3040-ゟ゠-ヿ]+",
                    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
                    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                    "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+",
                    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
                    " ?[^(\\s|[.,!?…。，、।۔،])]+",
                    "[\\p{Han}]+|[\\p{Lu}\\p{Lo}&&[^\\p{Han}]]*[\\p{Ll}&&[^\\p{Han}]]+|.|\\s",
                    "\\n+|[^\\n]+",
                    "[0-9][0-9][0-9]",
                    "(?<=\\n)x| ");

    static Stream<String> published() {
        return PUBLISHED.stream();
    }

    @ParameterizedTest
    @MethodSource("published")
    void whatPublishedTokenizersSplitWithPasses(String regex, @TempDir Path folder)
            throws IOException {
        JsonObject json = tiny();
        json.add("pre_tokenizer", split(regex));
        try (Tokenizer tokenizer = load(folder, json)) {
            // The longest text that is let through, of one kind: no step is one too many.
            for (String run : List.of(" ", "a", "A", "中", "1")) {
                assertTrue(tokenizer.encode(run.repeat(20_000) + "!ab").length > 0);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "(a+)+$",
                "(a|aa)+b",
                "(.*)*x",
                "(a*)+",
                "a*",
                "(?:a|)",
                "a*a*b",
                "(x+x+)+y",
                "(?i:ß)+x",
                "((((((((((((((((((a))))))))))))))))))",
                "a?a?a?a?a?a?a?a?a?a?a?aaaaaaaaaaa",
                "(a)\\1",
                "(?<n>a)\\g<n>",
                "\\Ga",
                "a{1,100000}",
                "(a{1000}){1000}",
                "a**",
                "[a",
                "(a",
                "a)",
                "\\p{",
                "\\",
                "(?~a)",
                "(?i)a",
                "\\xff",
                "\\uD800",
                "[]",
            })
    void aPatternThatMayRunOnOrMatchesNothingIsNamed(String regex, @TempDir Path folder) {
        JsonObject json = tiny();
        json.add("pre_tokenizer", split(regex));
        refused(folder, json, regex.isEmpty() ? "Regex must be not empty" : "cannot be used");
    }

    static Stream<Arguments> parts() {
        return Stream.of(
                Arguments.of("normalizer", "{'type':'Precompiled','precompiled_charsmap':'////'}"),
                Arguments.of(
                        "normalizer", "{'type':'Replace','pattern':{'String':''},'content':'x'}"),
                Arguments.of(
                        "normalizer", "{'type':'Replace','pattern':{'Regex':'x*'},'content':'y'}"),
                Arguments.of(
                        "normalizer", "{'type':'Replace','pattern':{'String':'x'},'content':''}"),
                Arguments.of("normalizer", "{'type':'Prepend','prepend':''}"),
                Arguments.of("normalizer", "{'type':'BertNormalizer'}"),
                Arguments.of("normalizer", "{'type':'Sequence','normalizers':[null]}"),
                Arguments.of("normalizer", "{'type':'Sequence'}"),
                Arguments.of("normalizer", "{'type':'NoSuch'}"),
                Arguments.of("normalizer", "7"),
                Arguments.of("pre_tokenizer", "{'type':'FixedLength','length':0}"),
                Arguments.of("pre_tokenizer", "{'type':'Metaspace','replacement':'','split':true}"),
                Arguments.of(
                        "pre_tokenizer",
                        "{'type':'Split','pattern':{'String':''},'behavior':'Isolated'}"),
                Arguments.of(
                        "pre_tokenizer",
                        "{'type':'Split','pattern':{'String':'a'},'behavior':'Other'}"),
                Arguments.of("pre_tokenizer", "{'type':'UnicodeScripts'}"),
                Arguments.of("decoder", "{'type':'CTC'}"),
                Arguments.of("decoder", "{'type':'Strip','content':'','start':1,'stop':0}"),
                Arguments.of("decoder", "{'type':'Fuse'}"),
                Arguments.of("decoder", "null"));
    }

    @ParameterizedTest
    @MethodSource("parts")
    void aPartThatCannotRunIsNamed(String where, String part, @TempDir Path folder) {
        JsonObject json = tiny();
        json.add(where, JsonParser.parseString(part));
        refused(folder, json, "decoder".equals(where) ? "decoder" : where);
    }

    @Test
    void normalisersThatMakeTextsHugeAreRefused(@TempDir Path folder) {
        JsonObject sequence = JsonParser.parseString("{'type':'Sequence'}").getAsJsonObject();
        JsonArray all = new JsonArray();
        for (int i = 0; i < 8; i++) {
            all.add(
                    JsonParser.parseString(
                            "{'type':'Replace','pattern':{'String':'a'},'content':'aaaaaaaaaaaaaaaa'}"));
        }
        sequence.add("normalizers", all);
        JsonObject json = tiny();
        json.add("normalizer", sequence);
        refused(folder, json, "far too long");
    }

    static Stream<Arguments> tables() {
        return Stream.of(
                Arguments.of("the added token \"<x>\" has the id 9, but 6", 9, "<x>", 1),
                Arguments.of("the added token \"a\" has the id 6, but 0", 6, "a", 1),
                Arguments.of("<think>\" twice", 6, "<think>", 1),
                Arguments.of("is empty", 6, "", 1),
                Arguments.of("is not between", -1, "<x>", 1),
                Arguments.of("is longer than", 6, "x".repeat(60_000), 1),
                Arguments.of("more than", 6, "<x>", 20_000),
                Arguments.of("more than", 6, "x".repeat(200), 2_000));
    }

    @ParameterizedTest
    @MethodSource("tables")
    void addedTokensAreHeldToTheirIdsAndToABound(
            String named, int id, String content, int count, @TempDir Path folder) {
        JsonObject json = tiny();
        for (int i = 0; i < count; i++) {
            JsonObject token = new JsonObject();
            token.addProperty("id", id + i);
            token.addProperty("content", content + (i == 0 ? "" : i));
            json.getAsJsonArray("added_tokens").add(token);
        }
        refused(folder, json, named);
    }

    @Test
    void asManyAddedTokensAsMayBeLoadInTime(@TempDir Path folder) throws IOException {
        JsonObject json = tiny();
        for (int i = 0; i < 1000; i++) {
            JsonObject token = new JsonObject();
            token.addProperty("id", 6 + i);
            token.addProperty("content", "a".repeat(250) + i);
            json.getAsJsonArray("added_tokens").add(token);
        }
        assertTimeoutPreemptively(
                Duration.ofSeconds(30),
                () -> {
                    try (Tokenizer tokenizer = load(folder, json)) {
                        assertEquals(1006, tokenizer.vocabularySize());
                        assertTrue(tokenizer.encode("a".repeat(100_000)).length > 0);
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'WordLevel','vocab':{'a':0},'unk_token':'a'}",
                "{'type':'Unigram','unk_id':7,'vocab':[['a',0.0]]}",
                "{'type':'BPE','vocab':{'a':0},'merges':['a b']}",
                "{'type':'BPE','vocab':{'a':0,'b':1},'merges':['a b']}",
                "{'type':'BPE','vocab':{'a':0,'b':1,'ab':2},'merges':['a b c']}",
                "{'type':'BPE','vocab':{'a':0,'b':1,'ab':2},'merges':['ab']}",
                "{'type':'BPE','vocab':{'a':0,'b':0},'merges':[]}",
                "{'type':'BPE','vocab':{'a':0},'merges':[],'unk_token':'nothing'}",
                "{'type':'BPE','vocab':{'a':0},'merges':[],'continuing_subword_prefix':'中##'}",
                "{'type':'BPE','vocab':{'a':0},'merges':[],'dropout':0.5}",
                "{'type':'BPE','vocab':'vocab.json','merges':[]}",
                "{'type':'BPE','vocab':{},'merges':[]}",
                "{'type':'BPE','vocab':{'a':0}}",
                "null",
            })
    void aModelThatContradictsItselfIsRefused(String model, @TempDir Path folder) {
        JsonObject json = tiny();
        json.add("model", JsonParser.parseString(model));
        refused(folder, json, "tokenizer.json");
    }

    /** The decoder of Llama 2 and its kin: a space is U+2581, and rare characters are bytes. */
    @Test
    void aTokenizerOfSentencePieceReadsAndWrites(@TempDir Path folder) throws IOException {
        JsonObject vocab = new JsonObject();
        List<String> tokens = List.of("<unk>", "a", "b", "▁", "ab", "▁ab");
        tokens.forEach(token -> vocab.addProperty(token, vocab.size()));
        for (int b = 0; b < 256; b++) {
            vocab.addProperty("<0x%02X>".formatted(b), vocab.size());
        }
        JsonObject json =
                JsonParser.parseString(
                                """
                                {"normalizer": {"type": "Sequence", "normalizers": [
                                    {"type": "Prepend", "prepend": "▁"},
                                    {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
                                 "pre_tokenizer": null,
                                 "post_processor": {"type": "TemplateProcessing", "single": [],
                                    "pair": [], "special_tokens": {}},
                                 "decoder": {"type": "Sequence", "decoders": [
                                    {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                                    {"type": "ByteFallback"}, {"type": "Fuse"},
                                    {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
                                 "added_tokens": [],
                                 "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": true,
                                    "byte_fallback": true,
                                    "merges": ["a b", "▁ ab"]}}""")
                        .getAsJsonObject();
        json.getAsJsonObject("model").add("vocab", vocab);
        try (Tokenizer tokenizer = load(folder, json)) {
            assertArrayEquals(new int[] {5, 5, 3, 1}, tokenizer.encode("ab ab a"));
            for (String text : List.of("ab ab  a", "你好 🤔", " ab", "")) {
                int[] ids = tokenizer.encode(text);
                Detokenizer detokenizer = tokenizer.detokenizer(true);
                StringBuilder streamed = new StringBuilder();
                Arrays.stream(ids).forEach(id -> streamed.append(detokenizer.feed(id)));
                streamed.append(detokenizer.finish());
                assertEquals(text, streamed.toString());
                assertEquals(text, tokenizer.decode(ids, false));
            }
        }
    }

    @Test
    void aTextOfMillionsOfCharactersIsRefusedBeforeThePatternsSeeIt() throws IOException {
        try (Tokenizer tokenizer = Tokenizer.load(Golden.CHECKPOINT)) {
            String spaces = " ".repeat(12_000_000);
            var refused =
                    assertThrows(IllegalArgumentException.class, () -> tokenizer.encode(spaces));
            assertTrue(refused.getMessage().contains("12,000,000"), refused.getMessage());
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aNamedPipeIsRefusedWithoutWaitingForAWriter(@TempDir Path folder) throws Exception {
        Path pipe = folder.resolve("tokenizer.json");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        assertTimeoutPreemptively(
                Duration.ofSeconds(30),
                () -> {
                    var refused = assertThrows(IOException.class, () -> Tokenizer.load(folder));
                    assertTrue(refused.getMessage().contains("pipe"), refused.getMessage());
                });
    }

    @Test
    void aByteOrderMarkIsSkippedAndAKeyThatStandsTwiceIsNamed(@TempDir Path folder)
            throws IOException {
        String json = tiny().toString();
        Files.writeString(folder.resolve("tokenizer.json"), "\uFEFF" + json);
        Tokenizer.load(folder).close();
        Files.writeString(
                folder.resolve("tokenizer.json"),
                json.replaceFirst("\\{", "{\"normalizer\":null,\"normalizer\":null,"));
        var refused = assertThrows(IOException.class, () -> Tokenizer.load(folder));
        assertTrue(refused.getMessage().contains("\"normalizer\" twice"), refused.getMessage());
    }

    /** More with {@code -Dtokenizer.rounds=30000}, others with {@code -Dtokenizer.seed=1}. */
    @Test
    void tokenizersChangedAtRandomNeverEndTheProcess() throws Exception {
        long seed = Long.getLong("tokenizer.seed", 20_260_000);
        int rounds = Integer.getInteger("tokenizer.rounds", 200);
        Process child =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx256m",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                TokenizerFuzz.class.getName(),
                                Golden.CHECKPOINT.toString(),
                                String.valueOf(seed),
                                String.valueOf(rounds))
                        .redirectErrorStream(true)
                        .start();
        List<String> lines;
        try (var out = child.inputReader()) {
            lines = out.lines().toList();
        }
        boolean ended = child.waitFor(5, TimeUnit.MINUTES);
        child.destroyForcibly();
        String tail =
                String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
        assertTrue(ended, tail);
        assertEquals(0, child.exitValue(), tail);
        int loaded = Integer.parseInt(lines.getLast().split(" ")[0]);
        assertTrue(loaded > rounds / 20, tail);
        System.out.println(lines.getLast() + ", from seed " + seed);
    }

    private static JsonObject tiny() {
        return JsonParser.parseString(
                        """
                        {"version": "1.0", "added_tokens": [
                            {"id": 4, "content": "<im_patch>", "single_word": false, "lstrip": false,
                             "rstrip": false, "normalized": false, "special": true},
                            {"id": 5, "content": "<think>", "single_word": false, "lstrip": false,
                             "rstrip": false, "normalized": false, "special": false}],
                         "normalizer": null,
                         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
                         "decoder": {"type": "ByteLevel"},
                         "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "Ġ": 3},
                             "merges": ["a b"]}}""")
                .getAsJsonObject();
    }

    private static JsonObject split(String regex) {
        JsonObject pattern = new JsonObject();
        pattern.addProperty("Regex", regex);
        JsonObject split = new JsonObject();
        split.addProperty("type", "Split");
        split.add("pattern", pattern);
        split.addProperty("behavior", "Isolated");
        split.addProperty("invert", false);
        JsonArray both = new JsonArray();
        both.add(split);
        both.add(
                JsonParser.parseString(
                        "{'type':'ByteLevel','add_prefix_space':false,'use_regex':false}"));
        JsonObject sequence = new JsonObject();
        sequence.addProperty("type", "Sequence");
        sequence.add("pretokenizers", both);
        return sequence;
    }

    private static Tokenizer load(Path folder, JsonObject json) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), json.toString());
        return Tokenizer.load(folder);
    }

    private static void refused(Path folder, JsonObject json, String named) {
        var refused = assertThrows(IOException.class, () -> load(folder, json).close());
        assertTrue(refused.getMessage().contains(named), refused.getMessage());
        assertFalse(refused.getMessage().contains("\n"), refused.getMessage());
    }
}
