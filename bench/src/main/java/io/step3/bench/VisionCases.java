package io.step3.bench;

import io.step3.ops.Backend;
import io.step3.ops.Buffer;
import io.step3.ops.Convolution;
import io.step3.ops.Matrix;
import io.step3.ops.WeightType;
import java.util.ArrayList;
import java.util.List;

/** The operations of the vision tower on one whole picture. */
final class VisionCases {

    private VisionCases() {}

    static List<OperationCase> of(Backend backend, WeightMemory weights, Widths widths) {
        List<OperationCase> cases = new ArrayList<>();
        int tokens = widths.visionTokens();
        int width = widths.vision();
        cases.add(linear(backend, weights, "vision qkv", tokens, 3L * width, width));
        cases.add(linear(backend, weights, "vision fc1", tokens, widths.visionMlp(), width));
        cases.add(attention(backend, tokens, widths.visionHeads(), width / widths.visionHeads()));
        cases.add(patches(backend, weights, widths));
        long numbers = (long) tokens * width;
        cases.add(
                new OperationCase(
                        "vision layer norm " + width,
                        tokens,
                        2 * numbers * Float.BYTES,
                        0,
                        true,
                        () -> {
                            Activations memory = new Activations(backend);
                            Buffer x = memory.numbers(numbers);
                            Buffer out = memory.zeros(numbers);
                            Matrix gain = memory.vector(width);
                            Matrix bias = memory.vector(width);
                            return memory.running(
                                    _ ->
                                            memory.stream()
                                                    .layerNorm(out, x, gain, bias, tokens, 1e-5f));
                        }));
        return cases;
    }

    private static OperationCase linear(
            Backend backend, WeightMemory weights, String what, int tokens, long rows, long cols) {
        return OperationCases.linear(
                backend,
                weights,
                "%s bf16 %d->%d".formatted(what, cols, rows),
                tokens,
                WeightType.BF16,
                rows,
                cols);
    }

    private static OperationCase attention(Backend backend, int tokens, int heads, int dim) {
        long width = (long) heads * dim;
        return new OperationCase(
                "vision attention %d x %d".formatted(heads, dim),
                tokens,
                Float.BYTES * 4L * tokens * width,
                4.0 * tokens * tokens * width,
                false,
                () -> {
                    Activations memory = new Activations(backend);
                    Buffer qkv = memory.numbers(3L * tokens * width);
                    Buffer out = memory.zeros(tokens * width);
                    float scale = (float) (1 / Math.sqrt(dim));
                    return memory.running(
                            _ ->
                                    memory.stream()
                                            .fullAttention(out, qkv, tokens, heads, dim, scale));
                });
    }

    private static OperationCase patches(Backend backend, WeightMemory weights, Widths widths) {
        int side = widths.visionGrid() * widths.patch();
        Convolution shape =
                Convolution.overPlanes(3, side, side, widths.patch(), widths.patch(), 0);
        long outputs = (long) shape.outHeight() * shape.outWidth();
        long patch = shape.patch();
        return new OperationCase(
                "vision patches %d x %d to %d".formatted(side, side, widths.vision()),
                (int) outputs,
                Float.BYTES * (3L * side * side + outputs * widths.vision())
                        + 2 * patch * widths.vision(),
                2.0 * outputs * patch * widths.vision(),
                false,
                () -> {
                    List<Matrix> each =
                            weights.matrices(WeightType.BF16, widths.vision(), patch).stream()
                                    .map(backend::hold)
                                    .toList();
                    Activations memory = new Activations(backend);
                    Buffer in = memory.numbers(3L * side * side);
                    Buffer out = memory.zeros(outputs * widths.vision());
                    Buffer scratch = memory.bytes(backend.convolveScratch(shape));
                    return memory.running(
                            i ->
                                    memory.stream()
                                            .convolve(
                                                    out,
                                                    in,
                                                    each.get(i % each.size()),
                                                    null,
                                                    shape,
                                                    scratch));
                });
    }
}
