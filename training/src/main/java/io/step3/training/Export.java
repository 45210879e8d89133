package io.step3.training;

import com.google.gson.JsonParser;
import io.step3.training.lessons.Scores;
import io.step3.training.tokenizer.BpeTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes the newest state of a training as a checkpoint that any program for Step3 can load.
 *
 * <p>{@code FOLDER OUTPUT [SCORES]}: the training's folder, where to write, and the JSON that an
 * examination of the result wrote, for the model card.
 */
public final class Export {

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
        if (arguments.length != 2 && arguments.length != 3) {
            throw new IllegalArgumentException(
                    "Usage: ./step3 train export FOLDER OUTPUT [SCORES]");
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
                arguments.length < 3
                        ? null
                        : Scores.fromJson(
                                JsonParser.parseString(Files.readString(Path.of(arguments[2])))
                                        .getAsJsonObject());
        Step3Config config = state.run().recipe().network();
        var parameters = new Parameters(config);
        new CheckpointExport(config, parameters)
                .write(
                        output,
                        state.weights(),
                        BpeTokenizer.load(folder.resolve("tokenizer.json")));
        long weights = parameters.parts().stream().mapToLong(part -> part.shape().size()).sum();
        Files.writeString(
                output.resolve("README.md"), new ModelCard(weights, state, scores).text());
        System.out.println("Step " + state.step() + " written to " + output);
    }
}
