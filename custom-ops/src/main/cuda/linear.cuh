// What the linear kernels share: how weights of a row become fragments, and in which order a dot product is summed.
//
// A group is 128 bytes of a weight row: 128 columns of fp8 (a scale block) or 64 of bf16. A dot product does not
// mind in which order its terms come, so a lane (g = lane / 4, t = lane % 4) takes the 16 neighbouring bytes
// 16 t to 16 t + 15 of each half group, of the rows g and g + 8, and the activations that lie in the same columns.
// Step s of a half multiplies four of a lane's numbers: numbers 4 s and 4 s + 1 stand where mma.m16n8k16 has columns
// 2 t and 2 t + 1, and 4 s + 2, 4 s + 3 where it has 2 t + 8 and 2 t + 9. Weights are the operand of 16 rows,
// activations the one of 8 columns, one a token.
//
// The order of summation is the same in every kernel, whatever the number of tokens: within a group by halves, steps
// and planes in the tensor core's accumulator, from zero; times the scales; the groups from left to right, in
// float32. So a row of activations gives the same bits in decoding and in a prompt, alone and in company.
#pragma once

#include "arguments.cuh"
#include "ptx.cuh"

// Block-fp8 weights and f16 planes of activations. Widening: an e4m3 byte shifted into the upper bits of an f16 is 2^-8
// of its value, exactly, subnormals too; the factor 256 goes into the scale. So products are exact. NaN codes would
// become numbers: they are refused where weights are uploaded.
struct BlockFp8 {
    static constexpr int kColumns = 128;  // of a group
    static constexpr int kSteps = 4;      // of a half
    static constexpr bool kScaled = true;

    DEVICE static void widen(uint32_t four, uint32_t &low, uint32_t &high) {
        const uint32_t a = permute(four, 0, 0x1404), b = permute(four, 0, 0x3424);  // a byte to the upper half
        low = (a & 0x80008000u) | (a >> 1 & 0x3f803f80u);
        high = (b & 0x80008000u) | (b >> 1 & 0x3f803f80u);
    }
    // The fragment of a step, from a lane's 16 bytes of the rows g and g + 8.
    DEVICE static void fragment(uint32_t (&w)[4], const Bytes16 &upper, const Bytes16 &lower, int step) {
        widen(step == 0 ? upper.x : step == 1 ? upper.y : step == 2 ? upper.z : upper.w, w[0], w[2]);
        widen(step == 0 ? lower.x : step == 1 ? lower.y : step == 2 ? lower.z : lower.w, w[1], w[3]);
    }
    DEVICE static void mma(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) { mma_f16(d, a, b0, b1); }
};

// Weights and planes of activations in bf16, no scales.
struct Bf16 {
    static constexpr int kColumns = 64;
    static constexpr int kSteps = 2;
    static constexpr bool kScaled = false;

    DEVICE static void fragment(uint32_t (&w)[4], const Bytes16 &upper, const Bytes16 &lower, int step) {
        w[0] = step == 0 ? upper.x : upper.z;
        w[1] = step == 0 ? lower.x : lower.z;
        w[2] = step == 0 ? upper.y : upper.w;
        w[3] = step == 0 ? lower.y : lower.w;
    }
    DEVICE static void mma(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) { mma_bf16(d, a, b0, b1); }
};

// The products of a group, scaled: never fused with the sum that they go into, so that all kernels round alike.
DEVICE float scaled(float sum, float weight_scale, float x_scale) {
    return __fmul_rn(sum, __fmul_rn(__fmul_rn(weight_scale, 256.0f), x_scale));
}
DEVICE float plus(float total, float group) { return __fadd_rn(total, group); }

// Which places a thread block has: neighbours in the order of places.
struct Places {
    int expert;
    int first;
    int count;
};

DEVICE int place_of(const Linear &a, int i) { return a.order == nullptr ? i : a.order[i]; }
