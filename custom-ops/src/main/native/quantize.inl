// Dynamic fp8 quantisation of activations.
#pragma once

namespace step3 {
namespace {

// Rounds to nearest even; |x| is at most 448 but for NaN.
inline uint8_t encode_e4m3(float x) {
    uint32_t bits;
    __builtin_memcpy(&bits, &x, 4);
    uint32_t sign = bits >> 24 & 0x80, magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return 0x7f;
    if (magnitude < (127u - 6) << 23) {
        // Subnormal: adding 2^14, whose last place is 2^-9, rounds to whole multiples of that.
        float rounded = __builtin_fabsf(x) + 0x1p14f;
        __builtin_memcpy(&magnitude, &rounded, 4);
        return static_cast<uint8_t>(sign | (magnitude & 0x0f));
    }
    magnitude += 0x7ffff + (magnitude >> 20 & 1);
    return static_cast<uint8_t>(sign | ((magnitude >> 20) - ((127 - 7) << 3)));
}

// NaN if there is one.
inline float largest_magnitude(const float *x, int64_t n) {
    float largest = 0;
    for (int64_t i = 0; i < n; i++) {
        float magnitude = __builtin_fabsf(x[i]);
        if (magnitude > largest || magnitude != magnitude) largest = magnitude;
    }
    return largest;
}

// body(x, n, scale, place of the group) for each group of a row.
template <class Body>
inline void for_groups(const float *x, int64_t cols, int64_t group, const Body &body) {
    for (int64_t from = 0, g = 0; from < cols; from += group, g++) {
        int64_t n = smaller(group, cols - from);
        float largest = largest_magnitude(x + from, n);
        body(from, n, (largest < 1e-10f ? 1e-10f : largest) / 448, g);
    }
}

inline uint8_t encode_scaled(float x, float scale) {
    float scaled = x / scale;
    scaled = scaled > 448 ? 448 : scaled < -448 ? -448 : scaled;
    return encode_e4m3(scaled);
}

int quantize(Pool &pool, const step3_quantize_args &a) {
    int64_t groups = ceil_div(a.cols, a.group);
    for_each(pool, a.rows, product(a.rows, a.cols, kExpCost), [&](int64_t r) {
        const float *x = a.x + r * a.cols;
        uint8_t *codes = a.codes + r * a.cols;
        for_groups(x, a.cols, a.group, [&](int64_t from, int64_t n, float scale, int64_t g) {
            a.scales[r * groups + g] = scale;
            for (int64_t i = from; i < from + n; i++) codes[i] = encode_scaled(x[i], scale);
        });
    });
    return STEP3_OK;
}

int fake_quantize(Pool &pool, const step3_fake_quantize_args &a) {
    for_each(pool, a.rows, product(a.rows, a.cols, kExpCost), [&](int64_t r) {
        const float *in = a.x + r * a.cols;
        float *to = a.out + r * a.cols;
        for_groups(in, a.cols, a.group, [&](int64_t from, int64_t n, float scale, int64_t) {
            for (int64_t i = from; i < from + n; i++) {
                to[i] = kE4m3[encode_scaled(in[i], scale)] * scale;
            }
        });
    });
    return STEP3_OK;
}

}  // namespace
}  // namespace step3
