package io.step3.generate;

import io.step3.chat.SamplingOptions;
import io.step3.checkpoint.GenerationConfig;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * How tokens are chosen, with every default filled in. Ranges are those of {@link SamplingOptions}.
 *
 * @param temperature 0 for greedy
 * @param topK 0 for all
 * @param topP 1 for all
 * @param minP 0 for all
 * @param repetitionPenalty 1 for none
 * @param presencePenalty 0 for none
 * @param frequencyPenalty 0 for none
 * @param bias added to single tokens' logits
 * @param seed of the random numbers
 */
record SamplingSettings(
        float temperature,
        int topK,
        double topP,
        float minP,
        float repetitionPenalty,
        float presencePenalty,
        float frequencyPenalty,
        Map<Integer, Double> bias,
        long seed) {

    /** Settings without any bias. */
    SamplingSettings(
            float temperature,
            int topK,
            double topP,
            float minP,
            float repetitionPenalty,
            float presencePenalty,
            float frequencyPenalty,
            long seed) {
        this(
                temperature,
                topK,
                topP,
                minP,
                repetitionPenalty,
                presencePenalty,
                frequencyPenalty,
                Map.of(),
                seed);
    }

    /** The most probable token, always. */
    static final SamplingSettings GREEDY = new SamplingSettings(0, 0, 1, 0, 1, 0, 0, 0);

    /**
     * What a request asks for, and what {@code generation_config.json} says where it asks for
     * nothing. A checkpoint that does not sample ({@code do_sample} false) is greedy unless the
     * request sets a temperature.
     */
    static SamplingSettings of(SamplingOptions asked, GenerationConfig defaults) {
        double own = defaults.doSample() ? defaults.temperature() : 0;
        return new SamplingSettings(
                (float) or(asked.temperature(), own),
                (int) or(asked.topK(), defaults.topK()),
                or(asked.topP(), defaults.topP()),
                (float) or(asked.minP(), defaults.minP()),
                (float) or(asked.repetitionPenalty(), defaults.repetitionPenalty()),
                (float) or(asked.presencePenalty(), 0),
                (float) or(asked.frequencyPenalty(), 0),
                asked.logitBias(),
                asked.seed() != null ? asked.seed() : ThreadLocalRandom.current().nextLong());
    }

    private static double or(@Nullable Number asked, double otherwise) {
        return asked != null ? asked.doubleValue() : otherwise;
    }
}
