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

inline Vec load(const float *p) {
    Vec v;
    std::memcpy(&v, p, sizeof v);
    return v;
}
inline void store(float *p, Vec v) { std::memcpy(p, &v, sizeof v); }

// The first n floats, the rest zero; nothing behind them is touched.
inline Vec load_part(const float *p, int64_t n) {
    Vec v = {};
    std::memcpy(&v, p, static_cast<size_t>(n) * 4);
    return v;
}
inline void store_part(float *p, Vec v, int64_t n) { std::memcpy(p, &v, static_cast<size_t>(n) * 4); }

inline Vec broadcast(float x) { return Vec{x, x, x, x}; }
inline Vec fma(Vec a, Vec b, Vec c) { return a * b + c; }
// Where either is NaN, b.
inline Vec max(Vec a, Vec b) { return a > b ? a : b; }
inline Vec min(Vec a, Vec b) { return a < b ? a : b; }
inline float sum(Vec v) { return (v[0] + v[2]) + (v[1] + v[3]); }
inline Vec4 sum_each(Vec a, Vec b, Vec c, Vec d) { return Vec4{sum(a), sum(b), sum(c), sum(d)}; }

// The sums of four rows' products with R others: out[r] is sum_each of sums[0][r] to sums[3][r].
template <int R>
inline void sum_rows(const Vec (&sums)[4][R], Vec4 *out) {
    for (int r = 0; r < R; r++) {
        out[r] = sum_each(sums[0][r], sums[1][r], sums[2][r], sums[3][r]);
    }
}

// Copies n < 4 * W * 4 bytes.
inline void copy_part(uint8_t *to, const uint8_t *from, int64_t n) {
    std::memcpy(to, from, static_cast<size_t>(n));
}

inline float float_of_bits(uint32_t bits) {
    float x;
    std::memcpy(&x, &bits, 4);
    return x;
}

// How 4 * W neighbouring weights of each type become float32. What they yield is 1 / kUnit of the
// value; the factor goes into the block's scale.
struct F32 {
    static constexpr int kBits = 32;
    static constexpr bool kScaled = false;
    static void decode(const uint8_t *p, Vec out[4]) { std::memcpy(out, p, 4 * W * 4); }
};

// value(i) for each of the 4 * W weights.
template <class Value>
inline void fill(Vec out[4], const Value &value) {
    float values[4 * W];
    for (int i = 0; i < 4 * W; i++) values[i] = value(i);
    std::memcpy(out, values, sizeof values);
}

inline uint32_t word(const uint8_t *p, int i) {
    uint16_t bits;
    std::memcpy(&bits, p + 2 * i, 2);
    return bits;
}

struct Bf16 {
    static constexpr int kBits = 16;
    static constexpr bool kScaled = false;
    static void decode(const uint8_t *p, Vec out[4]) {
        fill(out, [p](int i) { return float_of_bits(word(p, i) << 16); });
    }
};

struct F16 {
    static constexpr int kBits = 16;
    static constexpr bool kScaled = false;
    static void decode(const uint8_t *p, Vec out[4]) {
        fill(out, [p](int i) {
            uint32_t half = word(p, i), sign = (half & 0x8000) << 16, rest = (half & 0x7fff) << 13;
            // Moves the exponent's bias from 15 to 127, and makes subnormals normal.
            float magnitude = float_of_bits(rest) * 0x1p112f;
            // Infinity and NaN have all bits of the exponent set.
            if ((half & 0x7c00) == 0x7c00) magnitude = float_of_bits(rest | 0x7f800000);
            return sign != 0 ? -magnitude : magnitude;
        });
    }
};

struct F8 {
    static constexpr int kBits = 8;
    static constexpr bool kScaled = true;
    static constexpr float kUnit = 1;
    static void decode(const uint8_t *p, Vec out[4]) {
        fill(out, [p](int i) { return kE4m3[p[i]]; });
    }
};

}  // namespace
}  // namespace step3
