package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.repository.zoo.Criteria;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.FinishReason;
import io.step3.chat.ImageSource;
import io.step3.checkpoint.BundledCheckpoint;
import io.step3.cli.Main;
import io.step3.training.lessons.Scores;
import io.step3.training.lessons.Skill;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The model that ships inside. */
class Step3TinyTest {

    private static final Path IMAGES = Golden.ROOT.resolve("../../examples/images");

    private static Criteria<ChatRequest, ChatResponse> criteria() {
        return Criteria.builder()
                .setTypes(ChatRequest.class, ChatResponse.class)
                .optArtifactId("io.step3:step3-tiny")
                .build();
    }

    @Test
    void itIsFoundByItsArtifactAndAnswersAboutTheExamplePictures() throws Exception {
        try (var model = criteria().loadModel();
                var predictor = model.newPredictor()) {
            ChatResponse circles =
                    predictor.predict(ask("How many red circles are there?", "shapes.png"));
            assertEquals(FinishReason.STOP, circles.finishReason());
            assertTrue(circles.reasoning().contains("red circle 2"), circles.reasoning());
            assertEquals("There are 2 red circles.", circles.answer());
            ChatResponse tallest = predictor.predict(ask("Which bar is the tallest?", "chart.png"));
            assertEquals("The green bar is the tallest.", tallest.answer());
            ChatResponse sum = predictor.predict(ask("What is the sum?", "sum.png"));
            assertEquals("34 + 71 = 105.", sum.answer());
            ChatResponse text = predictor.predict(ChatRequest.user("What is 352 + 489?"));
            assertEquals("352 + 489 = 841.", text.answer());
        }
    }

    private static ChatRequest ask(String question, String picture) throws IOException {
        return ChatRequest.user(question, ImageSource.of(IMAGES.resolve(picture)));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void libtorchIsNotLoadedForIt() throws Exception {
        try (var model = criteria().loadModel();
                var predictor = model.newPredictor()) {
            assertFalse(predictor.predict(ChatRequest.user("Hello!")).answer().isEmpty());
            assertFalse(Files.readString(Path.of("/proc/self/maps")).contains("torch"));
        }
    }

    @Test
    void itsFilesTakeLessThanTwelveMegabytes() throws IOException {
        try (Stream<Path> files = Files.list(BundledCheckpoint.folder().orElseThrow())) {
            long bytes = files.mapToLong(file -> file.toFile().length()).sum();
            assertTrue(bytes < 12_000_000, bytes + " bytes");
        }
    }

    @Test
    void itHasLearnedWhatItClaims(@TempDir Path folder) throws IOException {
        Path json = folder.resolve("scores.json");
        String[] eval = {"eval", "--examples", "500", "--json", json.toString()};
        assertEquals(
                0,
                Main.run(
                        InputStream.nullInputStream(),
                        OutputStream.nullOutputStream(),
                        System.err,
                        false,
                        eval));
        JsonObject table = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
        Scores scores = Scores.fromJson(table);
        // By floor, because five hundred lessons are few for each of two dozen skills.
        for (double floor : new double[] {0.85, 0.95, 0.98}) {
            int right = 0;
            int asked = 0;
            for (var element : table.getAsJsonArray("skills")) {
                JsonObject skill = element.getAsJsonObject();
                if (Skill.valueOf(skill.get("skill").getAsString()).floor() == floor) {
                    right += skill.get("right").getAsInt();
                    asked += skill.get("examples").getAsInt();
                }
            }
            assertTrue(
                    asked > 0 && right >= floor * asked,
                    "%d of %d right, the floor is %.2f:%n%s"
                            .formatted(right, asked, floor, scores.toTable()));
        }
    }
}
