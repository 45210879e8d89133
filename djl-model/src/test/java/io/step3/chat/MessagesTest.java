package io.step3.chat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessagesTest {

    @Test
    void recordsDoNotChangeWithWhatTheyWereMadeFrom() {
        List<ChatMessage> messages = new ArrayList<>(List.of(ChatMessage.user("a")));
        ChatRequest request =
                new ChatRequest(messages, List.of(), SamplingOptions.DEFAULT, BegunReply.NOTHING);
        messages.clear();
        assertEquals(1, request.messages().size());
        JsonObject arguments = new JsonObject();
        ToolCall call = new ToolCall("1", "f", arguments);
        ToolDefinition tool = new ToolDefinition("f", "", arguments);
        arguments.addProperty("x", 1);
        call.arguments().addProperty("y", 1);
        tool.parameters().addProperty("y", 1);
        assertEquals("{}", call.arguments().toString());
        assertEquals("{}", tool.parameters().toString());
        byte[] bytes = {1, 2};
        ImageSource image = ImageSource.of(bytes, "p");
        bytes[0] = 9;
        image.bytes()[1] = 9;
        assertArrayEquals(new byte[] {1, 2}, image.bytes());
    }

    @Test
    void aQuestionHasItsPicturesFirst() {
        ImageSource image = ImageSource.of(new byte[] {1}, "p");
        ChatRequest request = ChatRequest.user("What?", image, image);
        ChatMessage message = request.messages().getFirst();
        assertEquals(3, message.content().size());
        assertEquals(new ContentPart.Text("What?"), message.content().getLast());
        assertEquals("What?", message.text());
        assertEquals(List.of(image, image), request.images());
    }

    @Test
    void rolesCarryOnlyWhatIsTheirs() {
        ToolCall call = new ToolCall("1", "f", new JsonObject());
        assertThrows(
                IllegalArgumentException.class,
                () -> new ChatMessage(Role.USER, List.of(), "", List.of(call), ""));
        assertThrows(
                IllegalArgumentException.class,
                () -> new ChatMessage(Role.SYSTEM, List.of(), "thought", List.of(), ""));
        assertThrows(
                IllegalArgumentException.class,
                () -> new ChatMessage(Role.ASSISTANT, List.of(), "", List.of(), "id"));
        assertThrows(IllegalArgumentException.class, () -> ChatRequest.builder().build());
        assertThrows(IllegalArgumentException.class, () -> new ToolCall("", "", new JsonObject()));
        assertThrows(
                IllegalArgumentException.class,
                () -> new ToolDefinition(" ", "", new JsonObject()));
        assertThrows(IllegalArgumentException.class, () -> new Usage(1, -1, 0, 0));
        assertThrows(
                IllegalArgumentException.class,
                () -> new ChatChunk(ChatChunk.Type.DONE, "", null, null, List.of()));
    }

    @Test
    void picturesComeFromFilesBytesAndDataUrls(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("p.png");
        byte[] png = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 26, '\n'};
        Files.write(file, png);
        ImageSource fromFile = ImageSource.of(file);
        assertEquals(file.toString(), fromFile.name());
        assertEquals(8, fromFile.size());
        assertEquals(ByteBuffer.wrap(png), fromFile.buffer());
        assertTrue(fromFile.buffer().isReadOnly());
        assertTrue(fromFile.toDataUrl().startsWith("data:image/png;base64,"));
        assertEquals(fromFile, ImageSource.ofDataUrl(fromFile.toDataUrl(), file.toString()));
        assertNotEquals(fromFile, ImageSource.of(png, "other"));
        assertEquals("DATA:;base64,AQ==".length(), 17);
        assertArrayEquals(new byte[] {1}, ImageSource.ofDataUrl("DATA:;BASE64,AQ==", "x").bytes());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "+/+/+/8=",
                "+/+/\r\n+/8=\r\n",
                " +/+/ +/8= ",
                "+/+/+/8",
                "%2B/%2b%2F%0A+/8%3D",
                "-_-_-_8",
                "+_-/-/8="
            })
    void base64IsReadAsBrowsersAndMailProgramsWriteIt(String base64) {
        assertArrayEquals(
                new byte[] {-5, -1, -65, -5, -1},
                ImageSource.ofDataUrl("data:image/png;base64," + base64, "x").bytes());
    }

    @Test
    void aBadPictureIsNamed(@TempDir Path folder) throws IOException {
        Files.write(folder.resolve("empty.png"), new byte[0]);
        refused("empty.png", () -> ImageSource.of(folder.resolve("empty.png")));
        refused(folder.toString(), () -> ImageSource.of(folder));
        refused("mine", () -> ImageSource.of(new byte[0], "mine"));
        refused("mine", () -> ImageSource.of(new byte[ImageSource.MAX_BYTES + 1], "mine"));
        refused("mine", () -> ImageSource.ofDataUrl("https://example.org/a.png", "mine"));
        refused("mine", () -> ImageSource.ofDataUrl("data:image/png,abc", "mine"));
        refused("mine", () -> ImageSource.ofDataUrl("data:image/png;base64,a!b=", "mine"));
        refused("mine", () -> ImageSource.ofDataUrl("data:image/png;base64,abcde", "mine"));
        refused("mine", () -> ImageSource.ofDataUrl("data:image/png;base64,ab%zz", "mine"));
        refused("mine", () -> ImageSource.ofDataUrl("data:;base64,", "mine"));
        refused(
                "mine",
                () -> ImageSource.ofDataUrl("data:;base64," + "A".repeat(130 << 20), "mine"));
        assertThrows(IOException.class, () -> ImageSource.of(folder.resolve("missing.png")));
    }

    private static void refused(String name, Executable call) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, call);
        assertTrue(refused.getMessage().contains(name), refused.getMessage());
    }

    static Stream<Consumer<SamplingOptions.Builder>> wrongOptions() {
        return Stream.of(
                o -> o.temperature(-0.1),
                o -> o.temperature(10.1),
                o -> o.temperature(Double.NaN),
                o -> o.temperature(Double.POSITIVE_INFINITY),
                o -> o.topK(-1),
                o -> o.topP(0.0),
                o -> o.topP(1.01),
                o -> o.topP(Double.NaN),
                o -> o.minP(-0.1),
                o -> o.minP(1.1),
                o -> o.repetitionPenalty(0.0),
                o -> o.repetitionPenalty(1e-40),
                o -> o.repetitionPenalty(Double.NaN),
                o -> o.presencePenalty(Double.NaN),
                o -> o.frequencyPenalty(Double.NEGATIVE_INFINITY),
                o -> o.minP(Double.NaN),
                o -> o.logitBias(Map.of(1, 100.5)),
                o -> o.logitBias(Map.of(1, Double.NaN)),
                o -> o.minTokens(-1),
                o -> o.repetitionPenalty(10.5),
                o -> o.presencePenalty(2.1),
                o -> o.frequencyPenalty(-2.1),
                o -> o.maxTokens(0),
                o -> o.stop(Collections.nCopies(17, "a")),
                o -> o.stop(List.of("")),
                o -> o.stop(List.of("a".repeat(1001))),
                o -> o.logprobs(-1),
                o -> o.logprobs(21),
                o -> o.thinkBudget(-1));
    }

    @ParameterizedTest
    @MethodSource("wrongOptions")
    void anAbsurdOptionIsRefusedInOneSentence(Consumer<SamplingOptions.Builder> wrong) {
        SamplingOptions.Builder builder = SamplingOptions.builder();
        wrong.accept(builder);
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, builder::build);
        assertTrue(refused.getMessage().endsWith("."), refused.getMessage());
    }

    @Test
    void optionsAtTheirLimitsAreTaken() {
        SamplingOptions options =
                SamplingOptions.builder()
                        .temperature(0.0)
                        .topK(0)
                        .topP(1.0)
                        .minP(0.0)
                        .repetitionPenalty(10.0)
                        .presencePenalty(-2.0)
                        .frequencyPenalty(2.0)
                        .maxTokens(1)
                        .stop(Collections.nCopies(16, "a".repeat(1000)))
                        .logprobs(20)
                        .thinkBudget(0)
                        .build();
        assertEquals(0, options.topK());
        assertEquals(List.of(), SamplingOptions.DEFAULT.stop());
    }

    @Test
    void chunksAddUpToTheResponse() {
        ToolCall call = new ToolCall("1", "f", new JsonObject());
        TokenLogprob logprob = new TokenLogprob("a", -1, List.of());
        Timings timings = new Timings(Duration.ofSeconds(1), 2);
        List<ChatChunk> chunks =
                List.of(
                        ChatChunk.reasoning("\nwhy"),
                        ChatChunk.reasoning("?\n").withLogprobs(List.of(logprob)),
                        ChatChunk.answer("\n\nbe"),
                        ChatChunk.answer("cause "),
                        ChatChunk.toolCall(call),
                        ChatChunk.done(FinishReason.TOOL_CALLS, new Usage(1, 0, 1, 2), timings));
        ChatResponse response = ChatResponse.of(chunks);
        assertEquals("why?", response.reasoning());
        assertEquals("because", response.answer());
        assertEquals(List.of(call), response.toolCalls());
        assertEquals(FinishReason.TOOL_CALLS, response.finishReason());
        assertEquals(new Usage(1, 0, 1, 2), response.usage());
        assertEquals(timings, response.timings());
        assertEquals(List.of(logprob), response.logprobs());
        assertEquals(ChatMessage.assistant("why?", "because", List.of(call)), response.toMessage());
        List<ChatChunk> read = new ArrayList<>();
        ChatResponse.of(chunks).forEach(read::add);
        assertEquals(chunks, read);
        assertThrows(
                IllegalStateException.class, () -> ChatResponse.of(chunks.subList(0, 5)).answer());
    }
}
