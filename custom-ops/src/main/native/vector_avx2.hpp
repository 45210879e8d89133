// The vectors of the AVX2 tier. See vector_scalar.hpp for what each function means.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "core.hpp"

namespace step3 {
namespace {

constexpr int W = 8;
constexpr int kTileTokens = 3;  // 4 x 3 sums, 3 of x and 1 of w: all 16 registers
typedef float Vec __attribute__((vector_size(W * 4)));
typedef int32_t IntVec __attribute__((vector_size(W * 4)));
typedef float Vec4 __attribute__((vector_size(16)));

inline Vec load(const float *p) { return _mm256_loadu_ps(p); }
inline void store(float *p, Vec v) { _mm256_storeu_ps(p, v); }

alignas(32) constexpr int32_t kMask[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
inline __m256i mask(int64_t n) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(kMask + W - n));
}
inline Vec load_part(const float *p, int64_t n) { return _mm256_maskload_ps(p, mask(n)); }
inline void store_part(float *p, Vec v, int64_t n) { _mm256_maskstore_ps(p, mask(n), v); }

inline Vec broadcast(float x) { return _mm256_set1_ps(x); }
inline Vec fma(Vec a, Vec b, Vec c) { return _mm256_fmadd_ps(a, b, c); }
inline Vec max(Vec a, Vec b) { return _mm256_max_ps(a, b); }
inline Vec min(Vec a, Vec b) { return _mm256_min_ps(a, b); }
inline Vec4 sum_each(Vec a, Vec b, Vec c, Vec d) {
    __m256 v = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
    return _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
}
inline float sum(Vec v) { return sum_each(v, v, v, v)[0]; }

template <int R>
inline void sum_rows(const Vec (&sums)[4][R], Vec4 *out) {
    for (int r = 0; r < R; r++) {
        out[r] = sum_each(sums[0][r], sums[1][r], sums[2][r], sums[3][r]);
    }
}

inline __m128i load128(const uint8_t *p) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i *>(p));
}

inline void copy_part(uint8_t *to, const uint8_t *from, int64_t n) {
    int64_t i = 0;
    for (; i + 16 <= n; i += 16) {
        _mm_storeu_si128(reinterpret_cast<__m128i *>(to + i), load128(from + i));
    }
    for (; i < n; i++) to[i] = from[i];
}

struct F32 {
    static constexpr int kBits = 32;
    static constexpr bool kScaled = false;
    static void decode(const uint8_t *p, Vec out[4]) {
        for (int i = 0; i < 4; i++) out[i] = load(reinterpret_cast<const float *>(p) + i * W);
    }
};

struct Bf16 {
    static constexpr int kBits = 16;
    static constexpr bool kScaled = false;
    static void decode(const uint8_t *p, Vec out[4]) {
        for (int i = 0; i < 4; i++) {
            __m256i words = _mm256_cvtepu16_epi32(load128(p + i * 2 * W));
            out[i] = _mm256_castsi256_ps(_mm256_slli_epi32(words, 16));
        }
    }
};

struct F16 {
    static constexpr int kBits = 16;
    static constexpr bool kScaled = false;
    static void decode(const uint8_t *p, Vec out[4]) {
        for (int i = 0; i < 4; i++) out[i] = _mm256_cvtph_ps(load128(p + i * 2 * W));
    }
};

// Shifted by seven, an e4m3 code is a half whose exponent is eight too small; subnormals too. Only
// NaN codes come out wrong, and are rare.
struct F8 {
    static constexpr int kBits = 8;
    static constexpr bool kScaled = true;
    static constexpr float kUnit = 256;
    static void decode(const uint8_t *p, Vec out[4]) {
        __m256i codes = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p));
        __m256i nan = _mm256_set1_epi8(0x7f);
        if (_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(codes, nan), nan)) != 0) {
            float values[4 * W];
            for (int i = 0; i < 4 * W; i++) values[i] = kE4m3[p[i]] / kUnit;
            for (int i = 0; i < 4; i++) out[i] = load(values + i * W);
            return;
        }
        for (int i = 0; i < 2; i++) {
            __m256i words = _mm256_cvtepi8_epi16(load128(p + i * 16));
            words = _mm256_and_si256(_mm256_slli_epi16(words, 7),
                                     _mm256_set1_epi16(static_cast<int16_t>(0xbfff)));
            out[2 * i] = _mm256_cvtph_ps(_mm256_castsi256_si128(words));
            out[2 * i + 1] = _mm256_cvtph_ps(_mm256_extracti128_si256(words, 1));
        }
    }
};

}  // namespace
}  // namespace step3
