package io.step3.tests;

import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.TextConfig;
import io.step3.generate.Step3;
import io.step3.model.Backends;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.model.Placement;
import io.step3.model.PlacementRequest;
import io.step3.model.Step3Model;
import io.step3.model.TensorClass;
import io.step3.model.Where;
import io.step3.ops.BackendLoader;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A network shared between the CPU and a device, in every way, against the golden files: the same
 * ids, routing and greedy text, and numbers within the same tolerance.
 */
class PlacementParityTest {

    private static final long SEED = Long.getLong("step3.seed", 20261201);

    private static TextConfig config() {
        System.out.println("seed " + SEED);
        try (Checkpoint checkpoint = Checkpoint.open(Golden.checkpoint("a"))) {
            return checkpoint.config().text();
        }
    }

    /** Each class alone on the device, each alone on the CPU, all on the device, and some mixed. */
    static Stream<Placement> placements() {
        TextConfig config = config();
        Random random = new Random(SEED);
        Stream<Placement> alone =
                Stream.of(TensorClass.values())
                        .flatMap(
                                part ->
                                        Stream.of(
                                                Placement.all(Where.CPU, config)
                                                        .with(part, Where.GPU),
                                                Placement.all(Where.GPU, config)
                                                        .with(part, Where.CPU)));
        Stream<Placement> mixed = Stream.generate(() -> mixed(config, random)).limit(6);
        Stream<Placement> whole = Stream.of(Placement.all(Where.GPU, config));
        return Stream.of(alone, whole, mixed).flatMap(all -> all);
    }

    /** Where a picture crosses once on its way, twice, or not at all. */
    static Stream<Placement> placementsForPictures() {
        return Stream.of(
                        "cpu,vision=gpu",
                        "gpu,vision=cpu",
                        "cpu,embedding=gpu",
                        "gpu,embedding=cpu,vision=cpu",
                        "gpu,embedding=cpu,routed.2=cpu")
                .map(PlacementParityTest::parse);
    }

    static Stream<Placement> placementsForCompany() {
        TextConfig config = config();
        Random random = new Random(SEED);
        return Stream.concat(
                Stream.of("gpu,routed=cpu", "cpu,cache=gpu").map(PlacementParityTest::parse),
                Stream.generate(() -> mixed(config, random)).limit(2));
    }

    private static Placement parse(String text) {
        return ((PlacementRequest.Given) PlacementRequest.parse(text)).of(config());
    }

    /** Each class, and each layer's routed experts, at either place. */
    private static Placement mixed(TextConfig config, Random random) {
        Placement placement = Placement.all(Where.CPU, config);
        for (TensorClass part : TensorClass.values()) {
            placement = placement.with(part, random.nextBoolean() ? Where.GPU : Where.CPU);
        }
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            Where where = random.nextBoolean() ? Where.GPU : Where.CPU;
            placement = placement.withRouted(layer, layer, where);
        }
        return placement;
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

    @ParameterizedTest
    @MethodSource("placementsForPictures")
    void picturesMeetTheGoldenFiles(Placement placement) {
        with(placement, PictureParityTest::everyCase);
    }

    @ParameterizedTest
    @MethodSource("placementsForCompany")
    void promptsInCompanyWriteWhatTheyWriteAlone(Placement placement) {
        with(placement, CompanyParityTest::together);
    }

    private static void with(Placement placement, BiConsumer<String, Step3> test) {
        var options =
                ModelOptions.DEFAULT.withPlacement(PlacementRequest.parse(placement.toString()));
        try (BackendLoader.Choice choice = BackendLoader.load();
                DistantBackend device = new DistantBackend(Long.MAX_VALUE)) {
            var backends = new Backends(choice.backend(), device);
            for (String name : List.of("a", "b")) {
                try (Step3 step3 =
                        Step3.load(Golden.checkpoint(name), options, backends, Long.MAX_VALUE)) {
                    test.accept(name, step3);
                }
            }
        }
    }
}
