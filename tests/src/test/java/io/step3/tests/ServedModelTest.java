package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.StopReason;
import com.anthropic.models.messages.ThinkingConfigAdaptive;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolChoiceAny;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartImage;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.step3.chat.ImageSource;
import io.step3.checkpoint.BundledCheckpoint;
import io.step3.generate.Step3;
import io.step3.server.ChatServer;
import io.step3.server.ServerOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The clients that people use, unchanged, against the server. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ServedModelTest {

    private static final String QUESTION = "What is 3 + 4?";
    private static final String ANSWER = "3 + 4 = 7.";
    private static final String KEY = "a-key-for-clients";

    private static Step3 tiny;
    private static Step3 scripted;
    private static ChatServer server;
    private static ChatServer scriptedServer;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        tiny = Step3.load(BundledCheckpoint.folder().orElseThrow());
        scripted = Step3.load(ScriptedCheckpoint.write(folder.resolve("scripted")));
        server = ChatServer.start(tiny, options(), line -> {});
        scriptedServer = ChatServer.start(scripted, options(), line -> {});
    }

    @AfterAll
    static void stop() {
        scriptedServer.close();
        server.close();
        scripted.close();
        tiny.close();
    }

    private static ServerOptions options() {
        return ServerOptions.DEFAULT.at(InetAddress.getLoopbackAddress(), 0);
    }

    private static OpenAIClient openAi(ChatServer at, String key) {
        return OpenAIOkHttpClient.builder().baseUrl(at.url() + "/v1").apiKey(key).build();
    }

    private static AnthropicClient anthropic(ChatServer at) {
        return AnthropicOkHttpClient.builder().baseUrl(at.url()).apiKey("none").build();
    }

    private static ChatCompletionCreateParams.Builder asking() {
        return ChatCompletionCreateParams.builder()
                .model("gpt-of-the-client")
                .temperature(0)
                .addUserMessage(QUESTION);
    }

    private static String content(ChatCompletion completion) {
        return completion.choices().getFirst().message().content().orElse("").strip();
    }

    @Test
    void openAisClientAsksListsAndStreams() {
        OpenAIClient client = openAi(server, "none");
        assertEquals(tiny.name(), client.models().list().data().getFirst().id());
        ChatCompletion whole = client.chat().completions().create(asking().build());
        assertEquals(ANSWER, content(whole));
        assertTrue(whole.usage().orElseThrow().completionTokens() > 0);
        var all = ChatCompletionAccumulator.create();
        try (var stream = client.chat().completions().createStreaming(asking().build())) {
            stream.stream().forEach(all::accumulate);
        }
        assertEquals(ANSWER, content(all.chatCompletion()));
        client.close();
    }

    @Test
    void openAisClientShowsAPicture() throws IOException {
        ImageSource picture =
                ImageSource.of(Golden.ROOT.resolve("../../examples/images/shapes.png"));
        OpenAIClient client = openAi(server, "none");
        ChatCompletion completion =
                client.chat()
                        .completions()
                        .create(
                                ChatCompletionCreateParams.builder()
                                        .model("any")
                                        .temperature(0)
                                        .addUserMessageOfArrayOfContentParts(
                                                List.of(
                                                        ChatCompletionContentPart.ofImageUrl(
                                                                ChatCompletionContentPartImage
                                                                        .builder()
                                                                        .imageUrl(
                                                                                ChatCompletionContentPartImage
                                                                                        .ImageUrl
                                                                                        .builder()
                                                                                        .url(
                                                                                                picture
                                                                                                        .toDataUrl())
                                                                                        .build())
                                                                        .build()),
                                                        ChatCompletionContentPart.ofText(
                                                                ChatCompletionContentPartText
                                                                        .builder()
                                                                        .text(
                                                                                "How many red circles are there?")
                                                                        .build())))
                                        .build());
        assertEquals("There are 2 red circles.", content(completion));
        client.close();
    }

    @Test
    void openAisClientDemandsACallAndGetsOne() {
        OpenAIClient client = openAi(scriptedServer, "none");
        ChatCompletionCreateParams params =
                asking().addFunctionTool(
                                FunctionDefinition.builder().name(ScriptedCheckpoint.TOOL).build())
                        .toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED)
                        .build();
        var streamed = ChatCompletionAccumulator.create();
        try (var stream = client.chat().completions().createStreaming(params)) {
            stream.stream().forEach(streamed::accumulate);
        }
        for (ChatCompletion completion :
                List.of(client.chat().completions().create(params), streamed.chatCompletion())) {
            var choice = completion.choices().getFirst();
            var call = choice.message().toolCalls().orElseThrow().getFirst().asFunction();
            assertEquals(ScriptedCheckpoint.TOOL, call.function().name());
            assertEquals("{}", call.function().arguments());
            assertEquals("tool_calls", choice.finishReason().asString());
        }
        client.close();
    }

    @Test
    void openAisClientUnderstandsRefusals() throws IOException {
        OpenAIClient client = openAi(server, "none");
        var wrong =
                assertThrows(
                        BadRequestException.class,
                        () -> client.chat().completions().create(asking().n(2).build()));
        assertEquals("n", wrong.param().orElseThrow());
        client.close();
        try (ChatServer guarded =
                ChatServer.start(
                        tiny,
                        ServerOptions.DEFAULT.at(InetAddress.getLoopbackAddress(), 0, KEY),
                        line -> {})) {
            OpenAIClient stranger = openAi(guarded, "wrong");
            assertThrows(
                    UnauthorizedException.class,
                    () -> stranger.chat().completions().create(asking().build()));
            stranger.close();
            OpenAIClient friend = openAi(guarded, KEY);
            assertEquals(ANSWER, content(friend.chat().completions().create(asking().build())));
            friend.close();
        }
    }

    @Test
    void openAisClientThatLeavesOrIsTurnedAway() throws Exception {
        try (ChatServer narrow =
                ChatServer.start(tiny, options().limited(1, 0, 1 << 20), line -> {})) {
            OpenAIClient client =
                    OpenAIOkHttpClient.builder()
                            .baseUrl(narrow.url() + "/v1")
                            .apiKey("none")
                            .maxRetries(0)
                            .build();
            var stream =
                    client.chat()
                            .completions()
                            .createStreaming(
                                    asking().putAdditionalBodyProperty(
                                                    "ignore_eos", JsonValue.from(true))
                                            .maxCompletionTokens(1900)
                                            .build());
            assertTrue(stream.stream().findFirst().isPresent());
            assertThrows(
                    RateLimitException.class,
                    () -> client.chat().completions().create(asking().build()));
            stream.close();
            while (narrow.running() > 0) {
                Thread.sleep(2);
            }
            assertEquals(ANSWER, content(client.chat().completions().create(asking().build())));
            client.close();
        }
    }

    private static MessageCreateParams.Builder message() {
        return MessageCreateParams.builder()
                .model("claude-of-the-client")
                .maxTokens(200)
                .addUserMessage(QUESTION);
    }

    @Test
    void anthropicsClientAsksThinksAndStreams() {
        AnthropicClient client = anthropic(server);
        assertEquals(tiny.name(), client.models().list().data().getFirst().id());
        var plain = client.messages().create(message().build());
        assertEquals(ANSWER, plain.content().getFirst().asText().text());
        assertEquals(StopReason.END_TURN, plain.stopReason().orElseThrow());
        MessageCreateParams thinking =
                message().thinking(ThinkingConfigAdaptive.builder().build()).build();
        var whole = client.messages().create(thinking);
        assertFalse(whole.content().getFirst().asThinking().thinking().isEmpty());
        var all = MessageAccumulator.create();
        try (var stream = client.messages().createStreaming(thinking)) {
            stream.stream().forEach(all::accumulate);
        }
        assertEquals(
                whole.content().getFirst().asThinking().thinking(),
                all.message().content().getFirst().asThinking().thinking());
        assertEquals(ANSWER, all.message().content().getLast().asText().text());
        assertEquals(whole.usage().outputTokens(), all.message().usage().outputTokens());
        client.close();
    }

    @Test
    void anthropicsClientDemandsACallAndGetsOne() {
        AnthropicClient client = anthropic(scriptedServer);
        MessageCreateParams params =
                message()
                        .addTool(
                                Tool.builder()
                                        .name(ScriptedCheckpoint.TOOL)
                                        .inputSchema(Tool.InputSchema.builder().build())
                                        .build())
                        .toolChoice(ToolChoiceAny.builder().build())
                        .build();
        var streamed = MessageAccumulator.create();
        try (var stream = client.messages().createStreaming(params)) {
            stream.stream().forEach(streamed::accumulate);
        }
        for (var answer : List.of(client.messages().create(params), streamed.message())) {
            assertEquals(StopReason.TOOL_USE, answer.stopReason().orElseThrow());
            var use = answer.content().getLast().asToolUse();
            assertEquals(ScriptedCheckpoint.TOOL, use.name());
            assertTrue(use.id().startsWith("toolu_"), use.id());
        }
        client.close();
    }

    @Test
    void langChainStreamsThoughtAndAnswer() throws Exception {
        var model =
                OpenAiStreamingChatModel.builder()
                        .baseUrl(server.url() + "/v1")
                        .apiKey("none")
                        .modelName("any")
                        .temperature(0.0)
                        .returnThinking(true)
                        .build();
        var thought = new StringBuilder();
        var done = new CompletableFuture<ChatResponse>();
        model.chat(
                QUESTION,
                new StreamingChatResponseHandler() {
                    @Override
                    public void onPartialThinking(PartialThinking piece) {
                        thought.append(piece.text());
                    }

                    @Override
                    public void onCompleteResponse(ChatResponse response) {
                        done.complete(response);
                    }

                    @Override
                    public void onError(Throwable error) {
                        done.completeExceptionally(error);
                    }
                });
        ChatResponse response = done.get(1, TimeUnit.MINUTES);
        assertEquals(ANSWER, response.aiMessage().text().strip());
        assertFalse(thought.isEmpty());
    }
}
