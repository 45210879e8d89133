package io.step3.training;

import com.google.gson.JsonParser;
import io.step3.training.lessons.Scores;
import io.step3.training.tokenizer.BpeTokenizer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes the newest state of a training as a checkpoint that any program for Step3 can load.
 *
 * <p>{@code Export FOLDER SEED OUTPUT [SCORES]}: the training's folder and seed, where to write,
 * and the JSON that an examination of the result wrote, for the model card.
 */
public final class Export {

    private Export() {}

    /** Exports. */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 3 && arguments.length != 4) {
            System.err.println("Usage: Export FOLDER SEED OUTPUT [SCORES]");
            System.exit(2);
        }
        Path folder = Path.of(arguments[0]);
        long seed = Long.parseLong(arguments[1]);
        Path output = Path.of(arguments[2]);
        TrainingState state =
                TrainingState.newest(folder)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "No state-*.safetensors in "
                                                        + folder
                                                        + ": give the folder of a training"));
        Scores scores =
                arguments.length < 4
                        ? null
                        : Scores.fromJson(
                                JsonParser.parseString(Files.readString(Path.of(arguments[3])))
                                        .getAsJsonObject());
        Step3Config config = Step3Config.tiny();
        var parameters = new Parameters(config);
        new CheckpointExport(config, parameters)
                .write(
                        output,
                        state.weights(),
                        BpeTokenizer.load(folder.resolve("tokenizer.json")));
        long weights = parameters.parts().stream().mapToLong(part -> part.shape().size()).sum();
        var card = new ModelCard(config, weights, seed, state, scores);
        Files.writeString(output.resolve("README.md"), card.text());
        System.out.println("Step " + state.step() + " written to " + output);
    }
}
