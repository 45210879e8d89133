package io.step3.tests;

import io.step3.checkpoint.Checkpoint;
import io.step3.model.Backends;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.model.Placement;
import io.step3.model.Step3Model;
import io.step3.ops.BackendLoader;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A network shared between the CPU and a device, in every way, against the golden files: the same
 * ids, routing and greedy text, and numbers within the same tolerance.
 */
class PlacementParityTest {

    private static final long SEED = Long.getLong("step3.seed", 20261201);

    static Stream<Placement> placements() {
        System.out.println("seed " + SEED);
        try (Checkpoint checkpoint = Checkpoint.open(Golden.checkpoint("a"))) {
            return Placements.some(checkpoint.config().text(), new Random(SEED), 6).stream();
        }
    }

    @ParameterizedTest
    @MethodSource("placements")
    void textMeetsTheGoldenFiles(Placement placement) {
        try (BackendLoader.Choice choice = BackendLoader.load();
                DistantBackend device = new DistantBackend(Long.MAX_VALUE)) {
            for (String name : List.of("a", "b")) {
                try (Checkpoint checkpoint = Checkpoint.open(Golden.checkpoint(name));
                        var model =
                                new Step3Model(
                                        checkpoint,
                                        new Backends(choice.backend(), device),
                                        placement,
                                        ModelOptions.DEFAULT.withPrefillChunk(64),
                                        LoadProgress.NONE)) {
                    TextParityTest.everyPrompt(name, model);
                }
            }
        }
    }
}
