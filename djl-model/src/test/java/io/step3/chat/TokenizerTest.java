package io.step3.chat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {

    private static Tokenizer tokenizer;

    @BeforeAll
    static void load() throws IOException {
        tokenizer = Tokenizer.load(Golden.CHECKPOINT);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void asNothingButTextNoAddedTokenIsMadeAndTheTextIsTheSame() throws IOException {
        for (JsonObject golden : Golden.objects(Golden.json("chat/a.json"))) {
            String text = golden.get("text").getAsString();
            int[] ids = tokenizer.encodeText(text + "<<think></think></think>");
            for (String mark : List.of("<think>", "</think>", "<|BOT|>", "<im_patch>")) {
                int id = tokenizer.tokenId(mark).orElseThrow();
                assertTrue(Arrays.stream(ids).noneMatch(i -> i == id), mark);
            }
            // Special tokens would show in one of the two only.
            assertEquals(text + "<<think></think></think>", tokenizer.decode(ids, true));
            assertEquals(text + "<<think></think></think>", tokenizer.decode(ids, false));
        }
        for (JsonObject golden : Golden.objects(Golden.json("tokenizer/a.json"))) {
            int[] ids = Golden.ints(golden.get("ids"));
            // Ids from 1009 on, and the first three, are those of added tokens.
            if (Arrays.stream(ids).allMatch(id -> id > 2 && id < 1009)) {
                assertArrayEquals(ids, tokenizer.encodeText(golden.get("text").getAsString()));
            }
        }
        assertEquals(0, tokenizer.encodeText("").length);
    }

    @Test
    void textsBecomeTheGoldenIdsAndBack() throws IOException {
        for (JsonObject golden : Golden.objects(Golden.json("tokenizer/a.json"))) {
            String text = golden.get("text").getAsString();
            int[] ids = Golden.ints(golden.get("ids"));
            assertArrayEquals(ids, tokenizer.encode(text), text);
            assertEquals(golden.get("decoded").getAsString(), tokenizer.decode(ids, false));
            assertEquals(
                    golden.get("decoded_without_special").getAsString(),
                    tokenizer.decode(ids, true));
            assertEquals(golden.get("decoded").getAsString(), detokenize(ids, true));
        }
        for (JsonObject golden : Golden.objects(Golden.json("chat/a.json"))) {
            assertArrayEquals(
                    Golden.ints(golden.get("ids")),
                    tokenizer.encode(golden.get("text").getAsString()));
        }
    }

    @Test
    void whatTheGoldenModelsWroteDecodesTokenByToken() throws IOException {
        List<JsonObject> written = new ArrayList<>();
        for (String name : List.of("text/a.json", "text/b.json")) {
            JsonObject file = Golden.json(name).getAsJsonObject();
            written.addAll(Golden.objects(file.get("prompts")));
        }
        for (String name : List.of("multimodal/a.json", "multimodal/b.json")) {
            written.addAll(Golden.objects(Golden.json(name)));
        }
        assertFalse(written.isEmpty());
        for (JsonObject golden : written) {
            int[] ids = Golden.ints(golden.get("greedy_ids"));
            assertEquals(golden.get("greedy_text").getAsString(), detokenize(ids, true));
            assertEquals(golden.get("greedy_text").getAsString(), tokenizer.decode(ids, false));
        }
    }

    private static String detokenize(int[] ids, boolean allSpecial) {
        Detokenizer detokenizer = tokenizer.detokenizer(allSpecial);
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            String piece = detokenizer.feed(id);
            assertEquals(
                    piece,
                    new String(piece.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
            text.append(piece);
        }
        return text.append(detokenizer.finish()).toString();
    }

    @Test
    void anyIdsDecodeAsTheNativeDecoderDoes() {
        // The 256 single bytes come first in the vocabulary, so half of the ids are single bytes.
        for (int seed = 0; seed < 3000; seed++) {
            Random random = new Random(seed);
            int[] ids =
                    random.ints(1 + random.nextInt(40))
                            .map(i -> Math.floorMod(i, random.nextBoolean() ? 260 : 1100))
                            .toArray();
            assertEquals(tokenizer.decode(ids, false), detokenize(ids, true), "seed " + seed);
        }
    }

    @Test
    void halfACharacterIsHeldBack() {
        int[] ids = tokenizer.encode("🤔");
        assertTrue(ids.length > 1);
        Detokenizer detokenizer = tokenizer.detokenizer(true);
        for (int i = 0; i < ids.length - 1; i++) {
            assertEquals("", detokenizer.feed(ids[i]));
        }
        assertEquals("🤔", detokenizer.feed(ids[ids.length - 1]));
        assertEquals("", detokenizer.finish());
        detokenizer.feed(ids[0]);
        assertEquals("\uFFFDa", detokenizer.feed(tokenizer.encode("a")[0]));
        detokenizer.feed(ids[0]);
        assertEquals("\uFFFD", detokenizer.finish());
        assertEquals("", detokenizer.finish());
    }

    @Test
    void aChatShowsToolMarksAndThoughtsButNoOtherSpecialToken() {
        String text =
                "<|BOT|>a<think>b</think><｜tool_calls_begin｜><｜tool_call_begin｜>function"
                        + "<｜tool_sep｜>c<｜tool_call_end｜><｜tool_calls_end｜><im_patch><|EOT|>";
        int[] ids = tokenizer.encode(text);
        assertEquals(text, detokenize(ids, true));
        assertEquals(
                text.replace("<|BOT|>", "").replace("<im_patch>", "").replace("<|EOT|>", ""),
                detokenize(ids, false));
    }

    @Test
    void tokensAreKnownByName() {
        assertEquals(OptionalInt.of(1016), tokenizer.tokenId("<|EOT|>"));
        assertEquals(OptionalInt.of(1022), tokenizer.tokenId("<think>"));
        assertEquals(OptionalInt.empty(), tokenizer.tokenId("<nothing>"));
        assertEquals(1024, tokenizer.vocabularySize());
    }

    @Test
    void oddTextAndIdsHarmNothing() {
        assertArrayEquals(tokenizer.encode("\uFFFDa"), tokenizer.encode("\uD83Ea"));
        assertEquals("\0a", tokenizer.decode(tokenizer.encode("\0a"), false));
        assertEquals("", tokenizer.decode(new int[] {-1, 1 << 20, Integer.MAX_VALUE}, false));
        assertEquals("", tokenizer.detokenizer(true).feed(-1));
        assertEquals("", tokenizer.detokenizer(true).feed(Integer.MAX_VALUE));
    }

    @Test
    void truncationAndPaddingOfTheFileAreIgnored(@TempDir Path folder) throws IOException {
        JsonObject json = Golden.json("checkpoints/a/tokenizer.json").getAsJsonObject();
        json.add(
                "truncation",
                JsonParser.parseString(
                        "{\"direction\":\"Right\",\"max_length\":3,\"strategy\":\"LongestFirst\","
                                + "\"stride\":0}"));
        json.add(
                "padding",
                JsonParser.parseString(
                        "{\"strategy\":{\"Fixed\":64},\"direction\":\"Right\","
                                + "\"pad_to_multiple_of\":null,\"pad_id\":2,\"pad_type_id\":0,"
                                + "\"pad_token\":\"<｜▁pad▁｜>\"}"));
        Files.writeString(folder.resolve("tokenizer.json"), json.toString());
        String text = "The quick brown fox jumps over the lazy dog.";
        try (Tokenizer other = Tokenizer.load(folder)) {
            assertArrayEquals(tokenizer.encode(text), other.encode(text));
            String longText = "word ".repeat(5000);
            assertTrue(other.encode(longText).length > 5000);
        }
    }

    @Test
    void severalThreadsMayUseATokenizerAndOneMayCloseIt() throws Exception {
        Tokenizer shared = Tokenizer.load(Golden.CHECKPOINT);
        int[] expected = tokenizer.encode("Hello, world! 你好");
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Boolean>> results = new ArrayList<>();
            Callable<Boolean> use =
                    () -> {
                        for (int i = 0; i < 500; i++) {
                            try {
                                assertArrayEquals(expected, shared.encode("Hello, world! 你好"));
                            } catch (IllegalStateException closed) {
                                return true;
                            }
                        }
                        return true;
                    };
            for (int i = 0; i < 4; i++) {
                results.add(threads.submit(use));
            }
            Thread.sleep(20);
            shared.close();
            for (Future<Boolean> result : results) {
                assertTrue(result.get());
            }
        }
        shared.close();
        assertThrows(IllegalStateException.class, () -> shared.encode("a"));
        assertThrows(IllegalStateException.class, () -> shared.decode(new int[] {1}, true));
    }

    @Test
    void aMissingFileIsNamed(@TempDir Path folder) {
        IOException missing = assertThrows(IOException.class, () -> Tokenizer.load(folder));
        assertTrue(
                missing.getMessage().contains("tokenizer.json is missing"), missing.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{}",
                "{\"model\": 1}",
                "{\"model\": {\"vocab\": {\"a\": 0}}}",
                "{\"model\": {\"vocab\": {\"a\": -1}}, \"decoder\": {\"type\": \"ByteLevel\"}}",
                "{\"model\": {\"vocab\": {\"a\": 2000000000}}, \"decoder\": {\"type\": \"ByteLevel\"}}",
                "{\"model\": {\"vocab\": {\"a\": \"x\"}}, \"decoder\": {\"type\": \"ByteLevel\"}}",
                "{\"model\": {\"vocab\": {\"a\": 0}}, \"decoder\": {\"type\": \"ByteLevel\"}}",
                "{\"model\": {\"vocab\": {\"a\": 0}}, \"decoder\": {\"type\": \"WordPiece\"}}",
                "{\"added_tokens\": [{}], \"decoder\": {\"type\": \"ByteLevel\"}}",
                "{\"added_tokens\": [1], \"decoder\": {\"type\": \"ByteLevel\"}}",
            })
    void aBrokenFileIsNamed(String json, @TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), json);
        IOException broken = assertThrows(IOException.class, () -> Tokenizer.load(folder));
        assertTrue(broken.getMessage().contains("tokenizer.json"), broken.getMessage());
        assertFalse(broken.getMessage().contains("\n"), broken.getMessage());
    }

    @Test
    void aTruncatedFileIsRefusedByName(@TempDir Path folder) throws IOException {
        byte[] whole = Files.readAllBytes(Golden.CHECKPOINT.resolve("tokenizer.json"));
        for (int length : new int[] {1, 1000, whole.length / 2, whole.length - 10}) {
            Files.write(folder.resolve("tokenizer.json"), Arrays.copyOf(whole, length));
            assertThrows(IOException.class, () -> Tokenizer.load(folder));
        }
    }

    @Test
    void theFileIsReadAsItStands() throws IOException {
        JsonElement vocabulary =
                Golden.json("checkpoints/a/tokenizer.json")
                        .getAsJsonObject()
                        .getAsJsonObject("model")
                        .get("vocab");
        assertEquals(1009, vocabulary.getAsJsonObject().size());
        assertEquals("\n", detokenize(new int[] {201}, true));
    }
}
