package io.step3.ops;

import java.lang.foreign.MemorySegment;

/**
 * The operations that Step3 is made of. All activations are float32, row-major and contiguous; all
 * segments are native memory unless an implementation says otherwise, belong to the caller, and
 * must stay alive during the call. Outputs are overwritten whole, whatever they held before (also
 * NaN). An output may be the same segment as an input only where the operation says so.
 *
 * <p>Arithmetic is float32 throughout with float32 accumulators (never in a narrower type), so that
 * implementations differ only by the order of summation.
 *
 * <p>Implementations are safe for use by several threads at once, as long as these write to
 * different memory. Every operation checks its arguments before it computes and throws {@link
 * IllegalArgumentException} naming the argument that is too small or out of range.
 */
public sealed interface Kernels permits JavaKernels, NativeKernels {

    /** What computes, as a person would say it: {@code "java"} or {@code "cpu avx512-vbmi"}. */
    String name();

    /**
     * Guards a mapped file that weights lie in. Without a guard native kernels end the process when
     * pages of the file are gone that they need; with one the operation throws {@link
     * WeightsLostException}, and so does every later one that reads a weight of this file. Plain
     * Java needs no guard: it throws the {@link InternalError} of every lost mapping.
     *
     * @param mapping a whole file, mapped from its first byte
     * @return to be closed before the file is unmapped
     * @throws IllegalArgumentException if this is no mapping
     */
    MappingGuard guard(MemorySegment mapping);

    /**
     * Looks up embeddings: row {@code i} of {@code out} becomes row {@code ids[i]} of the table.
     *
     * @param out {@code [n, table.cols]}
     * @param table {@code [vocabulary, hidden]}, of any type
     * @param ids int32 {@code [n]}, each below {@code table.rows}
     * @param n how many, may be 0
     */
    void embed(MemorySegment out, Weight table, MemorySegment ids, long n);

    /**
     * Root-mean-square norm: {@code out = x / sqrt(mean(x^2) + eps) * gain}, a row at a time.
     *
     * @param out {@code [rows, gain.cols]}; may be {@code x}
     * @param x {@code [rows, gain.cols]}
     * @param gain {@code [1, cols]}
     */
    void rmsNorm(MemorySegment out, MemorySegment x, Weight gain, long rows, float eps);

    /**
     * Layer norm with population variance: {@code out = (x - mean) / sqrt(var + eps) * gain +
     * bias}.
     *
     * @param out {@code [rows, gain.cols]}; may be {@code x}
     * @param x {@code [rows, gain.cols]}
     */
    void layerNorm(
            MemorySegment out, MemorySegment x, Weight gain, Weight bias, long rows, float eps);

    /**
     * A linear layer: {@code out = x w^T + bias}.
     *
     * @param out {@code [rows, w.rows]}
     * @param x {@code [rows, w.cols]}
     * @param w {@code [outputs, inputs]}, of any type; fp8 counts as its value times its scale
     * @param bias {@code [1, w.rows]}, or null for none
     * @param rows tokens, may be 0
     */
    void linear(MemorySegment out, MemorySegment x, Weight w, Weight bias, long rows);

    /**
     * Rotary position embedding in place, rotate-half over the whole head: with {@code a =
     * (position + row) * inverseFrequencies[i]} (a float32 product), element {@code i} and {@code i
     * + dim/2} of each head become {@code x_i cos a - x_(i+dim/2) sin a} and {@code x_(i+dim/2) cos
     * a + x_i sin a}.
     *
     * @param x {@code [rows, heads, dim]}
     * @param dim even
     * @param position of the first row, from 0
     * @param inverseFrequencies float32 {@code [dim / 2]}
     */
    void rotate(
            MemorySegment x,
            long rows,
            int heads,
            int dim,
            long position,
            MemorySegment inverseFrequencies);

    /**
     * Multi-matrix factorization attention over the cache: causal softmax attention of all query
     * heads over one shared key and one shared value head. Row {@code r} of the queries stands at
     * {@code position + r} and sees cache rows {@code 0} to {@code position + r}; the keys and
     * values of the queries' own positions are already in the cache. Online softmax: no memory
     * grows with {@code rows * position}.
     *
     * @param out {@code [rows, heads, dim]}
     * @param q {@code [rows, heads, dim]}, rotated
     * @param keys {@code [at least position + rows, dim]}, rotated
     * @param values {@code [at least position + rows, dim]}
     * @param scale what the scores are multiplied by, usually {@code 1 / sqrt(dim)}
     */
    void attention(
            MemorySegment out,
            MemorySegment q,
            MemorySegment keys,
            MemorySegment values,
            long rows,
            long position,
            int heads,
            int dim,
            float scale);

    /**
     * Full (not causal) attention with own keys and values for each head, as in the vision tower.
     * Online softmax: no memory grows with {@code tokens^2}.
     *
     * @param out {@code [tokens, heads * dim]}
     * @param qkv {@code [tokens, 3 * heads * dim]}: queries, keys and values of a token, each
     *     {@code [heads, dim]}
     */
    void fullAttention(
            MemorySegment out, MemorySegment qkv, long tokens, int heads, int dim, float scale);

    /**
     * The router's choice: softmax over all experts, then the {@code k} most probable, best first.
     * Of equal probabilities the lower expert number comes first. A row that holds NaN is refused
     * with {@link ArithmeticException}.
     *
     * @param ids int32 {@code [rows, k]}: the chosen experts
     * @param weights {@code [rows, k]}: their probabilities, divided by their sum if {@code
     *     renormalise}
     * @param probabilities {@code [rows, experts]}: logits on entry, probabilities on return
     * @param k from 1 to {@code experts}
     */
    void route(
            MemorySegment ids,
            MemorySegment weights,
            MemorySegment probabilities,
            long rows,
            int experts,
            int k,
            boolean renormalise);

    /**
     * The chosen experts of a mixture-of-experts layer: {@code out_t = sum over j of weights_tj *
     * down_e(silu(gate_e x_t) * up_e x_t)} with {@code e = ids_tj}. The rows are grouped by expert,
     * so that each expert's weights are read once a call; experts that nobody chose are not read.
     *
     * @param out {@code [rows, hidden]}
     * @param x {@code [rows, hidden]}
     * @param ids int32 {@code [rows, k]}
     * @param weights {@code [rows, k]}
     * @param gate {@code [experts, width, hidden]}
     * @param up {@code [experts, width, hidden]}
     * @param down {@code [experts, hidden, width]}
     * @param quantizeGroup 0 for float32 activations; otherwise the inputs of fp8 matrices (x, and
     *     the product that {@code down} reads) are first rounded as {@link #fakeQuantize} does with
     *     this group
     * @param scratch at least {@link #expertsScratch} bytes
     */
    void experts(
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
            MemorySegment scratch);

    /** Bytes of scratch that {@link #experts} needs for at most {@code rows} rows. */
    long expertsScratch(long rows, int k, int experts, long hidden, long width);

    /**
     * The gated unit in place: {@code gate = silu(gate) * up}, {@code silu(g) = g / (1 + e^-g)}.
     *
     * @param gate {@code [n]}, read and written
     * @param up {@code [n]}
     */
    void siluMultiply(MemorySegment gate, MemorySegment up, long n);

    /** In place: {@code x = x / (1 + e^(-1.702 x))} over {@code n} numbers. */
    void quickGelu(MemorySegment x, long n);

    /** In place: {@code x = x + y} over {@code n} numbers. */
    void add(MemorySegment x, MemorySegment y, long n);

    /**
     * A two-dimensional convolution whose output is a grid of tokens.
     *
     * @param out {@code [outHeight, outWidth, w.rows]}
     * @param in addressed by the strides of {@code shape}
     * @param w {@code [output channels, channels * kernel * kernel]}, the columns in the order
     *     channel, y, x
     * @param bias {@code [1, w.rows]}, or null for none
     * @param scratch at least {@link #convolveScratch} bytes
     */
    void convolve(
            MemorySegment out,
            MemorySegment in,
            Weight w,
            Weight bias,
            Convolution shape,
            MemorySegment scratch);

    /** Bytes of scratch that {@link #convolve} needs. */
    long convolveScratch(Convolution shape);

    /**
     * Dynamic fp8 quantisation: per row and per {@code group} neighbouring values (the last group
     * may be shorter), {@code scale = max(absmax, 1e-10) / 448} and {@code code = e4m3(clamp(x /
     * scale, -448, 448))}, rounded to nearest even.
     *
     * @param codes bytes {@code [rows, cols]}
     * @param scales float32 {@code [rows, ceil(cols / group)]}
     * @param x {@code [rows, cols]}
     */
    void quantize(
            MemorySegment codes,
            MemorySegment scales,
            MemorySegment x,
            long rows,
            long cols,
            int group);

    /**
     * What {@link #quantize} would keep of {@code x}: {@code out = code * scale}.
     *
     * @param out {@code [rows, cols]}; may be {@code x}
     */
    void fakeQuantize(MemorySegment out, MemorySegment x, long rows, long cols, int group);
}
