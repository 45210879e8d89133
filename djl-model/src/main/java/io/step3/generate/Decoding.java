package io.step3.generate;

import io.step3.chat.BegunReply;
import io.step3.chat.ChatChunk;
import io.step3.chat.Detokenizer;
import io.step3.chat.FinishReason;
import io.step3.chat.OutputParser;
import io.step3.chat.ParserEvent;
import io.step3.chat.SamplingOptions;
import io.step3.chat.StopStrings;
import io.step3.chat.Timings;
import io.step3.chat.TokenLogprob;
import io.step3.chat.Usage;
import io.step3.model.ForwardObserver;
import io.step3.model.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One answer in the making, fed with logits: tokens are chosen and become text, text becomes
 * reasoning, answer and tool calls. It knows nothing of where logits come from. For one thread at a
 * time.
 *
 * <p>Stop texts end reasoning as well as answer, as in vLLM and SGLang; a stop text that would span
 * the two does not count unless it holds the mark between them. One that began in a begun reply
 * counts.
 */
final class Decoding {

    private final long started = System.nanoTime();
    private final TokenWriter tokens;
    private final Detokenizer detokenizer;
    private final OutputParser parser;
    private final ThinkBudget budget;
    private final ForcedOpening opening;
    private final LogprobReport logprobs;
    private final List<String> stops;

    /** Stop texts that hold a mark: they are looked for before the parser takes the marks out. */
    private final StopStrings markStop;

    private final boolean oneCall;
    private final int promptLength;
    private final ForwardObserver observer;

    private List<ChatChunk> ready = new ArrayList<>();
    private StopStrings stop;
    private boolean stopsReasoning;
    private List<TokenLogprob> reported = new ArrayList<>();
    private int cached;
    private int reasoningTokens;
    private boolean calledTools;
    private long firstToken;
    private long lastToken;
    private boolean done;

    /**
     * Nothing is written yet.
     *
     * @param logprobs null if not wanted
     * @param sampling when to stop
     * @param begun what was written before, where a stop text may begin
     * @param observer is told the tokens and the time that choosing them took
     */
    Decoding(
            TokenWriter tokens,
            Detokenizer detokenizer,
            OutputParser parser,
            ThinkBudget budget,
            ForcedOpening opening,
            LogprobReport logprobs,
            SamplingOptions sampling,
            BegunReply begun,
            int promptLength,
            ForwardObserver observer) {
        this.tokens = tokens;
        this.detokenizer = detokenizer;
        this.parser = parser;
        this.budget = budget;
        this.opening = opening;
        this.logprobs = logprobs;
        var byMark =
                sampling.stop().stream()
                        .collect(Collectors.partitioningBy(OutputParser::holdsMark));
        this.stops = byMark.get(false);
        this.markStop = new StopStrings(byMark.get(true));
        this.oneCall = Boolean.FALSE.equals(sampling.parallelToolCalls());
        this.promptLength = promptLength;
        this.observer = observer;
        this.stop = new StopStrings(stops);
        this.stopsReasoning = parser.inReasoning();
        markStop.precede(
                begun.reasoning() + begun.answer().map(answer -> "</think>" + answer).orElse(""));
        stop.precede(begun.answer().orElse(begun.reasoning()));
    }

    /**
     * The prompt is about to be read.
     *
     * @param tokens of it that were in a cache
     */
    void begin(int tokens) {
        cached = tokens;
    }

    /**
     * Writes the next token.
     *
     * @param logits {@code [vocabulary]}, those of the prompt's last token or of the last one
     *     written; changed by penalties
     * @throws ArithmeticException if a logit is NaN
     */
    void accept(float[] logits) {
        long began = System.nanoTime();
        float[] distribution = logprobs == null ? null : logits.clone();
        int token = tokens.write(logits, forced());
        long now = System.nanoTime();
        observer.spent(Stage.SAMPLING, now - began);
        if (token < 0) {
            read(detokenizer.finish());
            finish(FinishReason.STOP);
            return;
        }
        observer.tokens(promptLength + tokens.written() - 1, token);
        firstToken = firstToken == 0 ? now : firstToken;
        lastToken = now;
        if (logprobs != null) {
            reported.add(logprobs.of(token, distribution));
        }
        read(detokenizer.feed(token));
        if (parser.inReasoning()) {
            budget.thought();
            reasoningTokens++;
        }
        if (stop.stopped() || oneCall && calledTools) {
            end(FinishReason.STOP);
        } else if (markStop.stopped()) {
            finishText(FinishReason.STOP);
        } else if (tokens.isFull()) {
            // A character that a limit or a cancellation cuts in two is left to a continuation.
            finish(tokens.limit());
        }
    }

    /** What must come next, or -1. */
    private int forced() {
        int mark = budget.forced(parser.inReasoning());
        return mark >= 0 ? mark : opening.forced(!parser.inReasoning() && !parser.hasBegunCalls());
    }

    /** Ends the answer with what was written so far. Does nothing if it has ended. */
    void cancel() {
        if (!done) {
            finish(FinishReason.CANCELLED);
        }
    }

    /** Whether the answer has ended. */
    boolean isDone() {
        return done;
    }

    /** Tokens written. */
    int written() {
        return tokens.written();
    }

    /** A token that was written, from 0. */
    int token(int i) {
        return tokens.token(i);
    }

    /** The chunks since this was asked last, the last of all with the end. */
    List<ChatChunk> take() {
        List<ChatChunk> taken = ready;
        if (!taken.isEmpty()) {
            ready = new ArrayList<>();
        }
        return taken;
    }

    private void read(String text) {
        take(parser.feed(markStop.feed(text)));
    }

    private void finish(FinishReason reason) {
        take(parser.feed(markStop.finish()));
        finishText(reason);
    }

    private void finishText(FinishReason reason) {
        if (!stop.stopped()) {
            take(parser.finish());
        }
        emit(stop.finish());
        end(stop.stopped() ? FinishReason.STOP : reason);
    }

    private void take(List<ParserEvent> events) {
        for (ParserEvent event : events) {
            switch (event) {
                case ParserEvent.Reasoning reasoning -> text(reasoning.text(), true);
                case ParserEvent.Answer answer -> text(answer.text(), false);
                case ParserEvent.Call call -> {
                    if (!stop.stopped() && !(oneCall && calledTools)) {
                        emit(stop.finish());
                        stop = new StopStrings(stops);
                        calledTools = true;
                        add(ChatChunk.toolCall(call.call()));
                    }
                }
            }
        }
    }

    private void text(String text, boolean reasoning) {
        if (stop.stopped() || oneCall && calledTools) {
            return;
        }
        if (reasoning != stopsReasoning) {
            emit(stop.finish());
            stop = new StopStrings(stops);
            stopsReasoning = reasoning;
        }
        emit(stop.feed(text));
    }

    private void emit(String text) {
        if (!text.isEmpty()) {
            add(stopsReasoning ? ChatChunk.reasoning(text) : ChatChunk.answer(text));
        }
    }

    private void add(ChatChunk chunk) {
        ready.add(reported.isEmpty() ? chunk : chunk.withLogprobs(reported));
        reported = new ArrayList<>();
    }

    private void end(FinishReason reason) {
        done = true;
        boolean forTools = calledTools && reason == FinishReason.STOP;
        double seconds = (lastToken - firstToken) * 1e-9;
        var timings =
                new Timings(
                        Duration.ofNanos(firstToken == 0 ? 0 : firstToken - started),
                        seconds > 0 ? (tokens.written() - 1) / seconds : 0);
        var usage = new Usage(promptLength, cached, reasoningTokens, tokens.written());
        add(
                ChatChunk.done(
                        new ChatChunk.End(
                                forTools ? FinishReason.TOOL_CALLS : reason,
                                stop.found().or(markStop::found),
                                usage,
                                timings)));
    }
}
