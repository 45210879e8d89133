package io.step3.model;

import java.lang.foreign.MemorySegment;

/**
 * Which experts a mixture-of-experts layer chose for some tokens of a sequence. The segments are
 * valid only while an observer is told.
 *
 * @param layer counted from 0 over all layers
 * @param position of the first token in its sequence
 * @param rows how many tokens
 * @param ids int32 {@code [rows, k]}, best first
 * @param weights float32 {@code [rows, k]}
 * @param probabilities float32 {@code [rows, experts]}
 */
public record Routing(
        int layer,
        int position,
        int rows,
        MemorySegment ids,
        MemorySegment weights,
        MemorySegment probabilities) {}
