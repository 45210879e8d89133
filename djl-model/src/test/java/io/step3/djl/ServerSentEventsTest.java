package io.step3.djl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.modality.Input;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatResponse;
import io.step3.chat.ChatStream;
import io.step3.chat.OpenAiStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

/** How a stream of events ends where its answer does not. */
class ServerSentEventsTest {

    /** An answer that says one thing and then breaks. */
    private static final class Breaking implements ChatStream {
        private final RuntimeException failure;
        private boolean said;
        private boolean closed;

        Breaking(RuntimeException failure) {
            this.failure = failure;
        }

        @Override
        public boolean hasNext() {
            if (said) {
                throw failure;
            }
            return true;
        }

        @Override
        public ChatChunk next() {
            said = true;
            return ChatChunk.answer("So far ");
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private static ServerSentEvents events(Breaking answer, Input input) {
        var writer = new OpenAiStreamWriter("chatcmpl-1", "step3", 1, false);
        return new ServerSentEvents(ChatResponse.of(answer), writer, input);
    }

    private static JsonObject error(RuntimeException failure) {
        var answer = new Breaking(failure);
        List<String> all = new ArrayList<>();
        ServerSentEvents events = events(answer, new Input());
        events.forEachRemaining(event -> all.add(new String(event, StandardCharsets.UTF_8)));
        assertEquals(3, all.size(), "role, what came, error: " + all);
        assertTrue(all.get(1).contains("So far "));
        assertTrue(answer.closed);
        assertThrows(NoSuchElementException.class, events::next);
        String data = all.getLast().substring("data: ".length());
        return JsonParser.parseString(data).getAsJsonObject().getAsJsonObject("error");
    }

    @Test
    void aFailureIsTheLastEventAndNothingIsDone() {
        JsonObject ours = error(new ArithmeticException("the network computed NaN"));
        assertEquals("the network computed NaN", ours.get("message").getAsString());
        assertEquals("server_error", ours.get("type").getAsString());
        JsonObject theirs = error(new IllegalArgumentException("the picture is cut short"));
        assertEquals("invalid_request_error", theirs.get("type").getAsString());
    }

    @Test
    void aCancelledInputHearsNothingMoreAndTheAnswerIsClosed() {
        var answer = new Breaking(new IllegalStateException("never asked for"));
        Input input = new Input();
        ServerSentEvents events = events(answer, input);
        assertTrue(events.hasNext());
        input.setCancelled(true);
        assertFalse(events.hasNext());
        assertTrue(answer.closed);
    }
}
