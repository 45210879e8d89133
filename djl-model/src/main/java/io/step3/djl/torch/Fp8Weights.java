package io.step3.djl.torch;

import ai.djl.ndarray.NDArray;
import java.util.Objects;

/**
 * Block-fp8 weights as arrays of PyTorch's: a matrix, or those of a layer's experts. A number is
 * its code times the scale of its block of 128 rows and 128 columns; the last blocks of a row or
 * column may be smaller, and every expert's begin anew. They are read where they lie, so they must
 * be contiguous.
 *
 * @param codes {@code [outputs, inputs]} or {@code [experts, outputs, inputs]}: E4M3 codes, as
 *     {@code uint8}, or as {@code float8_e4m3fn} where an array can be that
 * @param scales float32 {@code [ceil(outputs / 128), ceil(inputs / 128)]}, with the experts before
 *     them if there are any
 */
public record Fp8Weights(NDArray codes, NDArray scales) {

    /** Nothing is looked at before they are used. */
    public Fp8Weights {
        Objects.requireNonNull(codes, "codes");
        Objects.requireNonNull(scales, "scales");
    }

    /** The tensors of weights whose types, shapes and strides are right. */
    record Checked(Tensor codes, Tensor scales) {

        static Checked matrix(Tensor codes, Tensor scales, Tensor x) {
            long rows = codes.size(0);
            long cols = codes.size(1);
            scales.requireSizes(
                    " for blocks of 128 of codes " + codes.describe(), blocks(rows), blocks(cols));
            return checked(codes, scales, x);
        }

        static Checked experts(Tensor codes, Tensor scales, Tensor x) {
            codes.requireDimensions(3, 3, "[experts, outputs, inputs]");
            scales.requireSizes(
                    " for blocks of 128 of %s %s".formatted(codes.name(), codes.describe()),
                    codes.size(0),
                    blocks(codes.size(1)),
                    blocks(codes.size(2)));
            return checked(codes, scales, x);
        }

        private static long blocks(long n) {
            return Math.ceilDiv(n, Operator.BLOCK);
        }

        private static Checked checked(Tensor codes, Tensor scales, Tensor x) {
            codes.requireType("float8_e4m3fn or uint8", Tensor.FP8, Tensor.UINT8);
            codes.requireDeviceOf(x).requireContiguous();
            scales.requireFloat32().requireDeviceOf(x).requireContiguous();
            if (codes.count() == 0) {
                throw codes.bad("must hold numbers, not %s", codes.describe());
            }
            if (codes.dimensions() == 3 && codes.size(0) > Integer.MAX_VALUE) {
                throw codes.bad("must have at most %d experts", Integer.MAX_VALUE);
            }
            return new Checked(codes, scales);
        }

        int count() {
            return codes.dimensions() == 3 ? (int) codes.size(0) : 1;
        }

        long rows() {
            return codes.size(-2);
        }

        long cols() {
            return codes.size(-1);
        }
    }
}
