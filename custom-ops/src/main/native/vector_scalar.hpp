// The vectors of the scalar tier: four floats of the compiler's own vector type, which every
// architecture has (SSE2, NEON, or plain code).
#pragma once

#include <cstdint>
#include <cstring>

#include "core.hpp"

namespace step3 {
namespace {

constexpr int W = 4;            // floats in a vector
constexpr int kTileTokens = 3;  // rows of x that share a load of the weights
typedef float Vec __attribute__((vector_size(W * 4)));
typedef int32_t IntVec __attribute__((vector_size(W * 4)));
typedef float Vec4 __attribute__((vector_size(16)));

Vec load(const float *p) {
    Vec v;
    std::memcpy(&v, p, sizeof v);
    return v;
}
void store(float *p, Vec v) { std::memcpy(p, &v, sizeof v); }

// The first n floats, the rest zero; nothing behind them is touched.
Vec load_part(const float *p, int64_t n) {
    Vec v = {};
    std::memcpy(&v, p, static_cast<size_t>(n) * 4);
    return v;
}
void store_part(float *p, Vec v, int64_t n) { std::memcpy(p, &v, static_cast<size_t>(n) * 4); }

Vec broadcast(float x) { return Vec{x, x, x, x}; }
Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }
// Where either is NaN, b.
Vec max(Vec a, Vec b) { return a > b ? a : b; }
Vec min(Vec a, Vec b) { return a < b ? a : b; }
float sum(Vec v) { return (v[0] + v[2]) + (v[1] + v[3]); }
Vec4 sum_each(Vec a, Vec b, Vec c, Vec d) { return Vec4{sum(a), sum(b), sum(c), sum(d)}; }

float float_of_bits(uint32_t bits) {
    float x;
    std::memcpy(&x, &bits, 4);
    return x;
}

// How 4 * W neighbouring weights of each type become float32. What they yield is 1 / kUnit of the
// value; the factor goes into the block's scale.
struct F32 {
    static constexpr int kBytes = 4;
    static void decode(const uint8_t *p, Vec out[4]) { std::memcpy(out, p, 4 * W * 4); }
};

struct Bf16 {
    static constexpr int kBytes = 2;
    static void decode(const uint8_t *p, Vec out[4]) {
        for (int i = 0; i < 4 * W; i++) {
            uint16_t bits;
            std::memcpy(&bits, p + 2 * i, 2);
            out[i / W][i % W] = float_of_bits(static_cast<uint32_t>(bits) << 16);
        }
    }
};

struct F16 {
    static constexpr int kBytes = 2;
    static void decode(const uint8_t *p, Vec out[4]) {
        for (int i = 0; i < 4 * W; i++) {
            uint16_t half;
            std::memcpy(&half, p + 2 * i, 2);
            uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
            uint32_t rest = static_cast<uint32_t>(half & 0x7fff) << 13;
            // Moves the exponent's bias from 15 to 127, and makes subnormals normal.
            float magnitude = float_of_bits(rest) * 0x1p112f;
            if ((half & 0x7c00) == 0x7c00) magnitude = float_of_bits(rest | 0x7f800000);
            uint32_t bits;
            std::memcpy(&bits, &magnitude, 4);
            out[i / W][i % W] = float_of_bits(bits | sign);
        }
    }
};

struct F8 {
    static constexpr int kBytes = 1;
    static constexpr float kUnit = 1;
    static void decode(const uint8_t *p, Vec out[4]) {
        for (int i = 0; i < 4 * W; i++) out[i / W][i % W] = kE4m3[p[i]];
    }
};

}  // namespace
}  // namespace step3
