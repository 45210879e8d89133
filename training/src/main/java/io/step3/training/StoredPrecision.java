package io.step3.training;

import ai.djl.ndarray.types.Shape;
import io.step3.ops.E4m3;

/** What the export's rounding (experts in block fp8, the rest in bfloat16) does to the weights. */
final class StoredPrecision {

    /** Side of the square block of an expert that shares one scale. */
    static final int BLOCK = 128;

    private final Parameters parameters;

    StoredPrecision(Parameters parameters) {
        this.parameters = parameters;
    }

    /** Rounded weights minus weights. */
    float[] rounding(float[] weights) {
        var rounding = new float[weights.length];
        for (Parameters.Part part : parameters.parts()) {
            int offset = (int) part.offset();
            if (isFp8(part)) {
                blocks(weights, offset, part.shape(), rounding);
            } else {
                for (int i = offset; i < offset + part.shape().size(); i++) {
                    rounding[i] = Safetensors.Tensor.bfloat16(weights[i]) - weights[i];
                }
            }
        }
        return rounding;
    }

    /** Whether a tensor is stored in block fp8. */
    static boolean isFp8(Parameters.Part part) {
        return part.expert() >= 0;
    }

    private static void blocks(float[] weights, int offset, Shape shape, float[] rounding) {
        int rows = (int) shape.get(0);
        int columns = (int) shape.get(1);
        for (int top = 0; top < rows; top += BLOCK) {
            for (int left = 0; left < columns; left += BLOCK) {
                float scale = blockScale(weights, offset, rows, columns, top, left);
                for (int row = top; row < Math.min(rows, top + BLOCK); row++) {
                    int from = offset + row * columns;
                    for (int i = from + left; i < from + Math.min(columns, left + BLOCK); i++) {
                        float rounded = E4m3.decode(E4m3.encode(weights[i] / scale)) * scale;
                        rounding[i] = rounded - weights[i];
                    }
                }
            }
        }
    }

    /**
     * Scale of the block of a [rows,columns] matrix at some offset whose upper left corner is
     * given.
     */
    static float blockScale(float[] weights, int offset, int rows, int columns, int top, int left) {
        float largest = 0;
        for (int row = top; row < Math.min(rows, top + BLOCK); row++) {
            for (int column = left; column < Math.min(columns, left + BLOCK); column++) {
                largest = Math.max(largest, Math.abs(weights[offset + row * columns + column]));
            }
        }
        return E4m3.scale(largest);
    }
}
