package io.step3.training.lessons;

/** Questions about a drawn number or sum. */
final class DigitQuestions {

    private DigitQuestions() {}

    static Exchange number(Dice dice, int number) {
        String question =
                dice.phrase(
                        "What number is this?",
                        "Which number is in the picture?",
                        "What number do you see?",
                        "Read the number.",
                        "What number is shown?",
                        "Which number is written here?");
        return new Exchange(
                Skill.DIGITS, question, "I read " + number, "The number is " + number + ".");
    }

    static Exchange sum(Dice dice, int a, int b) {
        String question =
                dice.phrase(
                        "What is the sum?",
                        "What is the result?",
                        "Calculate the sum in the picture.",
                        "Add the numbers in the picture.",
                        "Add the two numbers.",
                        "What do you get?",
                        "Solve this.",
                        "Read and add.",
                        "What is the answer to this sum?");
        return new Exchange(
                Skill.PICTURE_SUM,
                question,
                "I read " + a + "+" + b + "\n" + Arithmetic.addition(a, b),
                Arithmetic.sum(a, b));
    }

    static Exchange describe(Dice dice, String text) {
        boolean sum = text.contains("+");
        return new Exchange(
                Skill.DESCRIBE,
                SceneQuestions.describing(dice),
                "I read " + text,
                "I see the " + (sum ? "sum " : "number ") + text.replace("+", " + ") + ".");
    }
}
