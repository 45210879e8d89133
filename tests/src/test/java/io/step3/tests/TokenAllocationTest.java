package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.step3.checkpoint.BundledCheckpoint;
import io.step3.checkpoint.Checkpoint;
import io.step3.checkpoint.TextConfig;
import io.step3.model.Backends;
import io.step3.model.ForwardObserver;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.model.PlacementRequest;
import io.step3.model.Sequence;
import io.step3.model.Step3Model;
import io.step3.ops.BackendLoader;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a token costs the garbage collector. */
class TokenAllocationTest {

    /** The span, its token and its place in the history; nothing for the hundred operations. */
    private static final long MOST_BYTES = 1024;

    /** The view of what crosses, which is read-only. */
    private static final long MOST_BYTES_A_CROSSING = 80;

    private static final int TOKENS = 200;

    @Test
    void aTokenOfStep3TinyAllocatesNothingInTheOperations() throws Exception {
        try (BackendLoader.Choice choice = BackendLoader.load();
                Checkpoint checkpoint = Checkpoint.open(BundledCheckpoint.folder().orElseThrow());
                Step3Model model =
                        new Step3Model(
                                checkpoint,
                                choice.backend(),
                                ModelOptions.DEFAULT,
                                LoadProgress.NONE)) {
            assertAllocatesAtMost(MOST_BYTES, model);
        }
    }

    /** A second context of the CPU's kernels is the device. */
    @Test
    void whatCrossesFromBackendToBackendIsNotCutOutAnewForEachToken() throws Exception {
        try (BackendLoader.Choice cpu = BackendLoader.load();
                BackendLoader.Choice device = BackendLoader.load();
                Checkpoint checkpoint = Checkpoint.open(BundledCheckpoint.folder().orElseThrow())) {
            var placement = (PlacementRequest.Given) PlacementRequest.parse("gpu,routed=cpu");
            TextConfig config = checkpoint.config().text();
            try (Step3Model model =
                    new Step3Model(
                            checkpoint,
                            new Backends(cpu.backend(), device.backend()),
                            placement.of(config),
                            ModelOptions.DEFAULT,
                            LoadProgress.NONE)) {
                int crossings = 4 * config.moeLayers().size();
                assertAllocatesAtMost(MOST_BYTES + crossings * MOST_BYTES_A_CROSSING, model);
            }
        }
    }

    private static void assertAllocatesAtMost(long most, Step3Model model) {
        var thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Sequence sequence = model.newSequence()) {
            float[] logits = new float[model.vocabulary()];
            write(model, sequence, logits);
            long before = thread.getCurrentThreadAllocatedBytes();
            write(model, sequence, logits);
            long each = (thread.getCurrentThreadAllocatedBytes() - before) / TOKENS;
            System.out.println(each + " bytes of the Java heap a token");
            assertTrue(each <= most, each + " bytes a token, not " + most);
        }
    }

    private static void write(Step3Model model, Sequence sequence, float[] logits) {
        for (int i = 0; i < TOKENS; i++) {
            model.step(List.of(sequence.next(5 + i, logits, ForwardObserver.NONE)));
        }
    }
}
