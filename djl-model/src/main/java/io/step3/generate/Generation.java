package io.step3.generate;

import io.step3.chat.BegunReply;
import io.step3.chat.ChatChunk;
import io.step3.chat.ChatStream;
import io.step3.chat.Detokenizer;
import io.step3.chat.FinishReason;
import io.step3.chat.OutputParser;
import io.step3.chat.ParserEvent;
import io.step3.chat.SamplingOptions;
import io.step3.chat.StopStrings;
import io.step3.chat.Timings;
import io.step3.chat.TokenLogprob;
import io.step3.chat.Usage;
import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Collectors;

/**
 * One answer: tokens become text, text becomes reasoning, answer and tool calls. Computes in the
 * thread that asks for the next chunk.
 *
 * <p>An answer that its reader walks away from gives its session back when the garbage collector
 * finds it.
 *
 * <p>Stop texts end reasoning as well as answer, as in vLLM and SGLang; a stop text that would span
 * the two does not count unless it holds the mark between them. One that began in a begun reply
 * counts.
 */
final class Generation implements ChatStream {

    private static final Cleaner CLEANER = Cleaner.create();

    private final long started = System.nanoTime();
    private final TokenStream tokens;
    private final Detokenizer detokenizer;
    private final OutputParser parser;
    private final ThinkBudget budget;
    private final LogprobReport logprobs;
    private final List<String> stops;

    /** Stop texts that hold a mark: they are looked for before the parser takes the marks out. */
    private final StopStrings markStop;

    private final boolean oneCall;
    private final int promptLength;
    private final Lease lease;

    /** Ends the lease once: on closing, or when nobody can reach the answer any more. */
    private final Cleaner.Cleanable release;

    private final Deque<ChatChunk> ready = new ArrayDeque<>();

    private StopStrings stop;
    private boolean stopsReasoning;
    private List<TokenLogprob> reported = new ArrayList<>();
    private int reasoningTokens;
    private boolean calledTools;
    private long firstToken;
    private long lastToken;
    private boolean done;
    private boolean closed;

    /**
     * Prepares an answer; nothing is computed yet.
     *
     * @param logprobs null if not wanted
     * @param sampling when to stop
     * @param begun what was written before, where a stop text may begin
     * @param lease ended with the answer, or when the answer is no longer reachable
     */
    Generation(
            TokenStream tokens,
            Detokenizer detokenizer,
            OutputParser parser,
            ThinkBudget budget,
            LogprobReport logprobs,
            SamplingOptions sampling,
            BegunReply begun,
            int promptLength,
            Lease lease) {
        this.tokens = tokens;
        this.detokenizer = detokenizer;
        this.parser = parser;
        this.budget = budget;
        this.logprobs = logprobs;
        var byMark =
                sampling.stop().stream()
                        .collect(Collectors.partitioningBy(OutputParser::holdsMark));
        this.stops = byMark.get(false);
        this.markStop = new StopStrings(byMark.get(true));
        this.oneCall = Boolean.FALSE.equals(sampling.parallelToolCalls());
        this.promptLength = promptLength;
        this.lease = lease;
        this.release = CLEANER.register(this, lease::end);
        this.stop = new StopStrings(stops);
        this.stopsReasoning = parser.inReasoning();
        markStop.precede(
                begun.reasoning() + begun.answer().map(answer -> "</think>" + answer).orElse(""));
        stop.precede(begun.answer().orElse(begun.reasoning()));
    }

    @Override
    public synchronized boolean hasNext() {
        while (ready.isEmpty() && !done && !closed) {
            try {
                step();
            } catch (RuntimeException | Error e) {
                lease.discard();
                close();
                throw e;
            }
        }
        return !ready.isEmpty();
    }

    @Override
    public synchronized ChatChunk next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the answer has ended");
        }
        return ready.poll();
    }

    private void step() {
        int token = tokens.next(budget.forced(parser.inReasoning()));
        if (token < 0) {
            // A character that a limit or a cancellation cut in two is left to a continuation.
            if (tokens.finish() == FinishReason.STOP) {
                read(detokenizer.finish());
            }
            take(parser.feed(markStop.finish()));
            finish(tokens.finish());
            return;
        }
        lastToken = System.nanoTime();
        firstToken = firstToken == 0 ? lastToken : firstToken;
        if (logprobs != null) {
            reported.add(logprobs.of(token, tokens.distribution()));
        }
        read(detokenizer.feed(token));
        if (parser.inReasoning()) {
            budget.thought();
            reasoningTokens++;
        }
        if (stop.stopped() || oneCall && calledTools) {
            end(FinishReason.STOP);
        } else if (markStop.stopped()) {
            finish(FinishReason.STOP);
        }
    }

    private void read(String text) {
        take(parser.feed(markStop.feed(text)));
    }

    private void finish(FinishReason reason) {
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
        var usage = new Usage(promptLength, tokens.cached(), reasoningTokens, tokens.written());
        add(ChatChunk.done(forTools ? FinishReason.TOOL_CALLS : reason, usage, timings));
        close();
    }

    /** From another thread than the one that iterates: waits for the token in work. */
    @Override
    public void close() {
        lease.stop();
        synchronized (this) {
            closed = true;
            release.clean();
        }
    }
}
