package io.step3.model;

import io.step3.ops.Buffer;
import io.step3.ops.Matrix;
import io.step3.ops.Stream;

/**
 * A linear layer without bias, {@code out = x w^T}.
 *
 * @param where its weight lies, and it is computed
 * @param weight {@code [outputs, inputs]}
 * @param activations how the input is used if the weight is fp8
 */
record Linear(Where where, Matrix weight, Activations activations) {

    /** Of all tokens of a pass. */
    void apply(Pass pass, Rows out, Rows x) {
        apply(pass, out.at(where), x.at(where), pass.tokens());
    }

    /** Of some rows. */
    void apply(Pass pass, Buffer out, Buffer x, int rows) {
        Stream stream = pass.stream(where);
        Buffer input = x;
        if (activations == Activations.FP8 && weight.format().takesRoundedInputs()) {
            input = pass.work().scratch(where);
            stream.fakeQuantize(input, x, rows, weight.cols(), activations.group());
        }
        stream.linear(out, input, weight, null, rows);
    }

    /** Bytes of scratch that {@link #apply} may use at a place. */
    long scratch(Where at, int tokens) {
        return at == where && activations == Activations.FP8
                ? tokens * weight.cols() * Float.BYTES
                : 0;
    }
}
