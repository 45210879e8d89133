package io.step3.bench;

import io.step3.chat.ChatRequest;
import io.step3.generate.Step3;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Measures many answers at a time, each read by a thread of its own. */
public final class StreamBench {

    private static final int[] STREAMS = {1, 2, 4, 8, 16};
    private static final int PROMPT = 32;

    /** Tokens that each stream writes, at most: so that reading its prompt counts little. */
    private static final int WRITTEN = 128;

    private static final int LEAST_SAMPLES = 3;
    private static final int MOST_SAMPLES = 15;

    /** Streams that a newcomer finds, and that a long prompt does. */
    private static final int COMPANY = 7;

    private final Step3 step3;
    private final Ceiling ceiling;
    private final TokenCost cost;
    private final Prompts prompts;
    private final BooleanSupplier stop;
    private final Consumer<Row> rows;
    private final int context;

    /**
     * @param step3 answers
     * @param ceiling of this machine
     * @param stop asked between tokens
     * @param rows gets what is measured
     */
    public StreamBench(Step3 step3, Ceiling ceiling, BooleanSupplier stop, Consumer<Row> rows) {
        this.step3 = step3;
        this.ceiling = ceiling;
        cost = TokenCost.of(step3.model());
        this.stop = stop;
        this.rows = rows;
        prompts = new Prompts(step3);
        context = step3.model().contextLength();
    }

    /**
     * Measures all of it.
     *
     * @param seconds to take, about; a model of which a few tokens take longer takes longer
     * @throws CancellationException if it is to stop
     */
    public void run(double seconds) {
        double each = seconds / (STREAMS.length + 5);
        warm(each);
        double speed = 0;
        for (int i = 0; i < LEAST_SAMPLES; i++) {
            Answer answer = Answer.read(step3, prompts.text(PROMPT, 16), stop);
            speed = Math.max(speed, answer.tokensPerSecond());
        }
        int written =
                (int) Math.clamp(speed * each / LEAST_SAMPLES, 8, Math.min(WRITTEN, context / 2));
        for (int streams : STREAMS) {
            throughput(streams, written, each);
        }
        for (int company : new int[] {0, COMPANY}) {
            newcomer(PROMPT, company, each);
            newcomer(context / 2, company, each);
        }
    }

    private void warm(double seconds) {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        do {
            Answer.read(step3, prompts.text(PROMPT, 16), stop);
        } while (System.nanoTime() < end);
    }

    private void throughput(int streams, int written, double seconds) {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        List<Double> samples = new ArrayList<>();
        List<Double> ceilings = new ArrayList<>();
        List<Double> shares = new ArrayList<>();
        double flops = 2.0 * cost.allWeights();
        do {
            OptionalDouble best = ceiling.burst(Limit.ARITHMETIC);
            double speed = together(streams, written);
            samples.add(speed);
            best.ifPresent(
                    most -> {
                        ceilings.add(most);
                        shares.add(100e-9 * flops * speed / most);
                    });
        } while (samples.size() < LEAST_SAMPLES
                || samples.size() < MOST_SAMPLES && System.nanoTime() < end);
        Samples speeds = Samples.of(array(samples));
        rows.accept(
                Row.of(
                                "streams",
                                streams == 1 ? "1 stream" : streams + " streams, all together",
                                0,
                                "tok/s",
                                speeds)
                        .with(
                                OptionalDouble.empty(),
                                OptionalDouble.of(flops * speeds.median() * 1e-9),
                                ceilings.isEmpty()
                                        ? Optional.empty()
                                        : Optional.of(
                                                new Row.Share(
                                                        Limit.ARITHMETIC,
                                                        Samples.of(array(ceilings)).median(),
                                                        Samples.of(array(shares)).median()))));
    }

    /** Tokens a second that all write together, from the first question to the last word. */
    private double together(int streams, int written) {
        List<ChatRequest> requests = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            requests.add(prompts.text(PROMPT, written));
        }
        try (ExecutorService readers = readers()) {
            long began = System.nanoTime();
            List<Future<Answer>> answers = new ArrayList<>();
            for (ChatRequest request : requests) {
                answers.add(readers.submit(() -> Answer.read(step3, request, stop)));
            }
            long tokens = 0;
            long ended = began;
            for (Future<Answer> each : answers) {
                Answer answer = await(each);
                tokens += answer.written();
                ended = Math.max(ended, answer.ended());
            }
            return tokens / ((ended - began) * 1e-9);
        }
    }

    /** Time until the first words of a prompt that comes while others are being answered. */
    private void newcomer(int length, int company, double seconds) {
        List<Double> firsts = new ArrayList<>();
        List<Double> pauses = new ArrayList<>();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        do {
            AtomicBoolean enough = new AtomicBoolean();
            BooleanSupplier over = () -> enough.get() || stop.getAsBoolean();
            CountDownLatch running = new CountDownLatch(company);
            List<Watched> others = new ArrayList<>();
            List<Future<?>> reading = new ArrayList<>();
            try (ExecutorService readers = readers()) {
                try {
                    for (int i = 0; i < company; i++) {
                        // Longer than anybody waits for the newcomer.
                        ChatRequest request = prompts.text(PROMPT, context - 4 * PROMPT);
                        Watched watched = new Watched(running);
                        others.add(watched);
                        reading.add(readers.submit(() -> watched.read(request, over)));
                    }
                    await(running);
                    ChatRequest request = prompts.text(length, 1);
                    others.forEach(Watched::begin);
                    Answer answer = Answer.read(step3, request, stop);
                    firsts.add(answer.secondsToFirst() * 1e3);
                    others.forEach(each -> pauses.add(each.longestPause() * 1e-6));
                } finally {
                    enough.set(true);
                }
                reading.forEach(StreamBench::await);
            }
        } while (firsts.size() < LEAST_SAMPLES
                || firsts.size() < MOST_SAMPLES && System.nanoTime() < end);
        String beside = company == 0 ? "alone" : "beside " + company;
        rows.accept(
                Row.of(
                        "streams",
                        "first token " + beside,
                        length,
                        "ms",
                        Samples.of(array(firsts))));
        if (company > 0) {
            rows.accept(
                    Row.of(
                            "streams",
                            "longest pause of the others",
                            length,
                            "ms",
                            Samples.of(array(pauses))));
        }
    }

    /** A stream whose pauses are watched from some time on. */
    private final class Watched {
        private final CountDownLatch running;
        private final AtomicLong last = new AtomicLong();
        private final AtomicLong longest = new AtomicLong();

        Watched(CountDownLatch running) {
            this.running = running;
        }

        void read(ChatRequest request, BooleanSupplier over) {
            try {
                Answer.read(step3, request, over, this::piece);
            } catch (CancellationException e) {
                // enough was seen
            } finally {
                if (last.get() == 0) {
                    running.countDown(); // it failed: nobody shall wait for it
                }
            }
        }

        private void piece(long now) {
            long before = last.getAndSet(now);
            if (before == 0) {
                running.countDown();
            } else {
                longest.accumulateAndGet(now - before, Math::max);
            }
        }

        void begin() {
            longest.set(0);
        }

        /** In nanoseconds, the pause that it is in counted too. */
        long longestPause() {
            return Math.max(longest.get(), System.nanoTime() - last.get());
        }
    }

    private static ExecutorService readers() {
        return Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().daemon().name("bench-reader-", 0).factory());
    }

    private static double[] array(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException();
        }
    }

    private static <T> T await(Future<T> answer) {
        try {
            return answer.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause
                    ? cause
                    : new IllegalStateException(e.getCause());
        }
    }
}
