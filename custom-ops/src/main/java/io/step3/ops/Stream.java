package io.step3.ops;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Runs the operations that Step3 is made of, in the order in which they are called. All activations
 * are float32, row-major and contiguous, in buffers of the stream's own backend. Outputs are
 * overwritten whole, whatever they held before (also NaN). An output may be the same buffer as an
 * input only where the operation says so.
 *
 * <p>Arithmetic is float32 throughout with float32 accumulators (never in a narrower type), so that
 * implementations differ only by the order of summation.
 *
 * <p>A stream is for one thread at a time; several streams of a backend compute at once, as long as
 * they write to different memory. Every operation checks its arguments before it computes and
 * throws {@link IllegalArgumentException} naming the argument that is too small or out of range,
 * and {@link IllegalStateException} if stream or backend are closed.
 *
 * <p>An operation may still be running when its method returns; {@link #read}, {@link #view} and
 * {@link #await} wait. What it finds out only then (router logits that are no numbers, lost
 * weights) is thrown by one of the next calls, {@link #await} at the latest. On the CPU everything
 * is done at once.
 */
public interface Stream extends AutoCloseable {

    /**
     * Carries numbers from the host's memory into a buffer.
     *
     * @param to at least as large; its beginning is overwritten
     * @param from may be changed as soon as this returns
     */
    void write(Buffer to, MemorySegment from);

    /**
     * Carries numbers into the host's memory, once all operations before are done.
     *
     * @param to at least as large; its beginning is overwritten
     */
    void read(MemorySegment to, Buffer from);

    /** Copies a whole buffer to the beginning of another. */
    void copy(Buffer to, Buffer from);

    /**
     * What a buffer holds once all operations before are done, for somebody to look at: the memory
     * itself where the host can read it, else a copy.
     *
     * @return to be read only, and only until the next operation
     */
    MemorySegment view(Buffer of);

    /**
     * The keys of a sequence's first tokens: see {@link #view}.
     *
     * @return float32 {@code [rows, dim]}
     */
    MemorySegment viewKeys(KeyValues cache, int layer, int rows);

    /**
     * The values of a sequence's first tokens: see {@link #view}.
     *
     * @return float32 {@code [rows, dim]}
     */
    MemorySegment viewValues(KeyValues cache, int layer, int rows);

    /** Returns when all operations are done. */
    void await();

    /** Later operations throw {@link IllegalStateException}. A second call does nothing. */
    @Override
    void close();

    /**
     * Looks up embeddings: row {@code i} of {@code out} becomes row {@code ids[i]} of the table.
     *
     * @param out {@code [n, table.cols]}
     * @param table {@code [vocabulary, hidden]}, of any type
     * @param ids int32 {@code [n]}, each below {@code table.rows}
     * @param n how many, may be 0
     */
    void embed(Buffer out, Matrix table, Buffer ids, long n);

    /**
     * Root-mean-square norm: {@code out = x / sqrt(mean(x^2) + eps) * gain}, a row at a time.
     *
     * @param out {@code [rows, gain.cols]}; may be {@code x}
     * @param x {@code [rows, gain.cols]}
     * @param gain {@code [1, cols]}
     */
    void rmsNorm(Buffer out, Buffer x, Matrix gain, long rows, float eps);

    /**
     * Layer norm with population variance: {@code out = (x - mean) / sqrt(var + eps) * gain +
     * bias}.
     *
     * @param out {@code [rows, gain.cols]}; may be {@code x}
     * @param x {@code [rows, gain.cols]}
     */
    void layerNorm(Buffer out, Buffer x, Matrix gain, Matrix bias, long rows, float eps);

    /**
     * A linear layer: {@code out = x w^T + bias}.
     *
     * @param out {@code [rows, w.rows]}
     * @param x {@code [rows, w.cols]}
     * @param w {@code [outputs, inputs]}, of any type; fp8 counts as its value times its scale
     * @param bias {@code [1, w.rows]}, or null for none
     * @param rows tokens, may be 0
     */
    void linear(Buffer out, Buffer x, Matrix w, @Nullable Matrix bias, long rows);

    /**
     * Rotary position embedding in place, rotate-half over the whole head: with {@code a = position
     * * inverseFrequencies[i]} (a float32 product), element {@code i} and {@code i + dim/2} of each
     * head become {@code x_i cos a - x_(i+dim/2) sin a} and {@code x_(i+dim/2) cos a + x_i sin a}.
     *
     * @param x {@code [rows, heads, dim]}
     * @param spans say at which position each row stands
     * @param dim even
     * @param inverseFrequencies float32 {@code [dim / 2]}
     */
    void rotate(Buffer x, Spans spans, int heads, int dim, Buffer inverseFrequencies);

    /**
     * Appends keys and values to the caches: each row of a span at its position in the span's
     * cache.
     *
     * @param keys {@code [rows, dim]}, rotated
     * @param values {@code [rows, dim]}
     * @param layer of the caches
     */
    void append(Buffer keys, Buffer values, Spans spans, int layer);

    /**
     * Multi-matrix factorization attention over the caches: causal softmax attention of all query
     * heads over one shared key and one shared value head. A row at {@code position} of its
     * sequence sees rows {@code 0} to {@code position} of its cache; the keys and values of the
     * queries' own positions are already there. Online softmax: no memory grows with {@code rows *
     * position}.
     *
     * <p>What a span becomes does not depend on the spans beside it, to the bit.
     *
     * @param out {@code [rows, heads, dim]}, {@code dim} that of the caches
     * @param q {@code [rows, heads, dim]}, rotated
     * @param layer of the caches
     * @param scale what the scores are multiplied by, usually {@code 1 / sqrt(dim)}
     */
    void attention(Buffer out, Buffer q, Spans spans, int layer, int heads, float scale);

    /**
     * Full (not causal) attention with own keys and values for each head, as in the vision tower.
     * Online softmax: no memory grows with {@code tokens^2}.
     *
     * @param out {@code [tokens, heads * dim]}
     * @param qkv {@code [tokens, 3 * heads * dim]}: queries, keys and values of a token, each
     *     {@code [heads, dim]}
     */
    void fullAttention(Buffer out, Buffer qkv, long tokens, int heads, int dim, float scale);

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
            Buffer ids,
            Buffer weights,
            Buffer probabilities,
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
     * @param quantizeGroup 0 for float32 activations; otherwise the inputs of matrices that {@link
     *     Format#takesRoundedInputs} (x, and the product that {@code down} reads) are first rounded
     *     as {@link #fakeQuantize} does with this group
     * @param scratch at least {@link Backend#expertsScratch} bytes
     */
    void experts(
            Buffer out,
            Buffer x,
            Buffer ids,
            Buffer weights,
            Matrix gate,
            Matrix up,
            Matrix down,
            long rows,
            int k,
            int quantizeGroup,
            Buffer scratch);

    /**
     * The gated unit in place: {@code gate = silu(gate) * up}, {@code silu(g) = g / (1 + e^-g)}.
     *
     * @param gate {@code [n]}, read and written
     * @param up {@code [n]}
     */
    void siluMultiply(Buffer gate, Buffer up, long n);

    /** In place: {@code x = x / (1 + e^(-1.702 x))} over {@code n} numbers. */
    void quickGelu(Buffer x, long n);

    /** In place: {@code x = x + y} over {@code n} numbers. */
    void add(Buffer x, Buffer y, long n);

    /**
     * A two-dimensional convolution whose output is a grid of tokens.
     *
     * @param out {@code [outHeight, outWidth, w.rows]}
     * @param in addressed by the strides of {@code shape}
     * @param w {@code [output channels, channels * kernel * kernel]}, the columns in the order
     *     channel, y, x
     * @param bias {@code [1, w.rows]}, or null for none
     * @param scratch at least {@link Backend#convolveScratch} bytes
     */
    void convolve(
            Buffer out,
            Buffer in,
            Matrix w,
            @Nullable Matrix bias,
            Convolution shape,
            Buffer scratch);

    /**
     * Dynamic fp8 quantisation: per row and per {@code group} neighbouring values (the last group
     * may be shorter), {@code scale = max(absmax, 1e-10) / 448} and {@code code = e4m3(clamp(x /
     * scale, -448, 448))}, rounded to nearest even.
     *
     * @param codes bytes {@code [rows, cols]}
     * @param scales float32 {@code [rows, ceil(cols / group)]}
     * @param x {@code [rows, cols]}
     */
    void quantize(Buffer codes, Buffer scales, Buffer x, long rows, long cols, int group);

    /**
     * What {@link #quantize} would keep of {@code x}: {@code out = code * scale}.
     *
     * @param out {@code [rows, cols]}; may be {@code x}
     */
    void fakeQuantize(Buffer out, Buffer x, long rows, long cols, int group);
}
