package io.step3.bench;

import io.step3.ops.Backend;
import io.step3.ops.Buffer;
import io.step3.ops.Matrix;
import io.step3.ops.Spans;
import io.step3.ops.WeightType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** The operations of the text model at the sizes at which they matter. */
public final class OperationCases {

    private static final int PREFILL = 512;

    /** What one token, a few, and a prompt's chunk cost. */
    private static final int[] TOKENS = {1, 4, 8, PREFILL};

    private static final int[] CONTEXTS = {4096, 32768};

    /** Choices of experts, so that a call reads others than the last. */
    private static final int CHOICES = 16;

    private final Backend backend;
    private final WeightMemory weights;
    private final Widths widths;
    private final List<OperationCase> cases = new ArrayList<>();

    private OperationCases(Backend backend, WeightMemory weights, Widths widths) {
        this.backend = backend;
        this.weights = weights;
        this.widths = widths;
    }

    /**
     * All of them, those of the vision tower too.
     *
     * @param backend that computes
     * @param weights at least {@link #leastMemory}
     */
    public static List<OperationCase> of(Backend backend, WeightMemory weights, Widths widths) {
        OperationCases all = new OperationCases(backend, weights, widths);
        all.linears();
        all.experts();
        all.attention();
        all.small();
        all.cases.addAll(VisionCases.of(backend, weights, widths));
        return List.copyOf(all.cases);
    }

    /** Bytes that make weights of all cases, with all experts of a layer. */
    public static long wantedMemory(Widths widths) {
        return Math.max(widths.experts() * widths.expertBytes(), leastMemory(widths));
    }

    /** Bytes without which the cases cannot be. */
    public static long leastMemory(Widths widths) {
        return Math.max(
                2L * widths.topK() * widths.expertBytes(),
                Math.max(widths.largestMatrix(), 1L << 20));
    }

    private void linears() {
        for (WeightType type : new WeightType[] {WeightType.F8_E4M3, WeightType.BF16}) {
            linear("q_proj", type, widths.shareQ(), widths.hidden(), TOKENS);
            linear("wq", type, widths.heads() * widths.headDim(), widths.shareQ(), TOKENS);
            linear("o_proj", type, widths.hidden(), widths.heads() * widths.headDim(), TOKENS);
            linear("dense up", type, widths.dense(), widths.hidden(), TOKENS);
            linear("dense down", type, widths.hidden(), widths.dense(), TOKENS);
        }
        linear("lm_head", WeightType.BF16, widths.vocabulary(), widths.hidden(), 1, 8);
    }

    private void linear(String what, WeightType type, long rows, long cols, int... tokens) {
        String label = type == WeightType.F8_E4M3 ? "fp8" : "bf16";
        for (int n : tokens) {
            cases.add(
                    linear(
                            backend,
                            weights,
                            "linear %s %s %d->%d".formatted(label, what, cols, rows),
                            n,
                            type,
                            rows,
                            cols));
        }
    }

    /** A linear layer, with other weights at each call. */
    static OperationCase linear(
            Backend backend,
            WeightMemory weights,
            String name,
            int tokens,
            WeightType type,
            long rows,
            long cols) {
        return new OperationCase(
                name,
                tokens,
                WeightMemory.bytes(type, rows, cols) + Float.BYTES * tokens * (rows + cols),
                2.0 * tokens * rows * cols,
                false,
                () -> {
                    Activations memory = new Activations(backend);
                    Buffer x = memory.numbers(tokens * cols);
                    Buffer out = memory.zeros(tokens * rows);
                    List<Matrix> each =
                            weights.matrices(type, rows, cols).stream().map(backend::hold).toList();
                    return memory.running(
                            i ->
                                    memory.stream()
                                            .linear(
                                                    out,
                                                    x,
                                                    each.get(i % each.size()),
                                                    null,
                                                    tokens));
                });
    }

    private void experts() {
        int count = weights.expertsThatFit(widths);
        int k = widths.topK();
        long hidden = widths.hidden();
        long width = widths.expert();
        for (int tokens : TOKENS) {
            int[][] choices = new int[CHOICES][];
            long read = 0;
            for (int i = 0; i < CHOICES; i++) {
                choices[i] = choice(new SplittableRandom(i), tokens, k, count);
                read += Arrays.stream(choices[i]).distinct().count();
            }
            cases.add(
                    new OperationCase(
                            "experts fp8 %d of %d, %d->%d->%d"
                                    .formatted(k, count, hidden, width, hidden),
                            tokens,
                            read * widths.expertBytes() / CHOICES
                                    + 2 * Float.BYTES * tokens * hidden,
                            6.0 * tokens * k * hidden * width,
                            false,
                            () -> experts(tokens, count, choices)));
        }
    }

    private OperationCase.Prepared experts(int tokens, int count, int[][] choices) {
        int k = widths.topK();
        long hidden = widths.hidden();
        Matrix gate = backend.hold(weights.experts(0, count, widths.expert(), hidden));
        Matrix up = backend.hold(weights.experts(1, count, widths.expert(), hidden));
        Matrix down = backend.hold(weights.experts(2, count, hidden, widths.expert()));
        Activations memory = new Activations(backend);
        Buffer x = memory.numbers(tokens * hidden);
        Buffer out = memory.zeros(tokens * hidden);
        Buffer shares = memory.numbers((long) tokens * k);
        Buffer scratch =
                memory.bytes(backend.expertsScratch(tokens, k, count, hidden, widths.expert()));
        List<Buffer> ids = new ArrayList<>();
        for (int[] choice : choices) {
            ids.add(memory.integers(choice));
        }
        return memory.running(
                i ->
                        memory.stream()
                                .experts(
                                        out,
                                        x,
                                        ids.get(i % CHOICES),
                                        shares,
                                        gate,
                                        up,
                                        down,
                                        tokens,
                                        k,
                                        0,
                                        scratch));
    }

    /** For each token different experts, all equally often. */
    private static int[] choice(SplittableRandom random, int tokens, int k, int count) {
        int[] ids = new int[tokens * k];
        for (int t = 0; t < tokens; t++) {
            int[] own = random.ints(0, count).distinct().limit(k).toArray();
            System.arraycopy(own, 0, ids, t * k, k);
        }
        return ids;
    }

    private void attention() {
        for (int context : CONTEXTS) {
            attention("attention over %d".formatted(context), 1, context - 1);
        }
        attention("attention over 0, causal", PREFILL, 0);
        attention("attention over 4096, causal", PREFILL, 4096);
    }

    private void attention(String name, int tokens, int position) {
        int heads = widths.heads();
        int dim = widths.headDim();
        long seen = (long) position + tokens;
        // Each of the tokens sees those before it and itself.
        double pairs = (double) tokens * position + 0.5 * tokens * (tokens + 1.0);
        cases.add(
                new OperationCase(
                        name,
                        tokens,
                        Float.BYTES * (2 * seen * dim + 2L * tokens * heads * dim),
                        4.0 * heads * dim * pairs,
                        false,
                        () -> {
                            Activations memory = new Activations(backend);
                            Buffer q = memory.numbers((long) tokens * heads * dim);
                            Buffer out = memory.zeros((long) tokens * heads * dim);
                            Spans spans = memory.span(position, tokens, dim);
                            float scale = (float) (1 / Math.sqrt(dim));
                            return memory.running(
                                    _ -> memory.stream().attention(out, q, spans, 0, heads, scale));
                        }));
    }

    private void small() {
        for (int tokens : new int[] {1, PREFILL}) {
            long n = (long) tokens * widths.hidden();
            pointwise(
                    "rms norm " + widths.hidden(),
                    tokens,
                    2 * n,
                    memory -> {
                        Buffer x = memory.numbers(n);
                        Buffer out = memory.zeros(n);
                        Matrix gain = memory.vector(widths.hidden());
                        return memory.running(
                                _ -> memory.stream().rmsNorm(out, x, gain, tokens, 1e-5f));
                    });
            int heads = widths.heads();
            int dim = widths.headDim();
            pointwise(
                    "rotary %d x %d".formatted(heads, dim),
                    tokens,
                    2L * tokens * heads * dim,
                    memory -> {
                        Buffer x = memory.numbers((long) tokens * heads * dim);
                        Buffer frequencies = memory.numbers(dim / 2);
                        Spans spans = memory.span(1000, tokens, dim);
                        return memory.running(
                                _ -> memory.stream().rotate(x, spans, heads, dim, frequencies));
                    });
            pointwise(
                    "silu x " + widths.dense(),
                    tokens,
                    3L * tokens * widths.dense(),
                    memory -> {
                        long wide = (long) tokens * widths.dense();
                        Buffer up = memory.numbers(wide);
                        Buffer gate = memory.zeros(wide); // stays as it is: no overflow
                        return memory.running(_ -> memory.stream().siluMultiply(gate, up, wide));
                    });
            int experts = widths.experts();
            int k = widths.topK();
            pointwise(
                    "route %d of %d".formatted(k, experts),
                    tokens,
                    (long) tokens * experts * 2,
                    memory -> {
                        Buffer logits = memory.numbers((long) tokens * experts);
                        Buffer ids = memory.zeros((long) tokens * k);
                        Buffer shares = memory.zeros((long) tokens * k);
                        return memory.running(
                                _ ->
                                        memory.stream()
                                                .route(
                                                        ids, shares, logits, tokens, experts, k,
                                                        false));
                    });
        }
    }

    private interface Layout {
        OperationCase.Prepared in(Activations memory);
    }

    private void pointwise(String name, int tokens, long numbers, Layout layout) {
        cases.add(
                new OperationCase(
                        name,
                        tokens,
                        numbers * Float.BYTES,
                        0,
                        true,
                        () -> layout.in(new Activations(backend))));
    }
}
