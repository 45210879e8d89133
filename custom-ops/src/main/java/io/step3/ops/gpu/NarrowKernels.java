package io.step3.ops.gpu;

import io.step3.ops.WeightType;

/**
 * The kernels of {@code narrow_linear.cu} for one type of weights. Both give the same bits.
 *
 * @param few one output and four tokens a thread block
 * @param many four and eight
 */
record NarrowKernels(Kernel few, Kernel many) {

    /** No layer with more outputs is narrow. */
    static final int MOST_OUTPUTS = 64;

    private static final int FEW_TOKENS = 16;

    static NarrowKernels of(Kernels kernels, WeightType type) {
        String name = type == WeightType.F32 ? "narrow_f32_" : "narrow_bf16_";
        return new NarrowKernels(
                Kernel.of(kernels, name + "1x4", 256, 0, 48),
                Kernel.of(kernels, name + "4x8", 256, 0, 48));
    }

    /** {@code out = x w^T}. */
    void linear(Launcher launcher, long out, long x, GpuMatrix w, long tokens) {
        boolean few = tokens <= FEW_TOKENS;
        launcher.with(few ? this.few : many)
                .int64(out)
                .int64(x)
                .int64(w.address())
                .int64(w.pitch())
                .int32(Math.toIntExact(w.rows()))
                .int32(Math.toIntExact(w.cols()))
                .int32(Math.toIntExact(tokens))
                .int32(0)
                .blocks(Math.ceilDiv(w.rows(), few ? 1 : 4), Math.ceilDiv(tokens, few ? 4 : 8), 1);
    }
}
