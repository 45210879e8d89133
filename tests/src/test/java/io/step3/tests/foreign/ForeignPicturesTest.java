package io.step3.tests.foreign;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.chat.ChatMessage;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.ContentPart;
import io.step3.chat.ImageSource;
import io.step3.chat.SamplingOptions;
import io.step3.checkpoint.BundledCheckpoint;
import io.step3.generate.Step3;
import io.step3.tests.foreign.Question.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Step3-Tiny on pictures that its training did not draw. {@code -Dforeign.examples=N} asks N
 * questions instead of a few and prints a table, {@code -Dforeign.model=FOLDER} asks another model.
 */
class ForeignPicturesTest {

    private static final int EXAMPLES = Integer.getInteger("foreign.examples", 96);
    private static final long SEED = Long.getLong("foreign.seed", 5);
    private static final double FLOOR = 0.95;

    /** For third and fourth questions about a picture. */
    private static final double FLOOR_LATER = 0.85;

    private static Step3 step3;

    @BeforeAll
    static void load() throws IOException {
        String folder = System.getProperty("foreign.model", "");
        step3 =
                Step3.load(
                        folder.isEmpty()
                                ? BundledCheckpoint.folder().orElseThrow()
                                : Path.of(folder));
    }

    @AfterAll
    static void close() {
        step3.close();
    }

    @Test
    void nineteenInTwentyQuestionsAboutPicturesOfOtherProgramsAreAnsweredRightly()
            throws IOException {
        var random = new Random(SEED);
        var tally = new Tally();
        for (int i = 0; i < EXAMPLES; i++) {
            Style style = Style.values()[i % Style.values().length];
            Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
            Question question = Question.of(random, kind, style);
            var messages = List.of(asked(question.text(), question.drawing()));
            tally.add(question, answer(messages));
        }
        tally.assertAtLeast(FLOOR);
    }

    @Test
    void mostThirdAndFourthQuestionsAboutOnePictureAreToo() throws IOException {
        var random = new Random(SEED + 1);
        var tally = new Tally();
        for (int i = 0; i < EXAMPLES / 2; i++) {
            Style style = Style.values()[i % Style.values().length];
            Question question = Question.of(random, Kind.COUNT_BOTH, style);
            var messages = new ArrayList<ChatMessage>();
            messages.add(asked(question.text(), question.drawing()));
            for (int turn = 0; turn < 2 + i % 2; turn++) {
                messages.add(ChatMessage.assistant(question.answer()));
                Kind kind = Kind.values()[random.nextInt(Kind.MORE.ordinal())];
                question = Question.about(random, kind, question.drawing());
                messages.add(ChatMessage.user(question.text()));
            }
            tally.add(question, answer(messages));
        }
        tally.assertAtLeast(FLOOR_LATER);
    }

    private static ChatMessage asked(String text, Drawing drawing) {
        String name = "drawing." + drawing.style().format;
        return ChatMessage.user(
                List.of(
                        new ContentPart.Image(ImageSource.of(drawing.bytes(), name)),
                        new ContentPart.Text(text)));
    }

    private static String answer(List<ChatMessage> messages) {
        var request =
                ChatRequest.builder()
                        .messages(messages)
                        .sampling(SamplingOptions.builder().temperature(0.0).maxTokens(400).build())
                        .build();
        return ChatResponse.of(step3.chat(request)).complete().answer().strip();
    }

    /** Right answers by style and by kind, and what was wrong. */
    private static final class Tally {

        private final TreeMap<String, int[]> counts = new TreeMap<>();
        private final StringBuilder wrong = new StringBuilder();
        private int right;
        private int asked;

        void add(Question question, String said) {
            boolean is = said.equals(question.answer());
            for (String name :
                    List.of("kind " + question.kind(), "style " + question.drawing().style())) {
                int[] count = counts.computeIfAbsent(name, any -> new int[2]);
                count[0] += is ? 1 : 0;
                count[1]++;
            }
            right += is ? 1 : 0;
            asked++;
            if (!is) {
                wrong.append(
                        "%s: %s%n  should be %s%n  was       %s%n"
                                .formatted(
                                        question.drawing().style(),
                                        question.text(),
                                        question.answer(),
                                        said));
            }
        }

        void assertAtLeast(double floor) {
            var table = new StringBuilder("%d of %d, seed %d%n".formatted(right, asked, SEED));
            counts.forEach(
                    (name, count) ->
                            table.append("%-20s %3d of %3d%n".formatted(name, count[0], count[1])));
            if (System.getProperty("foreign.examples") != null) {
                System.out.print(table);
            }
            assertTrue(right >= floor * asked, table.append(wrong).toString());
        }
    }
}
