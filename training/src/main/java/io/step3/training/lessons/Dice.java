package io.step3.training.lessons;

import java.util.List;
import java.util.SplittableRandom;

/** The chance in one lesson. */
final class Dice {

    private final SplittableRandom random;
    private final boolean heldOut;

    /**
     * @param seed all that will be thrown
     * @param heldOut whether words kept from the training may appear
     */
    Dice(long seed, boolean heldOut) {
        this.random = new SplittableRandom(seed);
        this.heldOut = heldOut;
    }

    /** Whether these are the dice of an examination. */
    boolean examining() {
        return heldOut;
    }

    /** A number from low to high, both included. */
    int between(int low, int high) {
        return low + random.nextInt(high - low + 1);
    }

    double between(double low, double high) {
        return low + random.nextDouble() * (high - low);
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    @SafeVarargs
    final <T> T pick(T... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /**
     * Picks from a list of which every sixth entry is kept for the examination, where half of the
     * picks are such.
     */
    <T> T pickHeldOut(List<T> list) {
        int groups = list.size() / 6;
        if (heldOut && groups > 0 && chance(0.5)) {
            return list.get(6 * random.nextInt(groups) + 5);
        }
        int index;
        do {
            index = random.nextInt(list.size());
        } while (index % 6 == 5);
        return list.get(index);
    }

    <T> void shuffle(List<T> list) {
        for (int i = list.size() - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            T kept = list.get(i);
            list.set(i, list.get(j));
            list.set(j, kept);
        }
    }

    /** One of several ways to ask, sometimes in careless spelling. */
    String phrase(String... ways) {
        return careless(pick(ways));
    }

    String careless(String text) {
        String said = text;
        if (chance(0.15)) {
            said = said.substring(0, 1).toLowerCase(java.util.Locale.ROOT) + said.substring(1);
        }
        char last = said.charAt(said.length() - 1);
        if ((last == '?' || last == '.' || last == '!') && chance(0.15)) {
            said = said.substring(0, said.length() - 1);
        }
        return said;
    }
}
