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
import java.io.IOException;
import java.io.PrintStream;
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
    void itIsFoundByItsArtifactAndAnswersAboutAPicture() throws Exception {
        try (var model = criteria().loadModel();
                var predictor = model.newPredictor()) {
            var picture = ImageSource.of(IMAGES.resolve("shapes.png"));
            var question = ChatRequest.user("How many red circles are there?", picture);
            ChatResponse response = predictor.predict(question);
            assertEquals(FinishReason.STOP, response.finishReason());
            assertTrue(response.reasoning().startsWith("Top:"), response.reasoning());
            assertTrue(response.answer().endsWith("."), response.answer());
        }
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
    void itIsAsGoodAsItsModelCardSays(@TempDir Path folder) throws IOException {
        Path published = BundledCheckpoint.folder().orElseThrow().resolve("scores.json");
        Path json = folder.resolve("scores.json");
        PrintStream stdout = System.out;
        System.setOut(new PrintStream(PrintStream.nullOutputStream()));
        try {
            String[] eval = {"eval", "--examples", "400", "--seed", "7", "--json", json.toString()};
            assertEquals(0, Main.commandLine().execute(eval));
        } finally {
            System.setOut(stdout);
        }
        Scores own = scores(json);
        // Other lessons, and fewer: a share of 400 is off by up to five points by chance alone.
        assertTrue(own.share() > scores(published).share() - 0.05, own.toTable());
    }

    private static Scores scores(Path json) throws IOException {
        JsonObject table = JsonParser.parseString(Files.readString(json)).getAsJsonObject();
        return Scores.fromJson(table);
    }
}
