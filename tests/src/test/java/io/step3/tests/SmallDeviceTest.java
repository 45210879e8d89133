package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.step3.checkpoint.Checkpoint;
import io.step3.generate.Step3;
import io.step3.model.Backends;
import io.step3.model.DeviceTooSmallException;
import io.step3.model.Footprint;
import io.step3.model.ModelOptions;
import io.step3.model.Placement;
import io.step3.model.PlacementRequest;
import io.step3.model.Prompt;
import io.step3.model.TensorClass;
import io.step3.model.Where;
import io.step3.ops.BackendLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Devices that have room for a part of a network, or say that they have. */
class SmallDeviceTest {

    private static final Path FOLDER = Golden.checkpoint("b");
    private static final Prompt PROMPT = Prompt.of(5, 6, 7, 8, 9);
    private static final ModelOptions OPTIONS =
            ModelOptions.DEFAULT.withContextLength(64).withPrefillChunk(16);

    private BackendLoader.Choice choice;
    private Footprint size;
    private Placement whole;

    @BeforeEach
    void measure() {
        choice = BackendLoader.load();
        try (Checkpoint checkpoint = Checkpoint.open(FOLDER)) {
            size = Footprint.of(checkpoint, OPTIONS);
            whole = Placement.all(Where.GPU, checkpoint.config().text());
        }
    }

    @AfterEach
    void close() {
        choice.close();
    }

    private Step3 load(DistantBackend device, String placement, long free) {
        var backends = new Backends(choice.backend(), device);
        var options = OPTIONS.withPlacement(PlacementRequest.parse(placement));
        return Step3.load(FOLDER, options, backends, free);
    }

    @Test
    void whateverFitsTheAnswerIsTheSame() {
        int[] expected;
        try (Step3 step3 = Step3.load(FOLDER, OPTIONS, choice.backend())) {
            expected = step3.greedy(PROMPT, 12);
        }
        long most = size.at(Where.GPU, whole, 64) * 52 / 50;
        Set<Placement> seen = new LinkedHashSet<>();
        for (int i = 0; i <= 40; i++) {
            long capacity = most * i / 40;
            try (DistantBackend device = new DistantBackend(capacity);
                    Step3 step3 = load(device, "auto", capacity)) {
                Placement placement = step3.model().placement();
                if (seen.add(placement)) {
                    assertArrayEquals(expected, step3.greedy(PROMPT, 12), placement.toString());
                }
                assertEquals(placement.uses(Where.GPU), device.used() > 0, placement.toString());
            }
        }
        assertTrue(seen.size() > 10, seen.toString());
        assertTrue(seen.contains(whole), seen.toString());
        for (TensorClass part : whole.parts().keySet()) {
            assertTrue(seen.stream().anyMatch(p -> p.parts().get(part) == Where.CPU), part.label());
        }
    }

    @Test
    void whatIsAskedForAndDoesNotFitIsRefusedWithWhatWould() {
        long free = size.at(Where.GPU, whole, 64) / 2;
        try (DistantBackend device = new DistantBackend(free)) {
            var refused =
                    assertThrows(DeviceTooSmallException.class, () -> load(device, "gpu", free));
            assertEquals(0, device.used());
            assertTrue(refused.getMessage().contains(" are missing; "), refused.getMessage());
            String fits = refused.fitting().toString();
            assertTrue(refused.getMessage().contains(fits), refused.getMessage());
            try (Step3 step3 = load(device, fits, free)) {
                assertEquals(fits, step3.model().placement().toString());
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aDeviceThatIsFullInTheMiddleOfTheUploadLeavesNothingOpen() throws Exception {
        long said = size.at(Where.GPU, whole, 64) * 2;
        for (int part = 1; part < 4; part++) {
            try (DistantBackend device = new DistantBackend(said * part / 10)) {
                assertThrows(
                        OutOfMemoryError.class, () -> load(device, "gpu", said).greedy(PROMPT, 2));
            }
        }
        assertFalse(Files.readString(Path.of("/proc/self/maps")).contains(FOLDER.toString()));
    }
}
