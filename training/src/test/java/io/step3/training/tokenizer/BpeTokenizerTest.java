package io.step3.training.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.step3.training.lessons.Lesson;
import io.step3.training.lessons.Lessons;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tokenizer that the training uses is the one that is saved. */
class BpeTokenizerTest {

    @TempDir static Path folder;
    private static BpeTokenizer own;
    private static final List<String> TEXTS = new ArrayList<>();

    @BeforeAll
    static void train() throws IOException {
        var trainer = new BpeTrainer();
        var lessons = new Lessons(Lessons.Split.TRAINING, 5);
        for (int i = 0; i < 600; i++) {
            Lesson lesson = lessons.lesson(i, 1);
            String text =
                    lesson.messages().getLast().text()
                            + "\n"
                            + lesson.reasoning()
                            + "\n"
                            + lesson.answer();
            trainer.add(text);
            TEXTS.add(text);
        }
        own = trainer.train(512);
        own.save(folder.resolve("tokenizer.json"));
        TEXTS.add(
                BpeTokenizer.BEGIN
                        + "Be brief."
                        + BpeTokenizer.TURN
                        + "user\n"
                        + BpeTokenizer.IMAGE
                        + "How many?  Two  spaces"
                        + BpeTokenizer.END_OF_TURN
                        + BpeTokenizer.THINK
                        + "\n7+5+0=12"
                        + BpeTokenizer.END_OF_THOUGHT);
        TEXTS.add("  spaces\nand 中文 🤔 \r\n\r\n tabs\t\tend  ");
        TEXTS.add("naïve Ünïcödé ١٢٣ ½ ２３ (abc)[def]{ghi} don't a's x\u00a0y");
    }

    @Test
    void theSavedTokenizerGivesTheSameTokens() throws IOException {
        try (HuggingFaceTokenizer saved =
                HuggingFaceTokenizer.builder()
                        .optTokenizerPath(folder.resolve("tokenizer.json"))
                        .optAddSpecialTokens(false)
                        .build()) {
            for (String text : TEXTS) {
                long[] expected = saved.encode(text).getIds();
                long[] ids = IntStream.of(own.encode(text)).asLongStream().toArray();
                assertArrayEquals(expected, ids, text);
                assertEquals(saved.decode(ids, false), own.decode(ids), text);
            }
        }
    }

    @Test
    void textSurvives() {
        long seed = 17;
        var random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            String text =
                    random.ints(random.nextInt(40), 0, 0x2FFF)
                            .filter(c -> !Character.isSurrogate((char) c))
                            .collect(
                                    StringBuilder::new,
                                    StringBuilder::appendCodePoint,
                                    StringBuilder::append)
                            .toString();
            long[] ids = IntStream.of(own.encode(text)).asLongStream().toArray();
            assertEquals(text, own.decode(ids), "seed " + seed + ", text " + i);
        }
    }

    @Test
    void digitsStandAlone() {
        assertEquals(7, own.encode("123+456").length);
        assertTrue(own.encode("3 circles").length < 9);
    }

    @Test
    void aLoadedTokenizerIsTheSavedOne() throws IOException {
        BpeTokenizer loaded = BpeTokenizer.load(folder.resolve("tokenizer.json"));
        for (String text : TEXTS) {
            assertArrayEquals(own.encode(text), loaded.encode(text));
        }
    }
}
