package io.step3.desktop.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.chat.SamplingOptions;
import io.step3.checkpoint.CheckpointException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelNeedsTest {

    private static final long GIB = 1L << 30;

    @Test
    void aCheckpointSaysWhatItTakesWithoutBeingLoaded() {
        Path folder = Path.of(System.getProperty("step3.golden"), "checkpoints", "a");
        ModelNeeds needs = ModelNeeds.of(new ModelChoice.Folder(folder));
        assertTrue(needs.weights() > 8_000_000 && needs.weights() < 9_000_000, needs.toString());
        assertEquals(5 * 2 * 32 * 4, needs.cachePerToken());
        assertEquals(4096, needs.context());
        assertTrue(needs.sees());
    }

    @Test
    void whatFitsIsToldByTheFreeMemory() {
        assertEquals(ModelNeeds.Fit.WELL, new ModelNeeds(GIB, 1, 1, true, 2 * GIB).fit());
        assertEquals(
                ModelNeeds.Fit.SHORT_CONTEXT, new ModelNeeds(GIB, GIB, 2, true, 2 * GIB).fit());
        assertEquals(ModelNeeds.Fit.FROM_DISK, new ModelNeeds(3 * GIB, 1, 1, true, 2 * GIB).fit());
        assertEquals(ModelNeeds.Fit.UNKNOWN, new ModelNeeds(GIB, 1, 1, true, 0).fit());
    }

    @Test
    void aFolderThatIsNoCheckpointIsRefusedByName(@TempDir Path folder) {
        var refused =
                assertThrows(
                        CheckpointException.class,
                        () -> ModelNeeds.of(new ModelChoice.Folder(folder)));
        assertTrue(refused.getMessage().contains("config.json"), refused.getMessage());
    }

    @Test
    void samplingSurvivesItsJsonAndNonsenseIsLeftToTheModel() {
        var options = SamplingOptions.builder().temperature(0.7).seed(5L).thinkBudget(100).build();
        assertEquals(options, SamplingJson.read(SamplingJson.write(options)));
        assertEquals(SamplingOptions.DEFAULT, SamplingJson.read("{\"temperature\": -4}"));
        assertEquals(SamplingOptions.DEFAULT, SamplingJson.read("[1"));
        assertEquals(SamplingOptions.DEFAULT, SamplingJson.read("{\"seed\": {}}"));
    }
}
