package io.step3.training;

import com.google.gson.JsonParser;
import io.step3.training.lessons.Scores;
import io.step3.training.tokenizer.BpeTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes the newest state of a training as a checkpoint that any program for Step3 can load.
 *
 * <p>{@link #USAGE}: the training's folder, where to write, and the JSON that an examination of the
 * result wrote, for the model card. With {@code --mean}, the weights are the mean of the training's
 * and a checkpoint's, so many parts of a hundred of the training's: what goes on from a checkpoint
 * gains in what is new and loses a little of what was known, and the mean keeps most of both
 * (Wortsman et al., Robust fine-tuning of zero-shot models, 2022).
 */
public final class Export {

    private static final String USAGE =
            "Usage: ./step3 train export FOLDER OUTPUT [SCORES] [--mean CHECKPOINT PERCENT]";

    private Export() {}

    /** Exports. */
    public static void main(String[] arguments) throws Exception {
        try {
            export(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println("step3: " + e.getMessage());
            System.exit(2);
        }
    }

    static void export(String... arguments) throws IOException {
        int plain = List.of(arguments).indexOf("--mean");
        boolean mean = plain >= 0;
        plain = mean ? plain : arguments.length;
        if (plain != 2 && plain != 3 || mean && arguments.length != plain + 3) {
            throw new IllegalArgumentException(USAGE);
        }
        Path folder = Path.of(arguments[0]);
        Path output = Path.of(arguments[1]);
        TrainingState state =
                TrainingState.newest(folder)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "No state-*.safetensors in "
                                                        + folder
                                                        + ": give the folder of a training"));
        Scores scores =
                plain < 3
                        ? null
                        : Scores.fromJson(
                                JsonParser.parseString(Files.readString(Path.of(arguments[2])))
                                        .getAsJsonObject());
        NetworkSizes config = state.run().recipe().network();
        var parameters = new Parameters(config);
        int percent = mean ? percent(arguments[plain + 2]) : 100;
        if (mean) {
            float[] before = CheckpointWeights.read(Path.of(arguments[plain + 1]), parameters);
            mix(state.weights(), before, percent / 100f);
        }
        new CheckpointExport(config, parameters)
                .write(
                        output,
                        state.weights(),
                        BpeTokenizer.load(folder.resolve("tokenizer.json")));
        long weights = parameters.parts().stream().mapToLong(part -> part.shape().size()).sum();
        Files.writeString(
                output.resolve("README.md"), new ModelCard(weights, state, scores, percent).text());
        System.out.println("Step " + state.step() + " written to " + output);
    }

    private static int percent(String text) {
        if (!text.matches("\\d{1,2}|100")) {
            throw new IllegalArgumentException(
                    "PERCENT must be a whole number from 0 to 100, not " + text);
        }
        return Integer.parseInt(text);
    }

    /** Moves weights towards others. */
    private static void mix(float[] weights, float[] others, float share) {
        for (int i = 0; i < weights.length; i++) {
            weights[i] = weights[i] * share + others[i] * (1 - share);
        }
    }
}
