package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.inference.Predictor;
import ai.djl.inference.streaming.ChunkedBytesSupplier;
import ai.djl.inference.streaming.IteratorBytesSupplier;
import ai.djl.modality.Input;
import ai.djl.modality.Output;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ModelZoo;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.training.util.ProgressBar;
import ai.djl.translate.TranslateException;
import ai.djl.util.Progress;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.FinishReason;
import io.step3.chat.ImageSource;
import io.step3.chat.SamplingOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Step3 as DJL users meet it. */
class CriteriaTest {

    private static Criteria.Builder<ChatRequest, ChatResponse> chat() {
        return Criteria.builder()
                .setTypes(ChatRequest.class, ChatResponse.class)
                .optModelPath(Golden.checkpoint("a"))
                .optEngine("Step3");
    }

    private static ChatRequest question(int maxTokens) throws IOException {
        return ChatRequest.builder()
                .user("hello", ImageSource.of(Golden.ROOT.resolve("image/p300x200.png")))
                .sampling(SamplingOptions.builder().maxTokens(maxTokens).build())
                .build();
    }

    @Test
    void aFolderIsLoadedAndAnswers() throws Exception {
        try (ZooModel<ChatRequest, ChatResponse> model = chat().build().loadModel();
                Predictor<ChatRequest, ChatResponse> predictor = model.newPredictor()) {
            ChatResponse response = predictor.predict(question(20));
            assertEquals(20, response.usage().completionTokens());
            assertEquals(FinishReason.LENGTH, response.finishReason());
            assertFalse(response.reasoning().isEmpty());
        }
    }

    @Test
    void theEngineNeedNotBeNamed() throws Exception {
        try (var model = chat().optEngine(null).build().loadModel()) {
            assertTrue(model.getWrappedModel().getClass().getName().startsWith("io.step3."));
        }
    }

    @Test
    void aStreamGivesTheSameTextInPieces() throws Exception {
        try (var model = chat().build().loadModel();
                var predictor = model.newPredictor()) {
            String whole = predictor.predict(question(30)).reasoning();
            StringBuilder pieces = new StringBuilder();
            int count = 0;
            try (ChatResponse stream =
                    predictor.streamingPredict(question(30)).getIterativeOutput()) {
                for (ChatChunk chunk : stream) {
                    pieces.append(chunk.text());
                    count++;
                }
                assertEquals(30, stream.usage().completionTokens());
            }
            assertEquals(whole, pieces.toString().strip());
            assertTrue(count > 10, count + " chunks");
        }
    }

    @Test
    void aClosedStreamFreesItsSessionForTheNextRequest() throws Exception {
        try (var model = chat().build().loadModel();
                var predictor = model.newPredictor()) {
            for (int i = 0; i < 20; i++) {
                try (ChatResponse stream =
                        predictor.streamingPredict(question(1000)).getIterativeOutput()) {
                    stream.iterator().next();
                }
            }
            ChatResponse response = predictor.predict(question(1));
            assertTrue(response.usage().cachedTokens() > 0, "the cache of the prompt was kept");
        }
    }

    @Test
    void textInTextOut() throws Exception {
        var criteria =
                Criteria.builder()
                        .setTypes(String.class, String.class)
                        .optModelPath(Golden.checkpoint("a"))
                        .optEngine("Step3")
                        .optOption("contextLength", "40")
                        .build();
        try (var model = criteria.loadModel();
                var predictor = model.newPredictor()) {
            assertInstanceOf(String.class, predictor.predict("hello"));
        }
    }

    @Test
    void textStreamsPieceByPiece() throws Exception {
        var criteria =
                Criteria.builder()
                        .setTypes(String.class, String.class)
                        .optArtifactId("io.step3:step3-tiny")
                        .build();
        try (var model = criteria.loadModel();
                var predictor = model.newPredictor()) {
            assertTrue(predictor.supportsStreaming());
            String question = "Sort the numbers 5, 3, 9, 88, 12";
            var answer = predictor.streamingPredict(question);
            List<String> pieces = new ArrayList<>();
            for (String piece; !(piece = answer.getIterativeOutput()).isEmpty(); ) {
                pieces.add(piece);
            }
            assertTrue(pieces.size() > 2, pieces.toString());
            assertEquals(predictor.predict(question), String.join("", pieces).strip());
            assertEquals("", answer.getIterativeOutput());
        }
    }

    @Test
    void servingTakesAndGivesOpenAiJson() throws Exception {
        try (var model = serving().loadModel();
                var predictor = model.newPredictor()) {
            Output output = predictor.predict(servingRequest(false));
            JsonObject answer =
                    JsonParser.parseString(output.getData().getAsString()).getAsJsonObject();
            assertEquals("chat.completion", answer.get("object").getAsString());
            assertEquals(5, answer.getAsJsonObject("usage").get("completion_tokens").getAsInt());
        }
    }

    @Test
    void servingStreamsServerSentEvents() throws Exception {
        try (var model = serving().loadModel();
                var predictor = model.newPredictor()) {
            Output output = predictor.predict(servingRequest(true));
            assertInstanceOf(ChunkedBytesSupplier.class, output.getData());
            requireEvents(output.getData().getAsString());
        }
    }

    private static void requireEvents(String events) {
        assertTrue(events.startsWith("data: {"), events);
        assertTrue(events.endsWith("data: [DONE]\n\n"), events);
        assertTrue(events.contains("reasoning_content"), events);
        assertFalse(events.contains("usage"), "nobody asked for it: " + events);
    }

    @Test
    void servingsIterativeOutputComputesEventByEvent() throws Exception {
        try (var model = serving().loadModel();
                var predictor = model.newPredictor()) {
            assertTrue(predictor.supportsStreaming());
            var output = predictor.streamingPredict(servingRequest(true)).getIterativeOutput();
            var events = assertInstanceOf(IteratorBytesSupplier.class, output.getData());
            StringBuilder all = new StringBuilder();
            int count = 0;
            for (; events.hasNext(); count++) {
                String event = new String(events.next(), StandardCharsets.UTF_8);
                assertTrue(event.startsWith("data: ") && event.endsWith("\n\n"), event);
                all.append(event);
            }
            requireEvents(all.toString());
            assertTrue(count > 4, "role, pieces, end, done: " + all);
        }
    }

    @Test
    void servingsIterativeOutputEndsWhenTheInputIsCancelled() throws Exception {
        try (var model = serving().loadModel();
                var predictor = model.newPredictor()) {
            Input input = servingRequest(true, 3000);
            var output = predictor.streamingPredict(input).getIterativeOutput();
            var events = (IteratorBytesSupplier) output.getData();
            events.next();
            events.next();
            input.setCancelled(true);
            assertFalse(events.hasNext());
            // Nothing computes on: the session is there for the next request.
            var next = predictor.predict(servingRequest(false)).getData().getAsString();
            assertTrue(cached(next) > 0, next);
        }
    }

    private static int cached(String response) {
        return JsonParser.parseString(response)
                .getAsJsonObject()
                .getAsJsonObject("usage")
                .getAsJsonObject("prompt_tokens_details")
                .get("cached_tokens")
                .getAsInt();
    }

    @Test
    void servingsAsynchronousOutputIsFilledWhileItIsRead() throws Exception {
        try (var model = serving().loadModel();
                var predictor = model.newPredictor()) {
            var stream = predictor.streamingPredict(servingRequest(true));
            Output output = stream.getAsyncOutput();
            var events = assertInstanceOf(ChunkedBytesSupplier.class, output.getData());
            Thread computing = Thread.ofPlatform().start(stream::computeAsyncOutput);
            StringBuilder all = new StringBuilder();
            while (events.hasNext()) {
                byte[] event = events.nextChunk(1, TimeUnit.MINUTES);
                all.append(new String(event, StandardCharsets.UTF_8));
            }
            computing.join();
            requireEvents(all.toString());
        }
    }

    private static Criteria<Input, Output> serving() {
        return Criteria.builder()
                .setTypes(Input.class, Output.class)
                .optModelPath(Golden.checkpoint("a"))
                .optEngine("Step3")
                .build();
    }

    private static Input servingRequest(boolean stream) {
        return servingRequest(stream, 5);
    }

    private static Input servingRequest(boolean stream, int tokens) {
        Input input = new Input();
        input.add(
                """
                {"messages":[{"role":"user","content":"hello"}],"max_tokens":%d,"stream":%s}"""
                        .formatted(tokens, stream));
        return input;
    }

    @Test
    void progressMovesWithTheLayers() throws Exception {
        List<Long> moves = new ArrayList<>();
        Progress progress =
                new Progress() {
                    @Override
                    public void reset(String message, long max, String trailing) {}

                    @Override
                    public void start(long initial) {}

                    @Override
                    public void end() {}

                    @Override
                    public void increment(long increment) {}

                    @Override
                    public void update(long value, String message) {
                        moves.add(value);
                    }
                };
        try (var model = chat().optProgress(progress).build().loadModel()) {
            assertTrue(moves.containsAll(List.of(1L, 2L, 3L, 4L, 5L)), moves.toString());
        }
    }

    @Test
    void aBrokenCheckpointIsNamedWithProgressToo(@TempDir Path folder) throws Exception {
        Files.copy(Golden.checkpoint("b").resolve("config.json"), folder.resolve("config.json"));
        Files.write(folder.resolve("model.safetensors"), new byte[] {1, 2, 3});
        var criteria = chat().optModelPath(folder).optProgress(new ProgressBar()).build();
        var failure = assertThrows(MalformedModelException.class, criteria::loadModel);
        assertTrue(failure.getMessage().contains("model.safetensors"), failure.getMessage());
    }

    @Test
    void aFolderWithoutConfigurationIsNamedWithWhatItLacks(@TempDir Path folder) throws Exception {
        for (String engine : Arrays.asList("Step3", null)) {
            var criteria = chat().optModelPath(folder).optEngine(engine).build();
            var failure = assertThrows(MalformedModelException.class, criteria::loadModel);
            assertTrue(failure.getMessage().contains(folder.toString()), failure.getMessage());
            assertTrue(failure.getMessage().contains("no config.json; give"), failure.getMessage());
            Files.deleteIfExists(folder.resolve("tokenizer.json"));
            Files.createFile(folder.resolve("tokenizer.json"));
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aCacheThatCannotBeWrittenIsNamed() throws Exception {
        var builder =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Connections.class.getName(),
                                "zoo",
                                "")
                        .redirectErrorStream(true);
        builder.environment().put("STEP3_CACHE", "/dev/null/cache");
        Process child = builder.start();
        List<String> lines;
        try (var out = child.inputReader()) {
            lines = out.lines().toList();
        }
        assertTrue(
                lines.stream()
                        .anyMatch(line -> line.contains("IOException: step3-tiny cannot be laid")),
                lines::toString);
        assertEquals(1, child.waitFor());
    }

    @Test
    void aModelMayBeNamedAndTheZooListsItsOwn() throws Exception {
        try (var model = chat().optModelName("mine").build().loadModel()) {
            assertEquals("mine", model.getName());
        }
        var criteria =
                Criteria.builder()
                        .setTypes(String.class, String.class)
                        .optGroupId("io.step3")
                        .build();
        assertTrue(ModelZoo.listModels(criteria).toString().contains("step3-tiny"));
    }

    @Test
    void step3NeverBecomesTheDefaultEngine() {
        assertTrue(Engine.hasEngine("Step3"));
        assertEquals(20, Engine.getEngine("Step3").getRank());
    }

    @Test
    void aCriteriaThatNamesNothingOfOursDoesNotGetOurs() {
        var criteria = Criteria.builder().setTypes(ChatRequest.class, ChatResponse.class).build();
        var loader = ModelZoo.getModelZoo("io.step3").getModelLoader("step3-tiny");
        var failure = assertThrows(ModelNotFoundException.class, () -> loader.loadModel(criteria));
        assertTrue(failure.getMessage().contains("does not name"), failure.getMessage());
    }

    @Test
    void otherFoldersAreLeftToDjl(@TempDir Path folder) throws Exception {
        Files.writeString(folder.resolve("config.json"), "{\"model_type\":\"bert\"}");
        var criteria =
                Criteria.builder()
                        .setTypes(ChatRequest.class, ChatResponse.class)
                        .optModelPath(folder)
                        .build();
        assertThrows(ModelNotFoundException.class, criteria::loadModel);
    }

    @Test
    void aBrokenCheckpointIsNamed(@TempDir Path folder) throws Exception {
        Files.copy(Golden.checkpoint("b").resolve("config.json"), folder.resolve("config.json"));
        Files.write(folder.resolve("model.safetensors"), new byte[] {1, 2, 3});
        var criteria =
                Criteria.builder()
                        .setTypes(ChatRequest.class, ChatResponse.class)
                        .optModelPath(folder)
                        .optEngine("Step3")
                        .build();
        var failure = assertThrows(MalformedModelException.class, criteria::loadModel);
        assertTrue(failure.getMessage().contains("model.safetensors"), failure.getMessage());
    }

    @Test
    void aBadPictureIsNamed() throws Exception {
        try (var model = chat().build().loadModel();
                var predictor = model.newPredictor()) {
            var request = ChatRequest.user("hi", ImageSource.of(new byte[100], "holiday.png"));
            var failure = assertThrows(TranslateException.class, () -> predictor.predict(request));
            assertTrue(failure.getMessage().contains("holiday.png"), failure.getMessage());
        }
    }

    @Test
    void optionsReachTheModel() throws Exception {
        try (var model = chat().optOption("contextLength", "64").build().loadModel();
                var predictor = model.newPredictor()) {
            var request = ChatRequest.user("hello ".repeat(100));
            var failure = assertThrows(TranslateException.class, () -> predictor.predict(request));
            assertTrue(failure.getMessage().contains("64"), failure.getMessage());
        }
    }

    @Test
    void aCacheOfAnUnknownFormatIsRefusedInOneSentence() {
        var failure =
                assertThrows(
                        Exception.class,
                        () -> chat().optOption("cache", "int4").build().loadModel());
        assertEquals(
                "option cache: a cache can be float32, f16, bf16 or fp8, not 'int4'",
                failure.getMessage());
    }

    @Test
    void aPlacementThatIsNoneIsRefusedInOneSentence() {
        var failure =
                assertThrows(
                        Exception.class,
                        () -> chat().optOption("placement", "gpu,vision").build().loadModel());
        assertEquals(
                "option placement: a placement is cpu, gpu, auto, or one with exceptions such as"
                        + " gpu,vision=cpu,routed.9-60=cpu, not 'vision'",
                failure.getMessage());
    }

    @Test
    void aNumberOfThreadsThatIsNoneIsRefusedInOneSentence() {
        var failure =
                assertThrows(
                        Exception.class,
                        () -> chat().optOption("threads", "many").build().loadModel());
        assertEquals(
                "option threads must be a whole number of threads, not 'many'",
                failure.getMessage());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void closingTheModelUnmapsTheCheckpoint() throws Exception {
        try (var model = chat().build().loadModel();
                var predictor = model.newPredictor()) {
            predictor.predict(question(2));
            assertNotEquals(0, mapped());
        }
        assertEquals(0, mapped());
    }

    private static long mapped() throws IOException {
        String folder = Golden.checkpoint("a").toRealPath().toString();
        return Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .filter(line -> line.contains(folder))
                .count();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void predictionsOfWhichSomeAreAbandonedLeaveResidentMemoryFlat() throws Exception {
        assertTrue(AbandonmentSoak.run(2000, 7, false), "see the line above");
    }
}
