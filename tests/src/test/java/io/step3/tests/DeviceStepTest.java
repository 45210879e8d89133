package io.step3.tests;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.step3.checkpoint.BundledCheckpoint;
import io.step3.checkpoint.Checkpoint;
import io.step3.model.ForwardObserver;
import io.step3.model.LoadProgress;
import io.step3.model.ModelOptions;
import io.step3.model.Sequence;
import io.step3.model.Step3Model;
import io.step3.ops.Backend;
import io.step3.ops.cuda.EmulatedDevice;
import io.step3.ops.gpu.EmulatedBackend;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What a decoded token costs a device, counted on the emulated one. Bounds are what was counted and
 * a little more: who makes it cost less lowers them.
 */
class DeviceStepTest {
    /** Beyond the first piece of a cache; the tokens after it need no further one. */
    private static final int CONTEXT = 70;

    private static final int TOKENS = 8;

    @Test
    void aDecodedTokenOfStep3TinyCostsNoMoreThanItDid() throws Exception {
        var thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        EmulatedDevice device = EmulatedDevice.fresh();
        try (Backend backend = EmulatedBackend.open();
                Checkpoint checkpoint = Checkpoint.open(BundledCheckpoint.folder().orElseThrow());
                Step3Model model =
                        new Step3Model(
                                checkpoint, backend, ModelOptions.DEFAULT, LoadProgress.NONE);
                Sequence sequence = model.newSequence()) {
            float[] logits = new float[model.vocabulary()];
            write(model, sequence, logits, CONTEXT);
            device.resetCounts();
            long before = thread.getCurrentThreadAllocatedBytes();
            write(model, sequence, logits, TOKENS);
            long heap = (thread.getCurrentThreadAllocatedBytes() - before) / TOKENS;
            long logitBytes = (long) Float.BYTES * model.vocabulary();
            assertAll(
                    // Code that is not compiled yet allocates what later stays in registers.
                    () -> atMost(4096, heap, "bytes of the Java heap"),
                    () -> atMost(146, device.count("launches") / TOKENS, "launches"),
                    () ->
                            atMost(
                                    1_000_000,
                                    device.count("instructions") / TOKENS,
                                    "instructions of lanes"),
                    () -> atMost(8_400_000, device.count("read_bytes") / TOKENS, "bytes read"),
                    () ->
                            atMost(
                                    167_000,
                                    device.count("read_sectors") / TOKENS,
                                    "sectors of 32 bytes read"),
                    () -> atMost(130_000, device.count("written_bytes") / TOKENS, "bytes written"),
                    () -> atMost(0, device.count("bank_conflicts"), "bank conflicts of all tokens"),
                    () -> atMost(0, device.calls("cuMemAlloc"), "allocations for all tokens"),
                    () -> atMost(2, device.calls("cuStreamSynchronize") / TOKENS, "waits"),
                    () ->
                            atMost(
                                    32,
                                    device.calls("bytes_to_device") / TOKENS,
                                    "bytes to the device"),
                    () ->
                            atMost(
                                    logitBytes + 64,
                                    device.calls("bytes_to_host") / TOKENS,
                                    "bytes to the host, logits among them"));
        }
    }

    private static void atMost(long bound, long measured, String what) {
        System.out.printf("%,d %s a token%n", measured, what);
        assertTrue(measured <= bound, "%,d %s, not %,d".formatted(measured, what, bound));
    }

    private static void write(Step3Model model, Sequence sequence, float[] logits, int tokens) {
        for (int i = 0; i < tokens; i++) {
            model.step(List.of(sequence.next(5 + i, logits, ForwardObserver.NONE)));
        }
    }
}
