package io.step3.ops;

import java.lang.foreign.MemorySegment;

/** The kernels of the native library. */
public final class NativeKernels implements Kernels, AutoCloseable {
    private NativeKernels() {}

    @Override
    public void close() {}

    @Override
    public String name() {
        throw new UnsupportedOperationException("the native library is not built yet");
    }

    @Override
    public void embed(MemorySegment out, Weight table, MemorySegment ids, long n) {
        throw new UnsupportedOperationException("the native library is not built yet");
    }

    @Override
    public void rmsNorm(MemorySegment out, MemorySegment x, Weight gain, long rows, float eps) {
        throw new UnsupportedOperationException("the native library is not built yet");
    }

    @Override
    public void layerNorm(
            MemorySegment out, MemorySegment x, Weight gain, Weight bias, long rows, float eps) {
        throw new UnsupportedOperationException("the native library is not built yet");
    }

    @Override
    public void linear(MemorySegment out, MemorySegment x, Weight w, Weight bias, long rows) {
        throw new UnsupportedOperationException("the native library is not built yet");
    }

    @Override
    public void rotate(
            MemorySegment x,
            long rows,
            int heads,
            int dim,
            long position,
            MemorySegment inverseFrequencies) {
        throw new UnsupportedOperationException("the native library is not built yet");
    }

    @Override
    public void attention(
            MemorySegment out,
            MemorySegment q,
            MemorySegment keys,
            MemorySegment values,
            long rows,
            long position,
            int heads,
            int dim,
            float scale) {
        throw new UnsupportedOperationException("the native library is not built yet");
    }

    @Override
    public void fullAttention(
            MemorySegment out, MemorySegment qkv, long tokens, int heads, int dim, float scale) {
        throw new UnsupportedOperationException("the native library is not built yet");
    }

    @Override
    public void route(
            MemorySegment ids,
            MemorySegment weights,
            MemorySegment probabilities,
            long rows,
            int experts,
            int k,
            boolean renormalise) {
        throw new UnsupportedOperationException("the native library is not built yet");
    }

    @Override
    public void experts(
            MemorySegment out,
            MemorySegment x,
            MemorySegment ids,
            MemorySegment weights,
            ExpertWeight gate,
            ExpertWeight up,
            ExpertWeight down,
            long rows,
            int k,
            int quantizeGroup,
            MemorySegment scratch) {
        throw new UnsupportedOperationException("the native library is not built yet");
    }

    @Override
    public long expertsScratch(long rows, int k, int experts, long hidden, long width) {
        throw new UnsupportedOperationException("the native library is not built yet");
    }

    @Override
    public void siluMultiply(MemorySegment gate, MemorySegment up, long n) {
        throw new UnsupportedOperationException("the native library is not built yet");
    }

    @Override
    public void quickGelu(MemorySegment x, long n) {
        throw new UnsupportedOperationException("the native library is not built yet");
    }

    @Override
    public void add(MemorySegment x, MemorySegment y, long n) {
        throw new UnsupportedOperationException("the native library is not built yet");
    }

    @Override
    public void convolve(
            MemorySegment out,
            MemorySegment in,
            Weight w,
            Weight bias,
            Convolution shape,
            MemorySegment scratch) {
        throw new UnsupportedOperationException("the native library is not built yet");
    }

    @Override
    public long convolveScratch(Convolution shape) {
        throw new UnsupportedOperationException("the native library is not built yet");
    }

    @Override
    public void quantize(
            MemorySegment codes,
            MemorySegment scales,
            MemorySegment x,
            long rows,
            long cols,
            int group) {
        throw new UnsupportedOperationException("the native library is not built yet");
    }

    @Override
    public void fakeQuantize(MemorySegment out, MemorySegment x, long rows, long cols, int group) {
        throw new UnsupportedOperationException("the native library is not built yet");
    }
}
