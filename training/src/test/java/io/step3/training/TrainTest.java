package io.step3.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainTest {

    @TempDir Path folder;

    /** The smoke recipe's loss after its steps, on the machine that it was measured on: 1.7. */
    @Test
    void aSmokeTrainingLearnsInLessThanAMinute() throws Exception {
        new Train(Request.of("--recipe", "smoke", folder.toString(), "--seed", "7")).run();
        List<Double> losses = column(folder, 2);
        double first = losses.stream().filter(loss -> loss > 0).findFirst().orElseThrow();
        double last = losses.getLast();
        assertTrue(first > 5 && last < 2.2, losses.toString());
        Export.export(folder.toString(), folder.resolve("model").toString());
        String card = Files.readString(folder.resolve("model/README.md"));
        assertTrue(card.contains("`smoke` with seed 7"), card);
        assertMeanWithItselfIsTheSame(folder);
    }

    private static void assertMeanWithItselfIsTheSame(Path run) throws IOException {
        Path model = run.resolve("model");
        Path mean = run.resolve("mean");
        Export.export(run.toString(), mean.toString(), "--mean", model.toString(), "0");
        var parameters = new Parameters(Recipe.named("smoke").network());
        assertArrayEquals(
                CheckpointWeights.read(model, parameters),
                CheckpointWeights.read(mean, parameters),
                1e-3f);
    }

    private static List<Double> column(Path run, int column) throws IOException {
        return Files.readAllLines(run.resolve("loss.csv")).stream()
                .skip(1)
                .map(line -> Double.valueOf(line.split(",")[column]))
                .toList();
    }

    @Test
    void aKilledTrainingGoesOnFromItsFolderAloneAndRepeatsNoStep() throws Exception {
        Path recipe = folder.resolve("small.json");
        Files.writeString(recipe, SmallRecipe.RECIPE.toJson());
        Path run = folder.resolve("run");
        new Train(Request.of("--recipe", recipe.toString(), run.toString(), "--seed", "5")).run();
        float[] straight = TrainingState.newest(run).orElseThrow().weights();

        // As if it had been killed after step 4, with a state of step 3 on disk.
        Path again = folder.resolve("again");
        new Train(Request.of("--recipe", recipe.toString(), again.toString(), "--seed", "5"))
                .run(3);
        Files.writeString(
                again.resolve("loss.csv"),
                "4,9,1,1,1,1,1\n",
                java.nio.file.StandardOpenOption.APPEND);
        Files.writeString(
                again.resolve("samples.txt"),
                "== step 4\nlost\n",
                java.nio.file.StandardOpenOption.CREATE,
                java.nio.file.StandardOpenOption.APPEND);
        new Train(Request.of(again.toString())).run();
        assertArrayEquals(straight, TrainingState.newest(again).orElseThrow().weights(), 1e-5f);
        assertEquals(column(run, 0), column(again, 0));
        assertEquals(column(run, 2).getLast(), column(again, 2).getLast(), 1e-3);
        assertTrue(!Files.readString(again.resolve("samples.txt")).contains("lost"));
    }

    @Test
    void aStateGoesOnOnlyAsTheRunThatItBelongsTo() throws IOException {
        Recipe smoke = Recipe.named("smoke");
        var parameters = new Parameters(SmallRecipe.RECIPE.network());
        float[] weights = parameters.initial(1);
        TrainingState.beginning(new Run(smoke, 3, Run.RANDOM), weights).save(folder);
        Files.writeString(folder.resolve("recipe.json"), smoke.toJson());
        Path checkpoint = Files.createDirectory(folder.resolve("checkpoint"));
        Files.writeString(checkpoint.resolve("model.safetensors"), "weights");

        assertRefused("recipe smoke", "recipe tiny", "--recipe", "tiny");
        assertRefused("seed 3", "seed 4", "--seed", "4");
        assertRefused("random weights", checkpoint.toString(), "--from", checkpoint.toString());
        Files.writeString(
                folder.resolve("recipe.json"),
                smoke.toJson().replace("\"warmUp\": 20", "\"warmUp\": 30"));
        assertRefused("recipe smoke", "other numbers");
    }

    private void assertRefused(String own, String asked, String... options) {
        var arguments = new java.util.ArrayList<>(List.of(options));
        arguments.add(folder.toString());
        var train = new Train(Request.of(arguments.toArray(String[]::new)));
        String message = assertThrows(IllegalArgumentException.class, train::run).getMessage();
        assertTrue(message.contains(own) && message.contains(asked), message);
    }

    @Test
    void aCommandLineThatCannotBeMeantIsAnsweredWithItsUse() {
        for (String[] wrong :
                new String[][] {
                    {}, {"a", "b"}, {"--recipe"}, {"--steps", "a"}, {"a", "--seed", "x"}
                }) {
            String message =
                    assertThrows(IllegalArgumentException.class, () -> Request.of(wrong))
                            .getMessage();
            assertTrue(message.contains("Usage") || message.contains("--seed"), message);
        }
    }
}
