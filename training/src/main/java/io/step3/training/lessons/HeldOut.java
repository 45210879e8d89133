package io.step3.training.lessons;

import java.util.Locale;

/**
 * What without a picture is kept for examinations, whatever the seed: a sixth of all sums,
 * differences, comparisons, orders and spelled words, by their numbers and letters however one asks
 * for them; a sixth of other questions, by their words; and ways of small talk that no lesson uses.
 */
final class HeldOut {

    private static final int SHARE = 6;

    private HeldOut() {}

    static boolean isKept(Exchange exchange) {
        return switch (exchange.skill()) {
            // The reasoning depends on the numbers or letters alone.
            case ADD, SUBTRACT, COMPARE, SORT, LETTERS -> isKept(exchange.reasoning());
            case SMALL_TALK, CHINESE -> SmallTalk.isKept(exchange.question());
            default -> isKept(plain(exchange.question()));
        };
    }

    /** Whether a task that is described by this text is kept. */
    static boolean isKept(String task) {
        return Math.floorMod(Lessons.mix(task.hashCode()), SHARE) == 0;
    }

    /** A question without what careless spelling changes. */
    static String plain(String question) {
        return question.toLowerCase(Locale.ROOT).replaceAll("[?.!,，。？！ ]+", " ").strip();
    }
}
