package io.step3.remote;

import com.google.gson.JsonArray;
import io.step3.chat.BegunReply;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatRequest;
import io.step3.chat.FinishReason;
import io.step3.chat.OpenAiStreamReader;
import io.step3.chat.OutputParser;
import io.step3.chat.ParserEvent;
import io.step3.chat.Timings;
import io.step3.chat.ToolCall;
import io.step3.chat.ToolDefinition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Turns the objects of a server's stream into chunks as a local model would give them. Thoughts
 * come in a field of their own or, from a server that does not take them out, within the text: it
 * then begins with {@code <think>}, or its address says {@code thinking=inline}. For one thread.
 */
final class AnswerReader {

    private final OpenAiStreamReader wire = new OpenAiStreamReader();
    private final ChatRequest request;
    private final OptionalInt context;
    private final boolean inline;
    private final boolean continuesAnswer;

    /** Takes thoughts out of the text; null where they come in a field of their own. */
    private @Nullable OutputParser marks;

    private boolean called;

    AnswerReader(ChatRequest request, boolean inline, OptionalInt context) {
        this.request = request;
        this.context = context;
        this.inline = inline;
        this.continuesAnswer = request.begun().answer().isPresent();
        if (inline) {
            marks = OutputParser.continuing(true, request.begun(), request.tools());
        } else if (request.begun().equals(BegunReply.NOTHING)) {
            marks = new OutputParser(false, request.tools());
        }
    }

    /**
     * Reads the data of one event.
     *
     * @throws IllegalArgumentException if it is not valid, or reports an error
     */
    List<ChatChunk> read(String json) {
        List<ChatChunk> chunks = new ArrayList<>();
        for (ChatChunk chunk : wire.read(json)) {
            switch (chunk.type()) {
                case REASONING -> {
                    if (!inline) {
                        chunks.addAll(solid(leftover()));
                        marks = null;
                    }
                    // Servers that look for the end of a thought take an answer without one for it.
                    chunks.add(
                            continuesAnswer
                                    ? ChatChunk.answer(chunk.text()).withLogprobs(chunk.logprobs())
                                    : chunk);
                }
                case ANSWER -> {
                    if (marks == null || chunk.text().isEmpty()) {
                        chunks.add(chunk);
                    } else {
                        add(marks.feed(chunk.text()), chunk, chunks);
                    }
                }
                default -> chunks.add(chunk);
            }
        }
        return chunks;
    }

    /** Without blanks that nobody would miss before a thought. */
    private static List<ChatChunk> solid(List<ChatChunk> chunks) {
        return chunks.stream()
                .filter(chunk -> chunk.toolCall() != null || !chunk.text().isBlank())
                .toList();
    }

    private void add(List<ParserEvent> events, ChatChunk source, List<ChatChunk> chunks) {
        List<ChatChunk> told = chunks(events);
        if (!source.logprobs().isEmpty()) {
            ChatChunk last = told.isEmpty() ? ChatChunk.answer("") : told.removeLast();
            told.add(last.withLogprobs(source.logprobs()));
        }
        chunks.addAll(told);
    }

    private List<ChatChunk> chunks(List<ParserEvent> events) {
        List<ChatChunk> chunks = new ArrayList<>();
        for (ParserEvent event : events) {
            chunks.add(
                    switch (event) {
                        case ParserEvent.Reasoning(String text) -> ChatChunk.reasoning(text);
                        case ParserEvent.Answer(String text) -> ChatChunk.answer(text);
                        case ParserEvent.Call(ToolCall call) -> {
                            called = true;
                            yield ChatChunk.toolCall(call);
                        }
                    });
        }
        return chunks;
    }

    /**
     * Ends the answer.
     *
     * @param toFirst how long the first word took
     * @param sinceFirst how long all others took
     * @return what was held back, tool calls and the last chunk
     * @throws IllegalArgumentException if the answer is not complete, or a call in it lost its
     *     arguments; {@link #leftover} then has what was held back
     */
    List<ChatChunk> finish(Duration toFirst, Duration sinceFirst) {
        List<ChatChunk> rest;
        try {
            rest = wire.finish(Timings.NONE);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "it broke off, and what came before is all there is", e);
        }
        for (ChatChunk chunk : rest) {
            if (chunk.toolCall() != null) {
                requireArguments(chunk.toolCall());
            }
        }
        List<ChatChunk> chunks = new ArrayList<>(leftover());
        for (ChatChunk chunk : rest) {
            chunks.add(
                    chunk.end() == null
                            ? chunk
                            : ChatChunk.done(ended(chunk.end(), toFirst, sinceFirst))
                                    .withLogprobs(chunk.logprobs()));
        }
        return chunks;
    }

    /** What was held back because it might have become a mark. */
    List<ChatChunk> leftover() {
        return marks == null ? List.of() : chunks(marks.finish());
    }

    /**
     * Servers are known to lose arguments in a stream; a call without them must not be acted on.
     */
    private void requireArguments(ToolCall call) {
        boolean wanted =
                request.tools().stream()
                        .filter(tool -> tool.name().equals(call.name()))
                        .anyMatch(AnswerReader::requiresArguments);
        if (wanted && call.arguments().isEmpty()) {
            throw new IllegalArgumentException(
                    "the call of %s came without the arguments that it requires: ask again, or run the server with a stream interval of 1"
                            .formatted(call.name()));
        }
    }

    private static boolean requiresArguments(ToolDefinition tool) {
        return tool.parameters().get("required") instanceof JsonArray names && !names.isEmpty();
    }

    /** The wire calls a full context a limit of tokens, and knows no calls within the text. */
    private ChatChunk.End ended(ChatChunk.End end, Duration toFirst, Duration sinceFirst) {
        FinishReason reason = end.finishReason();
        if (reason == FinishReason.STOP && called) {
            reason = FinishReason.TOOL_CALLS;
        } else if (reason == FinishReason.LENGTH && fillsContext(end)) {
            reason = FinishReason.CONTEXT_FULL;
        }
        Timings timings = end.timings();
        if (timings.equals(Timings.NONE)) {
            int more = end.usage().completionTokens() - 1;
            double seconds = sinceFirst.toNanos() * 1e-9;
            timings = new Timings(toFirst, more > 0 && seconds > 0 ? more / seconds : 0);
        }
        return new ChatChunk.End(reason, end.stopText(), end.usage(), timings);
    }

    private boolean fillsContext(ChatChunk.End end) {
        Integer most = request.sampling().maxTokens();
        int written = end.usage().completionTokens();
        return context.isPresent()
                && written > 0
                && (most == null || written < most)
                && end.usage().promptTokens() + written >= context.getAsInt() - 1;
    }
}
