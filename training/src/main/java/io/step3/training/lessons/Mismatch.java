package io.step3.training.lessons;

import io.step3.training.lessons.SceneQuestions.Filter;

/**
 * Known questions where there is no picture, or a picture of another kind: the model must not
 * invent an answer.
 */
final class Mismatch {

    private static final String SHAPES = "shapes";
    private static final String CHART = "a bar chart";
    private static final String DIGITS = "digits";

    private Mismatch() {}

    static Exchange noPicture(Dice dice) {
        String question =
                switch (dice.between(0, 4)) {
                    case 0, 1 -> shapeQuestion(dice);
                    case 2 -> chartQuestion(dice);
                    case 3 -> digitQuestion(dice);
                    default -> SceneQuestions.describing(dice);
                };
        return new Exchange(
                Skill.MISSING,
                question,
                "There is no picture.",
                "I see no picture. Please show me one.");
    }

    static Exchange aboutShapes(Dice dice) {
        return dice.chance(0.5)
                ? other(chartQuestion(dice), SHAPES, CHART)
                : other(digitQuestion(dice), SHAPES, DIGITS);
    }

    static Exchange aboutChart(Dice dice) {
        return dice.chance(0.6)
                ? other(shapeQuestion(dice), CHART, SHAPES)
                : other(digitQuestion(dice), CHART, DIGITS);
    }

    static Exchange aboutDigits(Dice dice) {
        return dice.chance(0.6)
                ? other(shapeQuestion(dice), DIGITS, SHAPES)
                : other(chartQuestion(dice), DIGITS, CHART);
    }

    private static Exchange other(String question, String shown, String asked) {
        return new Exchange(
                Skill.MISSING,
                question,
                "I see " + shown,
                "The picture shows " + shown + ", not " + asked + ".");
    }

    private static String shapeQuestion(Dice dice) {
        Scene nothing = new Scene(java.util.Collections.nCopies(3, java.util.List.of()), null);
        Filter filter = SceneQuestions.filter(dice, nothing);
        return SceneQuestions.count(dice, nothing, filter).question();
    }

    private static String chartQuestion(Dice dice) {
        return dice.phrase(
                "Which bar is the tallest?",
                "Which bar is the shortest?",
                "How many bars are there?",
                "How many bars do you see?",
                "What colour is the tallest bar?",
                "What color is the first bar?",
                "What is the highest bar?");
    }

    private static String digitQuestion(Dice dice) {
        return dice.phrase(
                "What number is this?",
                "Read the number.",
                "What number do you see?",
                "Which number is in the picture?",
                "Add the two numbers in the picture.",
                "Calculate the sum in the picture.");
    }
}
