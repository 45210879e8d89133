// The vectors of the AVX-512 tiers. See vector_scalar.hpp for what each function means.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "core.hpp"

namespace step3 {
namespace {

constexpr int W = 16;
constexpr int kTileTokens = 6;  // 4 x 6 sums, 6 of x and 1 of w: 31 of 32 registers
typedef float Vec __attribute__((vector_size(W * 4)));
typedef int32_t IntVec __attribute__((vector_size(W * 4)));
typedef float Vec4 __attribute__((vector_size(16)));

inline Vec load(const float *p) { return _mm512_loadu_ps(p); }
inline void store(float *p, Vec v) { _mm512_storeu_ps(p, v); }
inline __mmask16 mask(int64_t n) { return static_cast<__mmask16>((1u << n) - 1); }
inline Vec load_part(const float *p, int64_t n) { return _mm512_maskz_loadu_ps(mask(n), p); }
inline void store_part(float *p, Vec v, int64_t n) { _mm512_mask_storeu_ps(p, mask(n), v); }
inline Vec broadcast(float x) { return _mm512_set1_ps(x); }
inline Vec fma(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
inline Vec max(Vec a, Vec b) { return _mm512_max_ps(a, b); }
inline Vec min(Vec a, Vec b) { return _mm512_min_ps(a, b); }

inline __m256 fold(Vec v) {
    return _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
}
inline Vec4 sum_each(Vec a, Vec b, Vec c, Vec d) {
    __m256 v = _mm256_hadd_ps(_mm256_hadd_ps(fold(a), fold(b)), _mm256_hadd_ps(fold(c), fold(d)));
    return _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
}
inline float sum(Vec v) {
    __m256 half = fold(v);
    __m128 x = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    x = _mm_add_ps(x, _mm_movehl_ps(x, x));
    return x[0] + x[1];
}


// Lanes (128 bits) of a and b added in the order of fold: a's are the first two.
inline Vec fold_both(Vec a, Vec b) {
    return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee));
}
// Neighbours of each lane added, x's two sums before y's.
inline Vec add_neighbours(Vec x, Vec y) {
    return _mm512_add_ps(_mm512_shuffle_ps(x, y, 0x88), _mm512_shuffle_ps(x, y, 0xdd));
}
// As R times sum_each, to the bit, but four at a time take little more than half as long.
template <int R>
inline void sum_rows(const Vec (&sums)[4][R], Vec4 *out) {
    if constexpr (R == 1) {
        out[0] = sum_each(sums[0][0], sums[1][0], sums[2][0], sums[3][0]);
    } else {
        const __m512i order =
            _mm512_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
        for (int from = 0; from < R; from += 4) {
            Vec halves[4];  // of a lane: a, a, c, c, and of the next but one: b, b, d, d
            for (int i = 0; i < 4; i++) {
                int r = from + i < R ? from + i : R - 1;
                halves[i] = add_neighbours(fold_both(sums[0][r], sums[1][r]),
                                           fold_both(sums[2][r], sums[3][r]));
            }
            Vec first = add_neighbours(halves[0], halves[1]);
            Vec second = add_neighbours(halves[2], halves[3]);
            Vec all = _mm512_permutexvar_ps(
                order, _mm512_add_ps(_mm512_shuffle_f32x4(first, second, 0x88),
                                     _mm512_shuffle_f32x4(first, second, 0xdd)));
            int64_t n = R - from < 4 ? R - from : 4;
            store_part(reinterpret_cast<float *>(out + from), all, n * 4);
        }
    }
}

inline __m256i load256(const uint8_t *p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p));
}

inline void copy_part(uint8_t *to, const uint8_t *from, int64_t n) {
    for (int64_t i = 0; i < n; i += 64) {
        __mmask64 mask = n - i >= 64 ? ~0ull : (1ull << (n - i)) - 1;
        _mm512_storeu_si512(to + i, _mm512_maskz_loadu_epi8(mask, from + i));
    }
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
            __m512i words = _mm512_cvtepu16_epi32(load256(p + i * 2 * W));
            out[i] = _mm512_castsi512_ps(_mm512_slli_epi32(words, 16));
        }
    }
};

struct F16 {
    static constexpr int kBits = 16;
    static constexpr bool kScaled = false;
    static void decode(const uint8_t *p, Vec out[4]) {
        for (int i = 0; i < 4; i++) out[i] = _mm512_cvtph_ps(load256(p + i * 2 * W));
    }
};

#if defined(__AVX512VBMI__)

// The upper and the lower byte of each code's bf16, which holds every e4m3 value exactly, NaN too.
// Codes 0 to 127; the sign is put in afterwards.
struct Bf16Bytes {
    alignas(64) uint8_t high[128] = {};
    alignas(64) uint8_t low[128] = {};
    constexpr Bf16Bytes() {
        for (int code = 0; code < 128; code++) {
            int exponent = code >> 3, fraction = code & 7;
            int bits = 0;
            if (code == 127) {
                bits = 0x7fc0;
            } else if (exponent != 0) {
                bits = (exponent + 127 - 7) << 7 | fraction << 4;
            } else if (fraction != 0) {  // subnormal: fraction * 2^-9
                int top = fraction >= 4 ? 2 : fraction >= 2 ? 1 : 0;
                bits = (127 - 9 + top) << 7 | ((fraction << (7 - top)) & 0x7f);
            }
            high[code] = static_cast<uint8_t>(bits >> 8);
            low[code] = static_cast<uint8_t>(bits & 0xff);
        }
    }
};
constexpr Bf16Bytes kBf16Bytes;

// Bytes are interleaved within 128-bit lanes, and words taken apart into even and odd ones: this is
// where each code must stand beforehand, so that the floats come out in order.
struct LaneOrder {
    alignas(64) uint8_t from[64] = {};
    constexpr LaneOrder() {
        for (int i = 0; i < 64; i++) {
            int vector = i / 16, lane = i % 16 / 4, element = i % 4;
            from[16 * lane + 8 * (vector / 2) + 2 * element + vector % 2] =
                static_cast<uint8_t>(i);
        }
    }
};
constexpr LaneOrder kLaneOrder;

// Looks up 64 codes at once (vpermi2b). BF16 dot products are not used: to be exact they need the
// float32 activation split in three, and three of them are slower than two float32 FMAs.
struct F8 {
    static constexpr int kBits = 8;
    static constexpr bool kScaled = true;
    static constexpr float kUnit = 1;
    static void decode(const uint8_t *p, Vec out[4]) {
        __m512i order = _mm512_load_si512(kLaneOrder.from);
        __m512i codes = _mm512_permutexvar_epi8(order, _mm512_loadu_si512(p));
        __m512i high = look_up(kBf16Bytes.high, codes);
        __m512i low = look_up(kBf16Bytes.low, codes);
        // high | (codes & 0x80)
        high = _mm512_ternarylogic_epi32(high, codes, _mm512_set1_epi8(-128), 0xf8);
        __m512i first = _mm512_unpacklo_epi8(low, high);
        __m512i second = _mm512_unpackhi_epi8(low, high);
        __m512i odd = _mm512_set1_epi32(-65536);
        out[0] = _mm512_castsi512_ps(_mm512_slli_epi32(first, 16));
        out[1] = _mm512_castsi512_ps(_mm512_and_si512(first, odd));
        out[2] = _mm512_castsi512_ps(_mm512_slli_epi32(second, 16));
        out[3] = _mm512_castsi512_ps(_mm512_and_si512(second, odd));
    }

   private:
    static __m512i look_up(const uint8_t *table, __m512i codes) {
        return _mm512_permutex2var_epi8(_mm512_load_si512(table), codes,
                                        _mm512_load_si512(table + 64));
    }
};

#else

// As in vector_avx2.hpp.
struct F8 {
    static constexpr int kBits = 8;
    static constexpr bool kScaled = true;
    static constexpr float kUnit = 256;
    static void decode(const uint8_t *p, Vec out[4]) {
        __m512i codes = _mm512_loadu_si512(p);
        __m512i nan = _mm512_set1_epi8(0x7f);
        if (_mm512_cmpeq_epi8_mask(_mm512_and_si512(codes, nan), nan) != 0) {
            float values[4 * W];
            for (int i = 0; i < 4 * W; i++) values[i] = kE4m3[p[i]] / kUnit;
            for (int i = 0; i < 4; i++) out[i] = load(values + i * W);
            return;
        }
        for (int i = 0; i < 2; i++) {
            __m512i words = _mm512_cvtepi8_epi16(load256(p + i * 32));
            words = _mm512_and_si512(_mm512_slli_epi16(words, 7),
                                     _mm512_set1_epi16(static_cast<int16_t>(0xbfff)));
            out[2 * i] = _mm512_cvtph_ps(_mm512_castsi512_si256(words));
            out[2 * i + 1] = _mm512_cvtph_ps(_mm512_extracti64x4_epi64(words, 1));
        }
    }
};

#endif

}  // namespace
}  // namespace step3
