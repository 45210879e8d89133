package io.step3.model;

import io.step3.ops.Buffer;
import io.step3.ops.Matrix;
import io.step3.ops.Stream;

/**
 * A linear layer without bias, {@code out = x w^T}.
 *
 * @param weight {@code [outputs, inputs]}
 * @param activations how the input is used if the weight is fp8
 */
record Linear(Matrix weight, Activations activations) {

    void apply(Stream stream, Buffer out, Buffer x, int tokens, Buffer scratch) {
        Buffer input = x;
        if (activations == Activations.FP8 && weight.format().takesRoundedInputs()) {
            stream.fakeQuantize(scratch, x, tokens, weight.cols(), activations.group());
            input = scratch;
        }
        stream.linear(out, input, weight, null, tokens);
    }

    /** Bytes of scratch that {@link #apply} may use. */
    long scratch(int tokens) {
        return activations == Activations.FP8 ? tokens * weight.cols() * Float.BYTES : 0;
    }
}
