package io.step3.training.lessons;

import java.util.Locale;

/**
 * Counting letters: the word is spelled, and each letter that counts is followed by the number so
 * far.
 */
final class Letters {

    private Letters() {}

    static Exchange any(Dice dice) {
        String word = word(dice);
        return dice.chance(0.3) ? length(dice, word) : occurrences(dice, word);
    }

    private static Exchange length(Dice dice, String word) {
        String question =
                dice.phrase(
                        "How many letters are in " + word + "?",
                        "How many letters are in the word " + word + "?",
                        "How many letters does " + word + " have?",
                        "Count the letters in " + word + ".",
                        "How long is the word " + word + "?");
        var steps = new StringBuilder("spell:");
        for (int i = 0; i < word.length(); i++) {
            steps.append(' ').append(word.charAt(i)).append(i + 1);
        }
        return new Exchange(
                Skill.LETTERS,
                question,
                steps.toString(),
                "The word " + word + " has " + word.length() + " letters.");
    }

    private static Exchange occurrences(Dice dice, String word) {
        char letter =
                dice.chance(0.8)
                        ? word.charAt(dice.between(0, word.length() - 1))
                        : (char) dice.between('a', 'z');
        String question =
                dice.phrase(
                        "How many times does the letter " + letter + " occur in " + word + "?",
                        "How often does " + letter + " occur in " + word + "?",
                        "How many " + letter + "'s are in " + word + "?",
                        "How many letters " + letter + " are in the word " + word + "?",
                        "Count the letter " + letter + " in " + word + ".",
                        "How many " + letter + " are in " + word + "?");
        var steps = new StringBuilder("spell:");
        int count = 0;
        for (char c : word.toCharArray()) {
            steps.append(' ').append(c);
            if (c == letter) {
                steps.append(++count);
            }
        }
        steps.append("\n" + letter + ": " + count);
        String answer =
                switch (count) {
                    case 0 -> "The letter " + letter + " does not occur in " + word + ".";
                    case 1 -> "The letter " + letter + " occurs once in " + word + ".";
                    default ->
                            "The letter " + letter + " occurs " + count + " times in " + word + ".";
                };
        return new Exchange(Skill.LETTERS, question, steps.toString(), answer);
    }

    /** A word of three to nine letters, real or made up. */
    private static String word(Dice dice) {
        if (dice.chance(0.5)) {
            String word;
            do {
                word = dice.pick(Words.NOUNS).toLowerCase(Locale.ROOT);
            } while (!word.matches("[a-z]{3,9}"));
            return word;
        }
        return Words.invented(dice);
    }
}
