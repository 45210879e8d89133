package io.step3.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.TextConfig;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlacementRequestTest {

    private static Checkpoint checkpoint;
    private static TextConfig config;

    @BeforeAll
    static void open() {
        checkpoint = Checkpoint.open(Path.of(System.getProperty("step3.golden"), "checkpoints/a"));
        config = checkpoint.config().text();
    }

    @AfterAll
    static void close() {
        checkpoint.close();
    }

    private static Placement given(String text) {
        return ((PlacementRequest.Given) PlacementRequest.parse(text)).of(config);
    }

    @Test
    void laterExceptionsGoOverEarlierOnes() {
        Placement placement = given("gpu,routed=cpu,routed.2-3=gpu,routed.3=cpu,vision=cpu");
        assertEquals(Where.GPU, placement.attention());
        assertEquals(Where.CPU, placement.vision());
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            assertEquals(layer == 2 ? Where.GPU : Where.CPU, placement.routed().get(layer));
        }
    }

    @Test
    void everyPlacementIsReadAsItIsWritten() {
        long seed = 20261128;
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            Placement placement = Placement.all(Where.CPU, config);
            for (TensorClass part : TensorClass.values()) {
                placement = random.nextBoolean() ? placement.with(part, Where.GPU) : placement;
            }
            for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
                Where where = random.nextBoolean() ? Where.GPU : Where.CPU;
                placement = placement.withRouted(layer, layer, where);
            }
            assertEquals(placement, given(placement.toString()), "seed " + seed);
        }
        assertEquals("cpu", given("cpu").toString());
        assertEquals("gpu", given("gpu").toString());
        assertEquals("gpu,routed=cpu", given("gpu,routed=cpu").toString());
        for (String text :
                new String[] {"auto", "cpu", "gpu,vision=cpu,routed.3=cpu,routed.1-2=gpu"}) {
            assertEquals(text, PlacementRequest.parse(text).toString());
        }
    }

    @Test
    void noDeviceIsLookedForWhereNoneIsWanted() {
        assertFalse(PlacementRequest.parse("cpu").mayUseDevice());
        assertFalse(PlacementRequest.parse("cpu,vision=cpu").mayUseDevice());
        assertTrue(PlacementRequest.parse("auto").mayUseDevice());
        assertTrue(PlacementRequest.parse("gpu").mayUseDevice());
        assertTrue(PlacementRequest.parse("cpu,attention=gpu").mayUseDevice());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "GPU",
                "tpu",
                "gpu,",
                "gpu,vision",
                "gpu,vision=",
                "gpu,vision=auto",
                "vision=gpu",
                "auto,vision=cpu",
                "gpu,experts=cpu",
                "gpu,vision.3=cpu",
                "gpu,routed.3-2=cpu",
                "gpu,routed.=cpu",
                "gpu,routed.9999999=cpu",
                "gpu, vision=cpu"
            })
    void whatIsNoPlacementIsRefused(String text) {
        var refused =
                assertThrows(IllegalArgumentException.class, () -> PlacementRequest.parse(text));
        assertTrue(refused.getMessage().contains("a placement is cpu, gpu, auto"));
        assertFalse(refused.getMessage().contains("\n"));
    }

    @Test
    void aLayerThatTheModelDoesNotHaveIsRefused() {
        var refused =
                assertThrows(IllegalArgumentException.class, () -> given("gpu,routed.4-5=cpu"));
        assertEquals(
                "the placement names layer 5, but this model has layers 0 to 4",
                refused.getMessage());
    }
}
