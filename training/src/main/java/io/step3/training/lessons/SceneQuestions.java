package io.step3.training.lessons;

import io.step3.training.lessons.Scene.Thing;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Questions about a scene. The reasoning always names the shapes row by row; where something is
 * counted, each that counts is followed by the number so far.
 */
final class SceneQuestions {

    private static final String[] ROWS = {"Top", "Middle", "Bottom"};

    private SceneQuestions() {}

    /**
     * What to count.
     *
     * @param colour only these, or null
     * @param shape only these, or null
     */
    record Filter(Colour colour, Shape shape) {

        boolean matches(Thing thing) {
            return (colour == null || thing.colour() == colour)
                    && (shape == null || thing.shape() == shape);
        }

        String one() {
            String noun = shape == null ? "shape" : shape.word;
            return colour == null ? noun : colour.word + " " + noun;
        }

        String many() {
            return one() + "s";
        }

        Skill skill() {
            if (colour == null) {
                return shape == null ? Skill.COUNT : Skill.COUNT_SHAPE;
            }
            return shape == null ? Skill.COUNT_COLOUR : Skill.COUNT_BOTH;
        }
    }

    /** A filter, mostly one that something in the scene matches. */
    static Filter filter(Dice dice, Scene scene) {
        int kind = dice.between(0, 9);
        if (kind < 2) {
            return new Filter(null, null);
        }
        Colour colour = dice.pick(Colour.values());
        Shape shape = dice.pick(Shape.values());
        List<Thing> things = scene.things();
        if (!things.isEmpty() && dice.chance(0.75)) {
            Thing seen = dice.pick(things);
            colour = seen.colour();
            shape = seen.shape();
        }
        return new Filter(kind < 5 || kind > 7 ? colour : null, kind > 4 ? shape : null);
    }

    static Exchange count(Dice dice, Scene scene, Filter filter) {
        String what = filter.many();
        String question =
                filter.colour() == null && filter.shape() == null
                        ? dice.phrase(
                                "How many shapes are there?",
                                "How many shapes are there in the picture?",
                                "How many objects do you see?",
                                "How many shapes do you see in all?",
                                "Count the shapes.",
                                "Count all objects in the picture.",
                                "How many things are in this picture?",
                                "What is the total number of shapes?")
                        : dice.phrase(
                                "How many " + what + " are there?",
                                "How many " + what + " are there in the picture?",
                                "How many " + what + " do you see?",
                                "How many " + what + " can you see in the image?",
                                "Count the " + what + ".",
                                "Please count the " + what + ".",
                                "What is the number of " + what + "?");
        return new Exchange(
                filter.skill(), question, counting(scene, filter), number(scene, filter));
    }

    /** Another thing to count, named as a continuation of the one before: words and meaning. */
    record Continuation(String noun, Filter filter) {}

    static Continuation continuation(Dice dice, Scene scene, Filter before) {
        Colour colour = before.colour();
        Shape shape = before.shape();
        String noun;
        boolean byColour = colour != null && (shape == null || dice.chance(0.6));
        if (byColour || colour == null && shape == null) {
            colour = other(dice, before.colour(), scene);
            noun =
                    colour.word
                            + dice.pick(" ones", " ones", shape == null ? " shapes" : " ones", "");
        } else {
            do {
                shape = dice.pick(Shape.values());
            } while (shape == before.shape());
            noun = shape.word + "s";
        }
        return new Continuation(noun, new Filter(colour, shape));
    }

    /** Another count. */
    static Exchange another(Dice dice, Scene scene, Continuation next) {
        String noun = next.noun();
        Filter filter = next.filter();
        String question =
                dice.phrase(
                        "And " + noun + "?",
                        "And how many " + noun + "?",
                        "What about " + noun + "?",
                        "How about " + noun + "?",
                        "and the " + noun + "?");
        return new Exchange(
                Skill.FOLLOW_UP, question, counting(scene, filter), number(scene, filter));
    }

    private static Colour other(Dice dice, Colour not, Scene scene) {
        Colour colour;
        do {
            colour =
                    dice.chance(0.6) && !scene.things().isEmpty()
                            ? dice.pick(scene.things()).colour()
                            : dice.pick(Colour.values());
        } while (colour == not && !dice.chance(0.1));
        return colour == not ? dice.pick(Colour.values()) : colour;
    }

    static Exchange presence(Dice dice, Scene scene) {
        Filter filter;
        do {
            filter = filter(dice, scene);
        } while (filter.colour() == null && filter.shape() == null);
        if (dice.chance(0.4)) {
            filter = new Filter(dice.pick(Colour.values()), dice.pick(Shape.values()));
        }
        String a = a(filter.one());
        String question =
                dice.phrase(
                        "Is there " + a + "?",
                        "Is there " + a + " in the picture?",
                        "Do you see " + a + "?",
                        "Can you see " + a + " here?",
                        "Does the picture show " + a + "?");
        boolean there = scene.things().stream().anyMatch(filter::matches);
        String answer =
                there ? "Yes, there is " + a + "." : "No, there is no " + filter.one() + ".";
        return new Exchange(Skill.PRESENCE, question, counting(scene, filter), answer);
    }

    static Exchange more(Dice dice, Scene scene) {
        boolean colours = dice.chance(0.5);
        List<Thing> things = scene.things();
        Filter one = null;
        Filter two = null;
        while (one == null || one.equals(two)) {
            Thing first = dice.pick(things);
            Thing second = dice.pick(things);
            one = colours ? new Filter(first.colour(), null) : new Filter(null, first.shape());
            two = colours ? new Filter(second.colour(), null) : new Filter(null, second.shape());
            if (dice.chance(0.1)) {
                two =
                        colours
                                ? new Filter(dice.pick(Colour.values()), null)
                                : new Filter(null, dice.pick(Shape.values()));
            }
        }
        Filter a = one;
        Filter b = two;
        int[] counts = new int[2];
        String list =
                list(
                        scene,
                        thing -> {
                            if (a.matches(thing)) {
                                return " = " + word(a) + " " + ++counts[0];
                            }
                            return b.matches(thing) ? " = " + word(b) + " " + ++counts[1] : "";
                        });
        String reasoning =
                list + "\n" + word(a) + " " + counts[0] + ", " + word(b) + " " + counts[1];
        String answer;
        if (counts[0] == counts[1]) {
            answer = "There are as many " + a.many() + " as " + b.many() + ".";
        } else {
            Filter most = counts[0] > counts[1] ? a : b;
            Filter least = counts[0] > counts[1] ? b : a;
            answer = "There are more " + most.many() + " than " + least.many() + ".";
        }
        String question =
                dice.phrase(
                        "Are there more " + a.many() + " or " + b.many() + "?",
                        "Which are more, the " + a.many() + " or the " + b.many() + "?",
                        "Do you see more " + a.many() + " or more " + b.many() + "?",
                        "What is there more of, " + a.many() + " or " + b.many() + "?");
        return new Exchange(Skill.MORE, question, reasoning, answer);
    }

    static Exchange largest(Dice dice, Scene scene) {
        Thing large =
                scene.things().stream()
                        .max(java.util.Comparator.comparingDouble(Thing::diameter))
                        .orElseThrow();
        String question =
                dice.phrase(
                        "Which colour is the largest?",
                        "Which color is the largest?",
                        "What colour is the largest shape?",
                        "What color is the biggest shape?",
                        "Which shape is the largest?",
                        "Which is the biggest shape?",
                        "What is the largest object in the picture?");
        return new Exchange(
                Skill.LARGEST,
                question,
                list(scene, thing -> "") + "\nlargest: " + large.words(),
                "The largest shape is the " + large.words() + ".");
    }

    private enum Relation {
        LEFT("left of", "to the left of"),
        RIGHT("right of", "to the right of"),
        ABOVE("above", "over"),
        BELOW("below", "under");

        private final String words;
        private final String otherWords;

        Relation(String words, String otherWords) {
            this.words = words;
            this.otherWords = otherWords;
        }
    }

    /**
     * What stands beside what. What is asked about gets a number where it is listed; the reasoning
     * goes on from there to its neighbour, or to its row and the row beside that.
     */
    static Exchange position(Dice dice, Scene scene) {
        var found = new ArrayList<Exchange>();
        for (int row = 0; row < 3; row++) {
            List<Thing> here = scene.rows().get(row);
            for (int i = 0; i < here.size(); i++) {
                Thing thing = here.get(i);
                if (here.size() > 1) {
                    Thing left = i == 0 ? null : here.get(i - 1);
                    Thing right = i + 1 == here.size() ? null : here.get(i + 1);
                    found.add(beside(dice, scene, thing, Relation.LEFT, left));
                    found.add(beside(dice, scene, thing, Relation.RIGHT, right));
                    Thing other = dice.pick(here);
                    if (!other.equals(thing)) {
                        found.add(whether(dice, scene, thing, Relation.LEFT, other));
                    }
                }
                if (row > 0 && scene.rows().get(row - 1).size() == 1) {
                    Thing above = scene.rows().get(row - 1).getFirst();
                    found.add(inRow(dice, scene, thing, row, Relation.ABOVE));
                    found.add(whether(dice, scene, above, Relation.ABOVE, thing));
                    found.add(whether(dice, scene, thing, Relation.ABOVE, above));
                }
                if (row < 2 && scene.rows().get(row + 1).size() == 1) {
                    found.add(inRow(dice, scene, thing, row, Relation.BELOW));
                }
            }
        }
        return found.isEmpty() ? null : dice.pick(found);
    }

    /**
     * @param found what is there, or null
     */
    private static Exchange beside(
            Dice dice, Scene scene, Thing thing, Relation relation, Thing found) {
        String there = found == null ? "nothing" : found.words();
        return what(dice, scene, thing, relation, found, relation.words + " 1: " + there);
    }

    private static Exchange inRow(Dice dice, Scene scene, Thing thing, int row, Relation relation) {
        int other = relation == Relation.ABOVE ? row - 1 : row + 1;
        Thing found = scene.rows().get(other).getFirst();
        String there = "1: " + ROWS[row] + "\n" + ROWS[other] + ": " + found.words();
        return what(dice, scene, thing, relation, found, there);
    }

    private static Exchange what(
            Dice dice, Scene scene, Thing thing, Relation relation, Thing found, String there) {
        String the = "the " + thing.words();
        String question =
                dice.phrase(
                        "What is " + relation.words + " " + the + "?",
                        "What is " + relation.otherWords + " " + the + "?",
                        "Which shape is " + relation.words + " " + the + "?",
                        "What do you see " + relation.otherWords + " " + the + "?");
        String answer = found == null ? "Nothing" : "The " + found.words();
        return new Exchange(
                Skill.POSITION,
                question,
                numbered(scene, thing, null) + "\n" + there,
                answer + " is " + relation.words + " " + the + ".");
    }

    /** Whether a shape comes before another: the reasoning ends with their order. */
    private static Exchange whether(
            Dice dice, Scene scene, Thing thing, Relation relation, Thing other) {
        List<Thing> read = scene.things();
        boolean is = read.indexOf(thing) < read.indexOf(other);
        Relation opposite = relation == Relation.LEFT ? Relation.RIGHT : Relation.BELOW;
        String the = "the " + thing.words();
        String question =
                dice.phrase("Is " + the + " " + relation.words + " the " + other.words() + "?");
        String seen = the + " is " + (is ? relation : opposite).words + " the " + other.words();
        return new Exchange(
                Skill.POSITION,
                question,
                numbered(scene, thing, other) + "\n" + (is ? "1, 2" : "2, 1"),
                (is ? "Yes, " : "No, ") + seen + ".");
    }

    private static String numbered(Scene scene, Thing first, Thing second) {
        return list(scene, thing -> thing.equals(first) ? " 1" : thing.equals(second) ? " 2" : "");
    }

    static Exchange describe(Dice dice, Scene scene) {
        List<Thing> things = scene.things();
        var answer = new StringBuilder("I see ");
        if (things.isEmpty()) {
            answer.append("no shapes");
        } else {
            answer.append(things.size()).append(things.size() == 1 ? " shape: " : " shapes: ");
            for (int i = 0; i < things.size(); i++) {
                answer.append(i == 0 ? "" : i == things.size() - 1 ? " and " : ", ");
                answer.append(a(things.get(i).words()));
            }
        }
        return new Exchange(
                Skill.DESCRIBE,
                describing(dice),
                counting(scene, new Filter(null, null)),
                answer.append('.').toString());
    }

    /** A question that any picture can be asked. */
    static String describing(Dice dice) {
        return dice.phrase(
                "What do you see?",
                "What is in the picture?",
                "What is in this image?",
                "Describe the picture.",
                "Describe this image, please.",
                "What does the picture show?",
                "What can you see here?");
    }

    private static String counting(Scene scene, Filter filter) {
        int[] count = new int[1];
        return list(scene, thing -> filter.matches(thing) ? " " + ++count[0] : "")
                + "\n"
                + filter.many()
                + ": "
                + count[0];
    }

    private static String number(Scene scene, Filter filter) {
        long count = scene.things().stream().filter(filter::matches).count();
        if (count == 0) {
            return "There are no " + filter.many() + ".";
        }
        return count == 1
                ? "There is 1 " + filter.one() + "."
                : "There are " + count + " " + filter.many() + ".";
    }

    /** A line for each row: every thing in words, with a note behind it. */
    private static String list(Scene scene, Function<Thing, String> note) {
        var lines = new ArrayList<String>();
        for (int row = 0; row < 3; row++) {
            List<String> words =
                    scene.rows().get(row).stream()
                            .map(thing -> thing.words() + note.apply(thing))
                            .toList();
            lines.add(ROWS[row] + ": " + (words.isEmpty() ? "nothing" : String.join(", ", words)));
        }
        return String.join("\n", lines);
    }

    private static String word(Filter filter) {
        return filter.colour() == null ? filter.shape().word : filter.colour().word;
    }

    static String a(String noun) {
        return (noun.startsWith("o") ? "an " : "a ") + noun;
    }
}
