package io.step3.training;

import io.step3.training.lessons.Scores;
import io.step3.training.lessons.Skill;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The README of the exported model.
 *
 * @param weights number of weights
 * @param state where the training ended
 * @param scores the examination, or null if none was held
 * @param percent how much of the weights is of this training; the rest is of what it began with
 */
record ModelCard(long weights, TrainingState state, Scores scores, int percent) {

    String text() {
        Recipe recipe = state.run().recipe();
        NetworkSizes config = recipe.network();
        String examination =
                scores == null
                        ? "No examination has been held yet.\n"
                        : "%,d examples (examination seed %d), answers compared exactly. %s%n%n%s"
                                .formatted(
                                        scores.examples(), scores.seed(), UNSEEN, scores.toTable());
        return """
        ---
        license: apache-2.0
        library_name: djl
        pipeline_tag: image-text-to-text
        language: [en, zh]
        ---
        # Step3-Tiny

        A small member of the Step3 family: the published architecture in every detail, with %,d weights. It was trained from
        nothing, by the program in `training/`, on data that the same program generates. It is there to show that the engine
        works from end to end, and to be the first thing one runs. It is not a small copy of the published Step3: none of
        that model's weights or answers were used.

        ## What it can do
        It counts, compares and places coloured shapes in simple pictures, answers up to three more questions about a
        picture, reads bar charts, numbers and sums drawn as pictures,
        adds and subtracts up to three digits, compares and sorts numbers, counts the letters of a short word, and holds a
        short conversation; it thinks aloud before it answers. To anything else it says what it is.

        ## What it cannot do
        Everything else. It knows nothing of the world. Its pictures are drawings of one to nine shapes in six colours (red,
        green, blue, yellow, orange, purple), charts of two to five bars, and up to five large digits; photographs and small or
        overlapping things are beyond it. Questions in words that it
        has not seen may be turned down, and some that it should turn down may be answered wrongly. Chinese is for greetings
        and for saying so.%s

        ## The network
        %d text layers (layers %s with %d experts, %d a token, and a shared one), width %d, %d query heads of %d with one K
        and one V head, query rank %d, %,d tokens. Vision: %dx%d pixels in patches of %d, %d layers of width %d, %d features a
        picture. Experts are stored in block fp8, all else in bfloat16.

        ## How it was trained
        On two CPU cores, with AdamW, warm-up and cosine decay; in the last tenth the network saw its weights as they are
        stored here. The last run followed the recipe `%s` with seed %d, %,d steps of %d lessons in %.1f hours, from
        %s.%s
        `training/README.md` tells what came before it and how to train another one.

        ## Scores
        %s"""
                .formatted(
                        weights,
                        notLearned(),
                        config.layers(),
                        config.moeLayers(),
                        config.experts(),
                        config.expertsPerToken(),
                        config.hidden(),
                        config.heads(),
                        config.headDim(),
                        config.queryRank(),
                        config.vocabulary(),
                        config.vision().imageSize(),
                        config.vision().imageSize(),
                        config.vision().patch(),
                        config.vision().layers(),
                        config.vision().width(),
                        config.imageFeatures(),
                        recipe.name(),
                        state.run().seed(),
                        state.step(),
                        recipe.batch(),
                        state.seconds() / 3600,
                        state.run().origin(),
                        mean(),
                        examination);
    }

    /** What is new to the model in an examination, and what is not. */
    private static final String UNSEEN =
            "Its pictures, and its sums, orders, words\nand sentences without a picture, are kept from all lessons;"
                    + " the model's first trainings, before they were kept, saw all\nsmall sums and some of the sentences.";

    private String mean() {
        return percent == 100
                ? ""
                : " The weights are a mean: %d %% of that run's, %d %% of those it began with."
                        .formatted(percent, 100 - percent);
    }

    /** What it was taught, but is not to be relied on for. */
    private String notLearned() {
        if (scores == null) {
            return "";
        }
        String skills =
                Arrays.stream(Skill.values())
                        .filter(skill -> scores.share(skill) < skill.floor())
                        .map(Skill::label)
                        .collect(Collectors.joining("; "));
        return skills.isEmpty() ? "" : " Taught, but not to be relied on: " + skills + ".";
    }
}
