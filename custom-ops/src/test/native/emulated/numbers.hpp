// Numbers of 8 and 16 bits, and what PTX says of rounding.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace emulated {

inline float f32_of_bits(uint32_t bits) {
    float f;
    __builtin_memcpy(&f, &bits, 4);
    return f;
}
inline uint32_t bits_of_f32(float f) {
    uint32_t bits;
    __builtin_memcpy(&bits, &f, 4);
    return bits;
}

// With .ftz subnormal inputs and results are zeros of the same sign; with .sat results are in [0,
// 1], and NaN is 0.
inline float flushed(float x) {
    return std::fabs(x) < 0x1p-126f ? std::copysign(0.0f, x) : x;
}
inline float saturated(float x) {
    return x > 0 ? (x < 1 ? x : 1.0f) : 0.0f;
}

inline float from_f16(uint16_t x) {
#ifdef __F16C__
    _Float16 h;
    __builtin_memcpy(&h, &x, 2);
    return static_cast<float>(h);
#else
    uint32_t sign = static_cast<uint32_t>(x & 0x8000) << 16, e = x >> 10 & 31, m = x & 0x3ff;
    if (e == 31) return f32_of_bits(sign | 0x7f800000 | m << 13);
    if (e == 0) return f32_of_bits(sign | bits_of_f32(static_cast<float>(m) * 0x1p-24f));
    return f32_of_bits(sign | (e + 112) << 23 | m << 13);
#endif
}
// To nearest, ties to even. NaN becomes the canonical one.
inline uint16_t to_f16(float x) {
    uint32_t bits = bits_of_f32(x), sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return 0x7fff;
    if (magnitude >= 0x477ff000) return static_cast<uint16_t>(sign | 0x7c00);
    if (magnitude < 0x38800000) {  // below 2^-14: whole multiples of 2^-24
        return static_cast<uint16_t>(sign | (bits_of_f32(std::fabs(x) + 0.5f) - 0x3f000000));
    }
    magnitude += 0xfff + (magnitude >> 13 & 1);
    return static_cast<uint16_t>(sign | (magnitude - 0x38000000) >> 13);
}

inline float from_bf16(uint16_t x) {
    return f32_of_bits(static_cast<uint32_t>(x) << 16);
}
inline uint16_t to_bf16(float x) {
    uint32_t bits = bits_of_f32(x);
    if ((bits & 0x7fffffff) > 0x7f800000) return 0x7fff;
    return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

inline float from_e4m3(uint8_t x) {
    uint32_t e = x >> 3 & 15, m = x & 7, sign = static_cast<uint32_t>(x & 0x80) << 24;
    if ((x & 0x7f) == 0x7f) return f32_of_bits(0x7fffffff);
    if (e == 0) return f32_of_bits(sign | bits_of_f32(static_cast<float>(m) * 0x1p-9f));
    return f32_of_bits(sign | (e + 120) << 23 | m << 20);
}
// To nearest, ties to even; what is too great becomes 448 (cvt with .satfinite).
inline uint8_t to_e4m3(float x) {
    uint32_t sign = bits_of_f32(x) >> 24 & 0x80;
    float a = std::fabs(x);
    if (a != a) return 0x7f;
    if (a >= 464) return static_cast<uint8_t>(sign | 0x7e);
    if (a < 0x1p-6f)
        return static_cast<uint8_t>(sign | static_cast<uint32_t>(std::nearbyint(a * 0x1p9f)));
    uint32_t bits = bits_of_f32(a);
    bits += 0x7ffff + (bits >> 20 & 1);
    uint32_t code = (bits - 0x3c000000) >> 20;
    return static_cast<uint8_t>(sign | (code > 0x7e ? 0x7e : code));
}
inline float from_e5m2(uint8_t x) {
    return from_f16(static_cast<uint16_t>(x << 8));
}

}  // namespace emulated
