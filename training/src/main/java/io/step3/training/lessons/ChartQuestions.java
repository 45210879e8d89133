package io.step3.training.lessons;

import io.step3.training.lessons.Chart.Bar;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Questions about a bar chart. */
final class ChartQuestions {

    private static final String[] PLACES = {"first", "second", "third", "fourth", "fifth"};

    private ChartQuestions() {}

    static Exchange any(Dice dice, Chart chart) {
        return switch (dice.between(0, 9)) {
            case 0, 1, 2 -> extreme(dice, chart, true);
            case 3, 4 -> extreme(dice, chart, false);
            case 5, 6 -> count(dice, chart);
            case 7, 8 -> colour(dice, chart);
            default -> presence(dice, chart);
        };
    }

    static Exchange extreme(Dice dice, Chart chart, boolean tallest) {
        Comparator<Bar> byLevel = Comparator.comparingInt(Bar::level);
        Bar bar = chart.bars().stream().max(tallest ? byLevel : byLevel.reversed()).orElseThrow();
        String word = tallest ? "tallest" : "shortest";
        String other = tallest ? "highest" : "smallest";
        String question =
                dice.phrase(
                        "Which bar is the " + word + "?",
                        "Which bar is the " + other + "?",
                        "What is the " + word + " bar?",
                        "What colour is the " + word + " bar?",
                        "What color is the " + word + " bar?",
                        "Which colour has the " + other + " bar?");
        var heights = new ArrayList<String>();
        chart.bars().forEach(b -> heights.add(b.colour().word + " " + b.level()));
        String reasoning =
                "Bars: "
                        + String.join(", ", heights)
                        + "\n"
                        + word
                        + ": "
                        + bar.colour().word
                        + " "
                        + bar.level();
        return new Exchange(
                Skill.CHART,
                question,
                reasoning,
                "The " + bar.colour().word + " bar is the " + word + ".");
    }

    static Exchange count(Dice dice, Chart chart) {
        String question =
                dice.phrase(
                        "How many bars are there?",
                        "How many bars does the chart have?",
                        "How many bars do you see?",
                        "Count the bars.",
                        "What is the number of bars in the chart?");
        String answer = "There are " + chart.bars().size() + " bars.";
        return new Exchange(Skill.CHART, question, numbered(chart), answer);
    }

    static Exchange colour(Dice dice, Chart chart) {
        int place = dice.between(0, chart.bars().size() - 1);
        String name = place == chart.bars().size() - 1 && dice.chance(0.3) ? "last" : PLACES[place];
        String question =
                dice.phrase(
                        "What colour is the " + name + " bar?",
                        "What color is the " + name + " bar?",
                        "Which colour does the " + name + " bar have?",
                        "Which color is the " + name + " bar from the left?");
        String colour = chart.bars().get(place).colour().word;
        return new Exchange(
                Skill.CHART, question, numbered(chart), "The " + name + " bar is " + colour + ".");
    }

    static Exchange presence(Dice dice, Chart chart) {
        Colour colour =
                dice.chance(0.5) ? dice.pick(chart.bars()).colour() : dice.pick(Colour.values());
        String bar = colour.word + " bar";
        String a = SceneQuestions.a(bar);
        String question =
                dice.phrase(
                        "Is there " + a + "?",
                        "Do you see " + a + "?",
                        "Is one bar " + colour.word + "?");
        boolean there = chart.bars().stream().anyMatch(b -> b.colour() == colour);
        return new Exchange(
                Skill.CHART,
                question,
                numbered(chart),
                there ? "Yes, there is " + a + "." : "No, there is no " + bar + ".");
    }

    static Exchange describe(Dice dice, Chart chart) {
        List<String> colours = chart.bars().stream().map(bar -> bar.colour().word).toList();
        String last = colours.getLast();
        String answer =
                "I see a bar chart with "
                        + colours.size()
                        + " bars: "
                        + String.join(", ", colours.subList(0, colours.size() - 1))
                        + " and "
                        + last
                        + ".";
        return new Exchange(
                Skill.DESCRIBE, SceneQuestions.describing(dice), numbered(chart), answer);
    }

    private static String numbered(Chart chart) {
        var names = new ArrayList<String>();
        for (int i = 0; i < chart.bars().size(); i++) {
            names.add(i + 1 + " " + chart.bars().get(i).colour().word);
        }
        return "Bars: " + String.join(", ", names);
    }
}
