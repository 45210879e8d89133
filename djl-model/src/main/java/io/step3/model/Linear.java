package io.step3.model;

import io.step3.ops.Kernels;
import io.step3.ops.Weight;
import io.step3.ops.WeightType;
import java.lang.foreign.MemorySegment;

/**
 * A linear layer without bias, {@code out = x w^T}.
 *
 * @param weight {@code [outputs, inputs]}
 * @param activations how the input is used if the weight is fp8
 */
record Linear(Weight weight, Activations activations) {

    void apply(
            Kernels kernels,
            MemorySegment out,
            MemorySegment x,
            int tokens,
            MemorySegment scratch) {
        MemorySegment input = x;
        if (activations == Activations.FP8 && weight.type() == WeightType.F8_E4M3) {
            kernels.fakeQuantize(scratch, x, tokens, weight.cols(), activations.group());
            input = scratch;
        }
        kernels.linear(out, input, weight, null, tokens);
    }

    /** Bytes of scratch that {@link #apply} may use. */
    long scratch(int tokens) {
        return activations == Activations.FP8 ? tokens * weight.cols() * Float.BYTES : 0;
    }
}
