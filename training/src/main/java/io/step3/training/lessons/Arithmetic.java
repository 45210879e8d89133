package io.step3.training.lessons;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Sums, differences, comparisons and orders, with every step spelled out. */
final class Arithmetic {

    private Arithmetic() {}

    /** A number of one to three digits, each length alike. */
    static int number(Dice dice, int digits) {
        return switch (dice.between(1, digits)) {
            case 1 -> dice.between(0, 9);
            case 2 -> dice.between(10, 99);
            default -> dice.between(100, 999);
        };
    }

    static Exchange add(Dice dice) {
        int a = number(dice, 3);
        int b = number(dice, 3);
        String gap = dice.pick("", " ");
        String plus = a + gap + "+" + gap + b;
        String question =
                dice.phrase(
                        "What is " + plus + "?",
                        "What is " + plus + "?",
                        plus,
                        plus + gap + "=",
                        plus + gap + "= ?",
                        "Calculate " + plus + ".",
                        "How much is " + plus + "?",
                        "What is " + a + " plus " + b + "?",
                        a + " plus " + b,
                        "Add " + a + " and " + b + ".",
                        "What is the sum of " + a + " and " + b + "?",
                        "Compute " + plus);
        return new Exchange(Skill.ADD, question, addition(a, b), sum(a, b));
    }

    static Exchange subtract(Dice dice) {
        int a = number(dice, 3);
        int b = number(dice, 3);
        if (a < b && dice.chance(0.8)) {
            int kept = a;
            a = b;
            b = kept;
        }
        String gap = dice.pick("", " ");
        String minus = a + gap + "-" + gap + b;
        String question =
                dice.phrase(
                        "What is " + minus + "?",
                        "What is " + minus + "?",
                        minus,
                        minus + gap + "=",
                        "Calculate " + minus + ".",
                        "How much is " + minus + "?",
                        "What is " + a + " minus " + b + "?",
                        a + " minus " + b,
                        "Subtract " + b + " from " + a + ".",
                        "What is the difference of " + a + " and " + b + "?",
                        "Compute " + minus);
        String reasoning =
                a >= b ? subtraction(a, b) : a + "<" + b + " so minus\n" + subtraction(b, a);
        return new Exchange(
                Skill.SUBTRACT, question, reasoning, a + " - " + b + " = " + (a - b) + ".");
    }

    static String sum(int a, int b) {
        return a + " + " + b + " = " + (a + b) + ".";
    }

    /**
     * Digit by digit from the right; a carry is the third operand, and what stands so far is
     * written again each time.
     */
    static String addition(int a, int b) {
        int width = Math.max(digits(a), digits(b));
        String first = padded(a, width);
        String second = padded(b, width);
        var steps = new StringBuilder(first + "+" + second);
        String written = "";
        int carry = 0;
        for (int i = width - 1; i >= 0; i--) {
            int x = first.charAt(i) - '0';
            int y = second.charAt(i) - '0';
            int total = x + y + carry;
            written = total % 10 + written;
            steps.append("\n" + x + "+" + y + "+" + carry + "=" + total);
            carry = total / 10;
            steps.append(" write " + written + " carry " + carry);
        }
        if (carry > 0) {
            steps.append("\nwrite " + carry + written);
        }
        return steps.toString();
    }

    /** As {@link #addition}; a digit that is too small gets ten from the next. */
    private static String subtraction(int a, int b) {
        int width = digits(a);
        String first = padded(a, width);
        String second = padded(b, width);
        var steps = new StringBuilder(first + "-" + second);
        String written = "";
        int borrow = 0;
        for (int i = width - 1; i >= 0; i--) {
            int x = first.charAt(i) - '0';
            int y = second.charAt(i) - '0';
            int next = x - y - borrow < 0 ? 1 : 0;
            int left = x + 10 * next - y - borrow;
            written = left + written;
            steps.append("\n" + (x + 10 * next) + "-" + y + "-" + borrow + "=" + left);
            borrow = next;
            steps.append(" write " + written + " borrow " + borrow);
        }
        return steps.toString();
    }

    static Exchange compare(Dice dice) {
        int a = number(dice, 3);
        int b = dice.chance(0.5) ? number(dice, 3) : near(dice, a);
        boolean larger = dice.chance(0.6);
        String word = larger ? dice.pick("larger", "larger", "bigger", "greater") : "smaller";
        String question =
                dice.phrase(
                        "Which is " + word + ", " + a + " or " + b + "?",
                        "Which number is " + word + ", " + a + " or " + b + "?",
                        "What is " + word + ": " + a + " or " + b + "?",
                        "Which one is " + word + ", " + a + " or " + b + "?",
                        "Is " + a + " " + word + " than " + b + "?",
                        "Is " + a + " " + word + " than " + b + "?");
        boolean whether = question.substring(0, 2).equalsIgnoreCase("is");
        int width = Math.max(digits(a), digits(b));
        String first = padded(a, width);
        String second = padded(b, width);
        var steps = new StringBuilder(first + " " + second);
        for (int i = 0; i < width; i++) {
            char x = first.charAt(i);
            char y = second.charAt(i);
            steps.append("\n" + x + (x < y ? "<" : x > y ? ">" : "=") + y);
            if (x != y) {
                break;
            }
        }
        String answer;
        if (a == b) {
            answer = (whether ? "No, " : "") + a + " and " + b + " are equal.";
        } else if (whether) {
            answer =
                    (a > b == larger ? "Yes, " : "No, ")
                            + a
                            + " is "
                            + (a > b ? "larger" : "smaller")
                            + " than "
                            + b
                            + ".";
        } else {
            int high = Math.max(a, b);
            int low = Math.min(a, b);
            answer =
                    larger
                            ? high + " is larger than " + low + "."
                            : low + " is smaller than " + high + ".";
        }
        return new Exchange(Skill.COMPARE, question, steps.toString(), answer);
    }

    private static int near(Dice dice, int a) {
        int span = dice.pick(1, 10, 100);
        return Math.clamp(a + span * dice.between(-3, 3), 0, 999);
    }

    static Exchange sort(Dice dice) {
        int count = dice.between(2, 5);
        int digits = dice.chance(0.85) ? 2 : 3;
        var numbers = new ArrayList<Integer>();
        while (numbers.size() < count) {
            int number = number(dice, digits);
            if (!numbers.contains(number)) {
                numbers.add(number);
            }
        }
        boolean down = dice.chance(0.25);
        String list = join(numbers, dice.pick(", ", ", ", ",", " "));
        String question =
                down
                        ? dice.phrase(
                                "Sort " + list + " from largest to smallest.",
                                "Sort in descending order: " + list,
                                "Put " + list + " in descending order.",
                                "Order these numbers from largest to smallest: " + list)
                        : dice.phrase(
                                "Sort " + list + ".",
                                "Sort these numbers: " + list,
                                "Sort " + list + " from smallest to largest.",
                                "Put " + list + " in order.",
                                "Put these numbers in order: " + list,
                                "Sort in ascending order: " + list,
                                "Order the numbers " + list + ".");
        var left = new ArrayList<>(numbers);
        var sorted = new ArrayList<Integer>();
        var steps = new ArrayList<String>();
        while (!left.isEmpty()) {
            Integer next = down ? Collections.max(left) : Collections.min(left);
            steps.add(join(left, ",") + (down ? " largest " : " smallest ") + next);
            sorted.add(next);
            left.remove(next);
        }
        return new Exchange(
                Skill.SORT,
                question,
                String.join("\n", steps),
                "In order: " + join(sorted, ", ") + ".");
    }

    private static String join(List<Integer> numbers, String between) {
        return String.join(between, numbers.stream().map(String::valueOf).toList());
    }

    private static int digits(int number) {
        return String.valueOf(number).length();
    }

    private static String padded(int number, int width) {
        return ("%0" + width + "d").formatted(number);
    }
}
