package io.step3.tests;

import com.google.gson.JsonObject;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.ChatStream;
import io.step3.chat.ImageSource;
import io.step3.chat.SamplingOptions;
import io.step3.chat.ToolCall;
import io.step3.chat.ToolDefinition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A model on the {@linkplain ScriptedCheckpoint scripted checkpoint}, and what it is asked. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
abstract class ChatModelTestBase {

    static final String QUESTION = "Which numbers follow?";

    /** A context of so many tokens is asked of {@link #open}. */
    static final int CONTEXT = 4096;

    /** Tokens that an answer goes on for where it is to be ended from outside. */
    static final int LONG = 3500;

    Path checkpoint;

    /** Open for all tests of the class. */
    ChatModel model;

    /**
     * Opens the model.
     *
     * @param checkpoint the folder of the scripted checkpoint
     */
    abstract ChatModel open(Path checkpoint) throws Exception;

    @BeforeAll
    final void openShared(@TempDir Path folder) throws Exception {
        checkpoint = ScriptedCheckpoint.write(folder.resolve("scripted"));
        model = open(checkpoint);
    }

    @AfterAll
    final void closeShared() {
        if (model != null) {
            model.close();
            model.close();
        }
    }

    static SamplingOptions.Builder sampling() {
        return SamplingOptions.builder().maxTokens(100);
    }

    static ChatRequest request(SamplingOptions.Builder sampling) {
        return ChatRequest.builder().user(QUESTION).sampling(sampling.build()).build();
    }

    /** An answer that nobody would wait for. */
    static ChatRequest endless() {
        return request(sampling().minTokens(LONG).maxTokens(LONG));
    }

    static ChatRequest withTool() {
        JsonObject parameters = new JsonObject();
        parameters.addProperty("type", "object");
        return ChatRequest.builder()
                .user(QUESTION)
                .tools(new ToolDefinition(ScriptedCheckpoint.TOOL, "Lists.", parameters))
                .sampling(sampling().build())
                .build();
    }

    static ImageSource picture() throws IOException {
        return ImageSource.of(Golden.ROOT.resolve("image/p300x200.png"));
    }

    ChatResponse ask(ChatRequest request) {
        try (ChatStream stream = model.chat(request)) {
            return ChatResponse.of(stream).complete();
        }
    }

    List<ChatChunk> chunks(ChatRequest request) {
        List<ChatChunk> chunks = new ArrayList<>();
        try (ChatStream stream = model.chat(request)) {
            stream.forEachRemaining(chunks::add);
        }
        return chunks;
    }

    static String text(List<ChatChunk> chunks, ChatChunk.Type type) {
        return String.join(
                "", chunks.stream().filter(c -> c.type() == type).map(ChatChunk::text).toList());
    }

    static String said(ChatResponse response) {
        return response.reasoning()
                + "|"
                + response.answer()
                + "|"
                + response.toolCalls().stream().map(ToolCall::name).toList();
    }

    static int drain(ChatStream stream) {
        int chunks = 0;
        while (stream.hasNext()) {
            stream.next();
            chunks++;
        }
        return chunks;
    }

    static ChatRequest tooLong() {
        return ChatRequest.user("word ".repeat(CONTEXT * 2));
    }
}
