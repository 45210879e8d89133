package io.step3.training;

import java.nio.file.Path;

/**
 * What the command line asks for.
 *
 * @param folder of the training
 * @param recipe name or file of a recipe, or null
 * @param from checkpoint to begin with, or null
 * @param seed or null
 */
record Request(Path folder, String recipe, Path from, Long seed) {

    static final String USAGE =
            "Usage: ./step3 train [--recipe tiny|smoke|widen|FILE] FOLDER [--from CHECKPOINT] [--seed S]";

    /**
     * Reads {@code [--recipe NAME] FOLDER [--from CHECKPOINT] [--seed S]}, in any order.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    static Request of(String... arguments) {
        Path folder = null;
        String recipe = null;
        Path from = null;
        Long seed = null;
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--recipe" -> recipe = value(arguments, ++i);
                case "--from" -> from = Path.of(value(arguments, ++i));
                case "--seed" -> seed = number(value(arguments, ++i));
                default -> {
                    if (folder != null || arguments[i].startsWith("-")) {
                        throw new IllegalArgumentException(
                                "What is " + arguments[i] + "? " + USAGE);
                    }
                    folder = Path.of(arguments[i]);
                }
            }
        }
        if (folder == null) {
            throw new IllegalArgumentException(USAGE);
        }
        return new Request(folder, recipe, from, seed);
    }

    private static String value(String[] arguments, int index) {
        if (index == arguments.length) {
            throw new IllegalArgumentException(arguments[index - 1] + " needs a value. " + USAGE);
        }
        return arguments[index];
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--seed must be a whole number, not " + text, e);
        }
    }
}
