package io.step3.tests.foreign;

import io.step3.tests.foreign.Drawing.Plan;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;

/**
 * A question about a drawing, and the only right answer.
 *
 * @param kind what it asks for
 * @param drawing what it asks about
 * @param text its words
 * @param answer the answer
 */
record Question(Kind kind, Drawing drawing, String text, String answer) {

    enum Kind {
        COUNT,
        COUNT_COLOUR,
        COUNT_SHAPE,
        COUNT_BOTH,
        PRESENCE,
        MORE,
        LARGEST,
        BESIDE
    }

    static Question of(Random random, Kind kind, Style style) throws IOException {
        int count =
                switch (kind) {
                    case LARGEST -> 2 + random.nextInt(3);
                    case BESIDE -> 2 + random.nextInt(2);
                    default -> 1 + random.nextInt(5);
                };
        boolean distinct = kind == Kind.LARGEST || kind == Kind.BESIDE;
        var plan = new Plan(count, distinct, kind == Kind.LARGEST, kind == Kind.BESIDE);
        Drawing drawing = Drawing.of(random, style, plan);
        return switch (kind) {
            case LARGEST ->
                    new Question(
                            kind,
                            drawing,
                            "What is the largest object in the picture?",
                            "The largest shape is the " + drawing.largest().words() + ".");
            case BESIDE -> beside(random, drawing);
            case MORE -> more(random, style);
            default -> about(random, kind, drawing);
        };
    }

    /** Any question about a drawing that has one already. */
    static Question about(Random random, Kind kind, Drawing drawing) {
        Item one = drawing.items().get(random.nextInt(drawing.items().size()));
        String colour = other(random, 0.3, one.colour(), Item.COLOURS);
        String shape = other(random, 0.2, one.shape(), Item.SHAPES);
        return switch (kind) {
            case COUNT_COLOUR ->
                    count(kind, drawing, colour + " shape", item -> item.colour().equals(colour));
            case COUNT_SHAPE -> count(kind, drawing, shape, item -> item.shape().equals(shape));
            case COUNT_BOTH ->
                    count(kind, drawing, colour + " " + shape, alike(colour + " " + shape));
            case PRESENCE -> presence(drawing, colour + " " + shape);
            default -> count(Kind.COUNT, drawing, "shape", item -> true);
        };
    }

    private static Predicate<Item> alike(String words) {
        return item -> item.words().equals(words);
    }

    private static String other(Random random, double chance, String word, List<String> words) {
        return random.nextDouble() < chance ? words.get(random.nextInt(words.size())) : word;
    }

    private static Question count(
            Kind kind, Drawing drawing, String what, Predicate<Item> counted) {
        long count = drawing.items().stream().filter(counted).count();
        String answer =
                count == 0
                        ? "There are no " + what + "s."
                        : count == 1
                                ? "There is 1 " + what + "."
                                : "There are " + count + " " + what + "s.";
        return new Question(kind, drawing, "How many " + what + "s are there?", answer);
    }

    private static Question presence(Drawing drawing, String words) {
        String article = words.startsWith("o") ? "an " : "a ";
        boolean there = drawing.items().stream().anyMatch(alike(words));
        String answer =
                there ? "Yes, there is " + article + words + "." : "No, there is no " + words + ".";
        return new Question(
                Kind.PRESENCE, drawing, "Is there " + article + words + " in the picture?", answer);
    }

    /** Which of two shapes there is more of, both of them in the picture. */
    private static Question more(Random random, Style style) throws IOException {
        while (true) {
            var plan = new Plan(2 + random.nextInt(4), false, false, false);
            Drawing drawing = Drawing.of(random, style, plan);
            List<String> shapes = drawing.items().stream().map(Item::shape).distinct().toList();
            if (shapes.size() < 2) {
                continue;
            }
            String a = shapes.get(0);
            String b = shapes.get(1);
            long as = drawing.items().stream().filter(item -> item.shape().equals(a)).count();
            long bs = drawing.items().stream().filter(item -> item.shape().equals(b)).count();
            String answer =
                    as == bs
                            ? "There are as many " + a + "s as " + b + "s."
                            : as > bs
                                    ? "There are more " + a + "s than " + b + "s."
                                    : "There are more " + b + "s than " + a + "s.";
            String text = "Are there more " + a + "s or " + b + "s?";
            return new Question(Kind.MORE, drawing, text, answer);
        }
    }

    private static Question beside(Random random, Drawing drawing) {
        int at = 1 + random.nextInt(drawing.items().size() - 1);
        boolean left = random.nextBoolean();
        Item asked = drawing.items().get(left ? at : at - 1);
        Item found = drawing.items().get(left ? at - 1 : at);
        String side = left ? "left of the " : "right of the ";
        return new Question(
                Kind.BESIDE,
                drawing,
                "What is " + side + asked.words() + "?",
                "The " + found.words() + " is " + side + asked.words() + ".");
    }
}
