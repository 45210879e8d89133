package io.step3.checkpoint;

import com.google.gson.JsonArray;
import java.util.List;

/**
 * How large a block of an fp8 matrix is that shares a scale. Which tensors are fp8 is not said here
 * but by each tensor's dtype.
 *
 * @param blockRows outputs, 128 in the published model
 * @param blockCols inputs, 128 in the published model
 */
public record QuantizationConfig(int blockRows, int blockCols) {

    private static final int MAX_BLOCK = 1 << 20;

    /** The published blocks. */
    static final QuantizationConfig PUBLISHED = new QuantizationConfig(128, 128);

    /** Blocks that rows make, the last may be shorter. */
    public long scaleRows(long rows) {
        return Math.ceilDiv(rows, blockRows);
    }

    /** Blocks that columns make, the last may be shorter. */
    public long scaleCols(long cols) {
        return Math.ceilDiv(cols, blockCols);
    }

    /**
     * Bytes of the scales of an fp8 tensor.
     *
     * @param shape of a matrix, or of a layer's experts
     */
    public long scaleBytes(List<Long> shape) {
        int cols = shape.size() - 1;
        long scales = scaleRows(shape.get(cols - 1)) * scaleCols(shape.get(cols));
        return scales * (cols > 1 ? shape.getFirst() : 1) * Float.BYTES;
    }

    static QuantizationConfig parse(ConfigObject config) {
        config.require("quant_method", "fp8");
        config.require("fmt", "e4m3");
        return config.value("weight_block_size")
                .map(
                        value -> {
                            if (!(value instanceof JsonArray block && block.size() == 2)) {
                                throw config.refused(
                                        "weight_block_size", value, "two numbers [rows, columns]");
                            }
                            return new QuantizationConfig(
                                    config.integer("weight_block_size", block.get(0), 1, MAX_BLOCK),
                                    config.integer(
                                            "weight_block_size", block.get(1), 1, MAX_BLOCK));
                        })
                .orElse(PUBLISHED);
    }
}
