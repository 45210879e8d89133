package io.step3.chat;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How tokens are chosen and when to stop. A null field means the model's own default (its {@code
 * generation_config.json}).
 *
 * @param temperature 0 (always the most probable token) to 10
 * @param topK only the k most probable tokens; 0 means all
 * @param topP only the most probable tokens that together reach this probability; above 0, to 1
 * @param minP only tokens with at least this share of the best one's probability; 0 to 1
 * @param repetitionPenalty divides the logits of tokens already seen in prompt or answer (Keskar et
 *     al. 2019, "CTRL"); 0.01 to 10, where 1 changes nothing
 * @param presencePenalty subtracted once from the logits of tokens already in the answer; -2 to 2
 * @param frequencyPenalty subtracted for every time a token is already in the answer; -2 to 2
 * @param logitBias what is added to the logits of single tokens, by their ids, before all else;
 *     each from -100 to 100; never null, empty when there are none
 * @param seed makes sampling repeatable; a continuation draws from its beginning again
 * @param maxTokens most tokens of reasoning and answer together; at least 1. A {@link BegunReply}
 *     does not count: each continuation may write as many again
 * @param minTokens tokens to write before the model may end by itself; at least 0
 * @param stop the answer ends before any of these texts: at most 16, each of 1 to 1000 characters;
 *     never null, empty when there are none. One that begins in a {@link BegunReply} and ends in
 *     what is new ends the answer too; one that ends in the {@link BegunReply} does not. One that
 *     holds a tag of the model, such as {@code </think>}, ends it there
 * @param logprobs report the log-probability of each token and of this many alternatives; 0 to 20
 * @param thinkBudget most tokens of reasoning, after which {@code </think>} is forced; at least 0.
 *     Those of a {@link BegunReply} count
 * @param parallelToolCalls false to end the answer after its first call of a tool
 * @param forcedCall a call that the answer must make; needs tools to be told
 */
public record SamplingOptions(
        @Nullable Double temperature,
        @Nullable Integer topK,
        @Nullable Double topP,
        @Nullable Double minP,
        @Nullable Double repetitionPenalty,
        @Nullable Double presencePenalty,
        @Nullable Double frequencyPenalty,
        Map<Integer, Double> logitBias,
        @Nullable Long seed,
        @Nullable Integer maxTokens,
        @Nullable Integer minTokens,
        List<String> stop,
        @Nullable Integer logprobs,
        @Nullable Integer thinkBudget,
        @Nullable Boolean parallelToolCalls,
        @Nullable ForcedCall forcedCall) {

    /** All fields as the model wants them. */
    public static final SamplingOptions DEFAULT = builder().build();

    private static final int MAX_STOPS = 16;
    private static final int MAX_STOP_LENGTH = 1000;
    private static final int MAX_LOGPROBS = 20;

    public SamplingOptions {
        requireRange("temperature", temperature, 0, 10);
        requireAtLeast("top_k", topK, 0);
        requireRange("top_p", topP, Double.MIN_VALUE, 1);
        requireRange("min_p", minP, 0, 1);
        requireRange("repetition_penalty", repetitionPenalty, 0.01, 10);
        requireRange("presence_penalty", presencePenalty, -2, 2);
        requireRange("frequency_penalty", frequencyPenalty, -2, 2);
        logitBias = Map.copyOf(logitBias);
        logitBias.forEach((id, bias) -> requireRange("logit_bias of " + id, bias, -100, 100));
        requireAtLeast("max_tokens", maxTokens, 1);
        requireAtLeast("min_tokens", minTokens, 0);
        requireAtLeast("think_budget", thinkBudget, 0);
        requireAtLeast("logprobs", logprobs, 0);
        if (logprobs != null && logprobs > MAX_LOGPROBS) {
            throw new IllegalArgumentException(
                    "logprobs must be at most " + MAX_LOGPROBS + ", not " + logprobs + ".");
        }
        stop = List.copyOf(stop);
        if (stop.size() > MAX_STOPS) {
            throw new IllegalArgumentException(
                    "There are "
                            + stop.size()
                            + " stop texts; at most "
                            + MAX_STOPS
                            + " are taken.");
        }
        for (String text : stop) {
            if (text.isEmpty() || text.length() > MAX_STOP_LENGTH) {
                throw new IllegalArgumentException(
                        "A stop text must have 1 to "
                                + MAX_STOP_LENGTH
                                + " characters, not "
                                + text.length()
                                + ".");
            }
        }
    }

    private static void requireRange(String name, @Nullable Double value, double low, double high) {
        if (value != null && !(value >= low && value <= high)) {
            throw new IllegalArgumentException(
                    name
                            + (low == Double.MIN_VALUE
                                    ? " must be above 0"
                                    : " must be from " + plain(low))
                            + " and at most "
                            + plain(high)
                            + ", not "
                            + value
                            + ".");
        }
    }

    private static String plain(double number) {
        return number == (long) number ? Long.toString((long) number) : Double.toString(number);
    }

    private static void requireAtLeast(String name, @Nullable Integer value, int low) {
        if (value != null && value < low) {
            throw new IllegalArgumentException(
                    name + " must be at least " + low + ", not " + value + ".");
        }
    }

    /** A builder with all fields at the model's default. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects options; every setter may be given null, which means the model's default. */
    public static final class Builder {
        private @Nullable Double temperature;
        private @Nullable Integer topK;
        private @Nullable Double topP;
        private @Nullable Double minP;
        private @Nullable Double repetitionPenalty;
        private @Nullable Double presencePenalty;
        private @Nullable Double frequencyPenalty;
        private Map<Integer, Double> logitBias = Map.of();
        private @Nullable Long seed;
        private @Nullable Integer maxTokens;
        private @Nullable Integer minTokens;
        private List<String> stop = List.of();
        private @Nullable Integer logprobs;
        private @Nullable Integer thinkBudget;
        private @Nullable Boolean parallelToolCalls;
        private @Nullable ForcedCall forcedCall;

        private Builder() {}

        /** See {@link SamplingOptions#temperature()}. */
        public Builder temperature(@Nullable Double value) {
            temperature = value;
            return this;
        }

        /** See {@link SamplingOptions#topK()}. */
        public Builder topK(@Nullable Integer value) {
            topK = value;
            return this;
        }

        /** See {@link SamplingOptions#topP()}. */
        public Builder topP(@Nullable Double value) {
            topP = value;
            return this;
        }

        /** See {@link SamplingOptions#minP()}. */
        public Builder minP(@Nullable Double value) {
            minP = value;
            return this;
        }

        /** See {@link SamplingOptions#repetitionPenalty()}. */
        public Builder repetitionPenalty(@Nullable Double value) {
            repetitionPenalty = value;
            return this;
        }

        /** See {@link SamplingOptions#presencePenalty()}. */
        public Builder presencePenalty(@Nullable Double value) {
            presencePenalty = value;
            return this;
        }

        /** See {@link SamplingOptions#frequencyPenalty()}. */
        public Builder frequencyPenalty(@Nullable Double value) {
            frequencyPenalty = value;
            return this;
        }

        /** See {@link SamplingOptions#logitBias()}; null means none. */
        public Builder logitBias(Map<Integer, Double> values) {
            logitBias = values == null ? Map.of() : values;
            return this;
        }

        /** See {@link SamplingOptions#seed()}. */
        public Builder seed(@Nullable Long value) {
            seed = value;
            return this;
        }

        /** See {@link SamplingOptions#maxTokens()}. */
        public Builder maxTokens(@Nullable Integer value) {
            maxTokens = value;
            return this;
        }

        /** See {@link SamplingOptions#minTokens()}. */
        public Builder minTokens(@Nullable Integer value) {
            minTokens = value;
            return this;
        }

        /** See {@link SamplingOptions#stop()}; null means none. */
        public Builder stop(List<String> values) {
            stop = values == null ? List.of() : values;
            return this;
        }

        /** See {@link SamplingOptions#logprobs()}. */
        public Builder logprobs(@Nullable Integer value) {
            logprobs = value;
            return this;
        }

        /** See {@link SamplingOptions#thinkBudget()}. */
        public Builder thinkBudget(@Nullable Integer value) {
            thinkBudget = value;
            return this;
        }

        /** See {@link SamplingOptions#parallelToolCalls()}. */
        public Builder parallelToolCalls(@Nullable Boolean value) {
            parallelToolCalls = value;
            return this;
        }

        /** See {@link SamplingOptions#forcedCall()}. */
        public Builder forcedCall(@Nullable ForcedCall value) {
            forcedCall = value;
            return this;
        }

        /**
         * The options.
         *
         * @throws IllegalArgumentException if a value is out of its range
         */
        public SamplingOptions build() {
            return new SamplingOptions(
                    temperature,
                    topK,
                    topP,
                    minP,
                    repetitionPenalty,
                    presencePenalty,
                    frequencyPenalty,
                    logitBias,
                    seed,
                    maxTokens,
                    minTokens,
                    stop,
                    logprobs,
                    thinkBudget,
                    parallelToolCalls,
                    forcedCall);
        }
    }
}
