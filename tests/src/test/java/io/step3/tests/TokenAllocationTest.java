package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.step3.checkpoint.BundledCheckpoint;
import io.step3.checkpoint.Checkpoint;
import io.step3.model.ForwardObserver;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
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

    private static final int TOKENS = 200;

    @Test
    void aTokenOfStep3TinyAllocatesNothingInTheOperations() throws Exception {
        var thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (BackendLoader.Choice choice = BackendLoader.load();
                Checkpoint checkpoint = Checkpoint.open(BundledCheckpoint.folder().orElseThrow());
                Step3Model model =
                        new Step3Model(
                                checkpoint,
                                choice.backend(),
                                ModelOptions.DEFAULT,
                                LoadProgress.NONE);
                Sequence sequence = model.newSequence()) {
            float[] logits = new float[model.vocabulary()];
            write(model, sequence, logits);
            long before = thread.getCurrentThreadAllocatedBytes();
            write(model, sequence, logits);
            long each = (thread.getCurrentThreadAllocatedBytes() - before) / TOKENS;
            System.out.println(each + " bytes of the Java heap a token");
            assertTrue(each <= MOST_BYTES, each + " bytes a token");
        }
    }

    private static void write(Step3Model model, Sequence sequence, float[] logits) {
        for (int i = 0; i < TOKENS; i++) {
            model.step(List.of(sequence.next(5 + i, logits, ForwardObserver.NONE)));
        }
    }
}
