package io.step3.generate;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Chooses tokens from logits. One sampler belongs to one generation: it counts what was written for
 * the penalties and holds the random state, so that the same seed over the same logits gives the
 * same tokens. All arrays are allocated once.
 *
 * <p>In order: bias, repetition penalty (over prompt and output; Keskar et al., CTRL, section 4.1),
 * presence and frequency penalty (over the output; as OpenAI defines them), temperature, top-k,
 * top-p (Holtzman et al., The Curious Case of Neural Text Degeneration), min-p (Nguyen et al.,
 * Turning Up the Heat).
 */
final class Sampler {

    private final SamplingSettings settings;
    private final SplittableRandom random;
    private final boolean[] seen;
    private final int[] written;

    /** Candidates as sortable numbers: see {@link #pack}. */
    private final long[] candidates;

    private final float[] probabilities;

    /**
     * Starts a generation.
     *
     * @param prompt what the repetition penalty counts as seen
     * @throws IllegalArgumentException if a bias names no token of the vocabulary
     */
    Sampler(SamplingSettings settings, int vocabulary, int[] prompt) {
        this.settings = settings;
        random = new SplittableRandom(settings.seed());
        seen = new boolean[vocabulary];
        written = new int[vocabulary];
        boolean greedy = settings.temperature() == 0;
        candidates = new long[greedy ? 0 : vocabulary];
        probabilities = new float[greedy ? 0 : vocabulary];
        for (int id : prompt) {
            seen[id] = true;
        }
        for (int id : settings.bias().keySet()) {
            if (id < 0 || id >= vocabulary) {
                throw new IllegalArgumentException(
                        "logit_bias names token %d, which is outside the vocabulary of %d"
                                .formatted(id, vocabulary));
            }
        }
    }

    /**
     * Chooses the next token.
     *
     * @param logits {@code [vocabulary]}; changed by the penalties
     * @throws ArithmeticException if a logit is NaN
     */
    int sample(float[] logits) {
        settings.bias().forEach((id, bias) -> logits[id] += bias.floatValue());
        penalise(logits);
        int best = argmax(logits);
        int token = settings.temperature() == 0 ? best : draw(logits, logits[best]);
        count(token);
        return token;
    }

    /** Counts a token that was not sampled but forced. */
    void count(int token) {
        seen[token] = true;
        written[token]++;
    }

    private void penalise(float[] logits) {
        float repetition = settings.repetitionPenalty();
        float presence = settings.presencePenalty();
        float frequency = settings.frequencyPenalty();
        if (repetition == 1 && presence == 0 && frequency == 0) {
            return;
        }
        for (int i = 0; i < logits.length; i++) {
            if (seen[i]) {
                double logit =
                        logits[i] > 0 ? logits[i] / (double) repetition : logits[i] * repetition;
                // A penalty near 0 leads out of the range of float32.
                logits[i] = (float) Math.clamp(logit, -Float.MAX_VALUE, Float.MAX_VALUE);
            }
            if (written[i] > 0) {
                logits[i] -= presence + frequency * written[i];
            }
        }
    }

    /** The first of the largest. */
    static int argmax(float[] logits) {
        int best = 0;
        for (int i = 0; i < logits.length; i++) {
            if (Float.isNaN(logits[i]) || logits[i] == Float.POSITIVE_INFINITY) {
                throw new ArithmeticException(
                        "the network computed %s for token %d: the weights are damaged"
                                .formatted(logits[i], i));
            }
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }

    private int draw(float[] logits, float max) {
        // Divided, as the inverse of the smallest temperatures is infinite.
        double temperature = settings.temperature();
        double mass = 0;
        for (int i = 0; i < logits.length; i++) {
            probabilities[i] = (float) Math.exp((logits[i] - max) / temperature);
            mass += probabilities[i];
        }
        boolean cutsByRank = settings.topK() > 0 && settings.topK() < logits.length;
        if (!cutsByRank && settings.topP() >= 1) {
            // The most probable token has weight 1, so that minP is a threshold on the weights.
            return pick(settings.minP());
        }
        int count = cutsByRank ? best(settings.topK()) : nucleus(mass * settings.topP());
        if (cutsByRank && settings.topP() < 1) {
            count = keep(count, sum(count) * settings.topP());
        }
        return pickCandidate(count);
    }

    /** Draws among all tokens of at least a weight, in the order of their ids. */
    private int pick(float least) {
        double total = 0;
        for (float p : probabilities) {
            total += p >= least ? p : 0;
        }
        double left = random.nextDouble() * total;
        int last = 0;
        for (int i = 0; i < probabilities.length; i++) {
            if (probabilities[i] >= least && probabilities[i] > 0) {
                last = i;
                left -= probabilities[i];
                if (left < 0) {
                    break;
                }
            }
        }
        return last;
    }

    /**
     * Draws among the first candidates, best first, of those at least as probable as min-p asks.
     */
    private int pickCandidate(int count) {
        int kept = 1;
        while (kept < count && weight(kept) >= settings.minP()) {
            kept++;
        }
        double left = random.nextDouble() * sum(kept);
        for (int i = 0; i < kept; i++) {
            left -= weight(i);
            if (left < 0) {
                return token(i);
            }
        }
        return token(kept - 1);
    }

    /** Leaves the {@code k} most probable tokens, best first. */
    private int best(int k) {
        // A threshold that at least k tokens pass: everything that may be chosen is above it.
        float least = 1;
        int passing;
        do {
            least = least < 1e-30f ? 0 : least * 1e-3f;
            passing = collect(least);
        } while (passing < k && least > 0);
        return Math.min(k, passing);
    }

    /** Leaves the smallest set of most probable tokens that holds a mass, best first. */
    private int nucleus(double mass) {
        float least = 1;
        int passing;
        do {
            least = least < 1e-30f ? 0 : least * 1e-3f;
            passing = collect(least);
        } while (sum(passing) < mass && least > 0);
        return keep(passing, mass);
    }

    /** How many of the first candidates are needed for a mass. */
    private int keep(int count, double mass) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += weight(i);
            if (sum >= mass) {
                return i + 1;
            }
        }
        return count;
    }

    /** Collects the tokens of at least a weight, best first; of equals the lower id comes first. */
    private int collect(float least) {
        int count = 0;
        for (int i = 0; i < probabilities.length; i++) {
            if (probabilities[i] >= least) {
                candidates[count++] = pack(probabilities[i], i);
            }
        }
        Arrays.sort(candidates, 0, count);
        return count;
    }

    /**
     * Sorts by falling weight, then by rising id: weights are not negative, so their bits order.
     */
    private static long pack(float weight, int token) {
        return ((long) ~Float.floatToRawIntBits(weight) << 32) | token;
    }

    private float weight(int candidate) {
        return Float.intBitsToFloat(~(int) (candidates[candidate] >> 32));
    }

    private int token(int candidate) {
        return (int) candidates[candidate];
    }

    private double sum(int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += weight(i);
        }
        return sum;
    }
}
