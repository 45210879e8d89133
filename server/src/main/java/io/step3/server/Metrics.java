package io.step3.server;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.step3.chat.Timings;
import io.step3.chat.Usage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.IntSupplier;

/** What Prometheus is told. Nothing in it comes from a request but numbers. */
final class Metrics {

    static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

    private static final double[] SECONDS = {
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300
    };
    private static final double[] TOKEN_SECONDS = {
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
    };

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Counter requests =
            Counter.builder()
                    .name("step3_requests_total")
                    .help("Requests by API and status.")
                    .labelNames("api", "code")
                    .register(registry);
    private final Counter promptTokens =
            counter("step3_prompt_tokens_total", "Tokens of prompts, cached ones too.");
    private final Counter cachedTokens =
            counter("step3_cached_tokens_total", "Tokens of prompts that were in a cache.");
    private final Counter generatedTokens =
            counter("step3_generated_tokens_total", "Tokens that were written.");
    private final Histogram queueSeconds =
            histogram("step3_queue_seconds", "Time that requests waited for their turn.", SECONDS);
    private final Histogram firstTokenSeconds =
            histogram(
                    "step3_first_token_seconds",
                    "Time from a request to the first token of its answer.",
                    SECONDS);
    private final Histogram tokenSeconds =
            histogram(
                    "step3_token_seconds",
                    "Time of a token after the first, the mean of each answer.",
                    TOKEN_SECONDS);

    Metrics(IntSupplier running, IntSupplier waiting) {
        gauge("step3_requests_running", "Answers that are being written.", running);
        gauge("step3_requests_waiting", "Requests that wait for their turn.", waiting);
    }

    private Counter counter(String name, String help) {
        return Counter.builder().name(name).help(help).register(registry);
    }

    private Histogram histogram(String name, String help, double[] bounds) {
        return Histogram.builder()
                .name(name)
                .help(help)
                .classicOnly()
                .classicUpperBounds(bounds)
                .register(registry);
    }

    private void gauge(String name, String help, IntSupplier value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(callback -> callback.call(value.getAsInt()))
                .register(registry);
    }

    /** A request came to its end; 499 is the status of one whose client has left. */
    void request(String api, int status) {
        requests.labelValues(api, Integer.toString(status)).inc();
    }

    void waited(double seconds) {
        queueSeconds.observe(seconds);
    }

    /** An answer was written, to its end or as far as it was wanted. */
    void answer(Usage usage, Timings timings) {
        promptTokens.inc(usage.promptTokens());
        cachedTokens.inc(usage.cachedTokens());
        generatedTokens.inc(usage.completionTokens());
        if (usage.completionTokens() > 0) {
            firstTokenSeconds.observe(timings.timeToFirstToken().toNanos() * 1e-9);
        }
        if (timings.tokensPerSecond() > 0) {
            tokenSeconds.observe(1 / timings.tokensPerSecond());
        }
    }

    /** All of it in Prometheus' text format, as UTF-8. */
    byte[] text() {
        var out = new ByteArrayOutputStream();
        try {
            PrometheusTextFormatWriter.create()
                    .write(out, registry.scrape(), EscapingScheme.UNDERSCORE_ESCAPING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
