package io.step3.server;

import com.google.gson.JsonObject;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatModel;
import io.step3.chat.ChatRequest;
import io.step3.chat.ChatResponse;
import io.step3.chat.PictureUrls;
import java.time.Instant;

/** How requests, answers and refusals are written. */
sealed interface Api permits OpenAiApi, AnthropicApi {

    /** What metrics and logs call it. */
    String name();

    /**
     * Reads a request.
     *
     * @param pictures gives those that the request names by address
     * @throws IllegalArgumentException if it is not valid
     */
    Asked read(String json, PictureUrls pictures);

    /** A refusal as a body, or as the data of an event. */
    JsonObject error(Refusal refusal, String requestId);

    /** A request that was read, and how its answer is to be written. */
    interface Asked {

        ChatRequest chat();

        boolean isStreamed();

        /** A whole answer, which is complete. */
        JsonObject whole(ChatResponse response, String model, Instant now);

        /** Writes the events of a stream. */
        Events events(ChatModel model, Instant now);
    }

    /** The events of one stream as text, each with its empty line. For one thread at a time. */
    interface Events {

        /** What goes out as soon as the answer may be written. */
        String begin();

        /** The events of a piece, the last of which ends the stream; may be empty. */
        String of(ChatChunk chunk);

        /** A sign of life. */
        String heartbeat();

        /** The end of a stream that failed. */
        String failure(JsonObject error);
    }
}
