package io.step3.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplerTest {

    private static final SamplingSettings PLAIN = new SamplingSettings(1, 0, 1, 0, 1, 0, 0, 7);

    /** Probabilities 0.5, 0.25, 0.125, 0.0625, 0.0625, out of order. */
    private static final float[] LOGITS = {log(1), log(8), log(2), log(1), log(4)};

    private static float log(double weight) {
        return (float) Math.log(weight);
    }

    private static Set<Integer> drawn(SamplingSettings settings) {
        Sampler sampler = new Sampler(settings, LOGITS.length, new int[0]);
        return IntStream.range(0, 5000)
                .map(i -> sampler.sample(LOGITS.clone()))
                .collect(TreeSet::new, TreeSet::add, TreeSet::addAll);
    }

    private static int[] sequence(SamplingSettings settings) {
        Sampler sampler = new Sampler(settings, LOGITS.length, new int[0]);
        return IntStream.range(0, 50).map(i -> sampler.sample(LOGITS.clone())).toArray();
    }

    private static SamplingSettings with(int topK, double topP, float minP) {
        return new SamplingSettings(1, topK, topP, minP, 1, 0, 0, 7);
    }

    @Test
    void greedyTakesTheFirstOfTheLargest() {
        Sampler sampler = new Sampler(SamplingSettings.GREEDY, 4, new int[0]);
        assertEquals(1, sampler.sample(new float[] {0, 3, 3, 1}));
    }

    @Test
    void theSmallestNumbersOfEveryOptionAreComputedLikeOthers() {
        float[] values = {Float.MIN_VALUE, 1e-40f, 1e-39f, Float.MIN_NORMAL, 1e-20f};
        for (float tiny : values) {
            // Nearly no temperature is none, also with the largest logits far apart.
            assertEquals(Set.of(1), drawn(new SamplingSettings(tiny, 0, 1, 0, 1, 0, 0, 7)));
            assertEquals(Set.of(1), drawn(new SamplingSettings(tiny, 3, 0.5, 0, 1, 0, 0, 7)));
            assertEquals(Set.of(1), drawn(new SamplingSettings(1, 0, tiny, 0, 1, 0, 0, 7)));
            assertEquals(5, drawn(new SamplingSettings(1, 0, 1, tiny, 1, 0, 0, 7)).size());
            assertEquals(5, drawn(new SamplingSettings(1, 0, 1, 0, 1, tiny, tiny, 7)).size());
            var penalty = new SamplingSettings(1, 0, 1, 0, tiny, 0, 0, 7);
            int token = new Sampler(penalty, 4, new int[] {2}).sample(new float[] {1, 9, 2, -3});
            assertEquals(2, token, "the logit of what was seen is beyond all others");
        }
        assertEquals(Set.of(1), drawn(with(0, Double.MIN_VALUE, 0)));
        float[] huge = {-Float.MAX_VALUE, Float.MAX_VALUE, 0, Float.NEGATIVE_INFINITY};
        for (float temperature : new float[] {Float.MIN_VALUE, 1, 10}) {
            var settings = new SamplingSettings(temperature, 0, 1, 0, 2, 2, 2, 7);
            assertEquals(1, new Sampler(settings, 4, new int[] {0, 3}).sample(huge.clone()));
        }
    }

    @Test
    void anInfiniteLogitIsNamedLikeOneThatIsNoNumber() {
        Sampler sampler = new Sampler(PLAIN, 2, new int[0]);
        float[] broken = {0, Float.POSITIVE_INFINITY};
        assertThrows(ArithmeticException.class, () -> sampler.sample(broken));
    }

    @Test
    void aBiasMovesSingleTokens() {
        var bias = Map.of(1, -100.0, 3, 100.0);
        var settings = new SamplingSettings(1, 0, 1, 0, 1, 0, 0, bias, 7);
        assertEquals(Set.of(3), drawn(settings));
        var foreign = new SamplingSettings(1, 0, 1, 0, 1, 0, 0, Map.of(5, 1.0), 7);
        assertThrows(IllegalArgumentException.class, () -> new Sampler(foreign, 5, new int[0]));
    }

    @Test
    void theSameSeedGivesTheSameTokensAndAnotherSeedOthers() {
        assertArrayEquals(sequence(PLAIN), sequence(PLAIN));
        int[] other = sequence(new SamplingSettings(1, 0, 1, 0, 1, 0, 0, 8));
        assertTrue(!java.util.Arrays.equals(sequence(PLAIN), other));
    }

    @Test
    void tokensAreDrawnAsOftenAsTheyAreProbable() {
        Sampler sampler = new Sampler(PLAIN, LOGITS.length, new int[0]);
        int[] counts = new int[LOGITS.length];
        int draws = 40_000;
        for (int i = 0; i < draws; i++) {
            counts[sampler.sample(LOGITS.clone())]++;
        }
        double[] expected = {1 / 16.0, 8 / 16.0, 2 / 16.0, 1 / 16.0, 4 / 16.0};
        for (int i = 0; i < counts.length; i++) {
            assertEquals(expected[i], counts[i] / (double) draws, 0.01, "token " + i);
        }
    }

    @Test
    void topKKeepsTheMostProbableAndOfEqualsTheLowerId() {
        assertEquals(Set.of(1, 4), drawn(with(2, 1, 0)));
        assertEquals(Set.of(0, 1, 2, 4), drawn(with(4, 1, 0)));
        assertEquals(Set.of(0, 1, 2, 3, 4), drawn(with(99, 1, 0)));
    }

    @Test
    void topPKeepsTheSmallestSetThatReachesIt() {
        assertEquals(Set.of(1), drawn(with(0, 0.5, 0)));
        assertEquals(Set.of(1, 4), drawn(with(0, 0.7, 0)));
        assertEquals(Set.of(1, 2, 4), drawn(with(0, 0.8, 0)));
    }

    @Test
    void topPCountsWithinWhatTopKLeft() {
        // Of the two best, the first has two thirds.
        assertEquals(Set.of(1), drawn(with(2, 0.6, 0)));
        assertEquals(Set.of(1, 4), drawn(with(2, 0.7, 0)));
    }

    @Test
    void minPKeepsWhatIsNotMuchLessProbableThanTheBest() {
        assertEquals(Set.of(1, 4), drawn(with(0, 1, 0.3f)));
        assertEquals(Set.of(1, 4), drawn(with(3, 1, 0.3f)));
        assertEquals(Set.of(1), drawn(with(0, 1, 1)));
    }

    @Test
    void aLowTemperatureSharpensAndAHighOneFlattens() {
        Random random = new Random(3);
        float[] logits = new float[100];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) random.nextGaussian();
        }
        int cold = distinct(0.05f, logits);
        int hot = distinct(5f, logits);
        assertTrue(cold < 10 && hot > 90, cold + " and " + hot);
    }

    private static int distinct(float temperature, float[] logits) {
        var settings = new SamplingSettings(temperature, 0, 1, 0, 1, 0, 0, 1);
        Sampler sampler = new Sampler(settings, logits.length, new int[0]);
        return (int)
                IntStream.range(0, 3000)
                        .map(i -> sampler.sample(logits.clone()))
                        .distinct()
                        .count();
    }

    @Test
    void theRepetitionPenaltyCountsThePromptToo() {
        var settings = new SamplingSettings(0, 0, 1, 0, 2, 0, 0, 0);
        Sampler sampler = new Sampler(settings, 3, new int[] {0});
        assertEquals(1, sampler.sample(new float[] {3, 2, 1}), "3 / 2 is less than 2");
        assertEquals(0, sampler.sample(new float[] {3, 2, 1}), "now 2 / 2 is less than 3 / 2");
        Sampler negative = new Sampler(settings, 2, new int[] {0});
        assertEquals(1, negative.sample(new float[] {-1, -1.5f}), "-1 * 2 is less than -1.5");
    }

    @Test
    void presenceAndFrequencyPenaltiesCountTheAnswerOnly() {
        var settings = new SamplingSettings(0, 0, 1, 0, 1, 0.5f, 0.25f, 0);
        Sampler sampler = new Sampler(settings, 2, new int[] {0});
        float[] logits = {1, 0};
        assertEquals(0, sampler.sample(logits.clone()), "nothing was written");
        assertEquals(0, sampler.sample(logits.clone()), "1 - 0.75 is more than 0");
        assertEquals(0, sampler.sample(logits.clone()), "1 - 1 equals 0");
        assertEquals(1, sampler.sample(logits.clone()), "1 - 1.25 is less than 0");
    }

    @Test
    void nanIsRefusedByName() {
        Sampler sampler = new Sampler(PLAIN, 2, new int[0]);
        var failure =
                assertThrows(
                        ArithmeticException.class,
                        () -> sampler.sample(new float[] {0, Float.NaN}));
        assertTrue(failure.getMessage().contains("token 1"), failure.getMessage());
    }
}
