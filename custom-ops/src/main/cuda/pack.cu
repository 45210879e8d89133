// Packs activations for the linear kernels: one thread block a token. With `up` it packs silu(x) * up, which saves the
// gated unit a way through memory.
#include "arguments.cuh"
#include "ptx.cuh"

namespace {

constexpr int kThreads = 256;

DEVICE float number(const Pack &a, const float *x, const float *up, int i) {
    if (i >= a.columns) return 0;
    const float v = x[i];
    return up == nullptr ? v : __fmul_rn(v / (1 + expf(-v)), up[i]);
}

// The nearest number of e4m3, ties to even, at most 448 in magnitude. NaN stays NaN. The steps between numbers are
// 2^-3 of their power of two, and 2^-9 for all below 2^-6; adding 2^23 steps rounds to whole ones.
DEVICE float e4m3_value(float x) {
    if (x != x) return x;
    const float magnitude = fminf(fabsf(x), 448.0f);
    const uint32_t exponent = float_to_bits(magnitude) >> 23;
    const float big = bits_to_float(((exponent < 121 ? 121 : exponent) - 3 + 23) << 23);
    const float rounded = __fsub_rn(__fadd_rn(magnitude, big), big);
    return copysignf(rounded, x);
}

struct Shared {
    float largest[kThreads / 32];
};

DEVICE float block_max(float x, float *warps) {
    x = warp_max(x);
    if (lane_id() == 0) warps[warp_id()] = x;
    sync_block();
    UNROLL
    for (int w = 0; w < kThreads / 32; w++) x = fmaxf(x, warps[w]);
    return x;
}

}  // namespace

// Two planes of f16, and the power of two that brings a token's largest number into [2^13, 2^14). Numbers down to
// 2^-16 of the largest keep 22 bits; those below are off by 2^-39 of it at most.
KERNEL(pack_f16x2, Pack, 256, 4) {
    Shared &shared = shared_memory<Shared>();
    const int token = block_x(), groups = a.pitch / 128;
    const float *x = a.x + static_cast<int64_t>(token) * a.columns;
    const float *up = a.up == nullptr ? nullptr : a.up + static_cast<int64_t>(token) * a.columns;
    float largest = 0;
    for (int i = thread_id(); i < a.columns; i += kThreads) largest = fmaxf(largest, fabsf(number(a, x, up, i)));
    largest = block_max(largest, shared.largest);
    uint32_t exponent = float_to_bits(largest) >> 23;
    exponent = exponent < 27 ? 27 : exponent > 240 ? 240 : exponent;
    const float raise = bits_to_float((127 + 13 + 127 - exponent) << 23), lower = bits_to_float((exponent - 13) << 23);
    uint16_t *to = a.planes + static_cast<int64_t>(token) * 2 * a.pitch;
    for (int i = thread_id() * 2; i < a.pitch; i += 2 * kThreads) {
        const float p = number(a, x, up, i) * raise, q = number(a, x, up, i + 1) * raise;
        const uint32_t pair = pack_f16(p, q);
        *reinterpret_cast<uint32_t *>(to + i) = pair;
        *reinterpret_cast<uint32_t *>(to + a.pitch + i) = pack_f16(p - low_f16(pair), q - high_f16(pair));
    }
    for (int i = thread_id(); i < groups; i += kThreads) a.scales[static_cast<int64_t>(token) * groups + i] = lower;
}

// Three planes of bf16: 24 bits, so all of a float32.
KERNEL(pack_bf16x3, Pack, 256, 4) {
    const int token = block_x();
    const float *x = a.x + static_cast<int64_t>(token) * a.columns;
    const float *up = a.up == nullptr ? nullptr : a.up + static_cast<int64_t>(token) * a.columns;
    uint16_t *to = a.planes + static_cast<int64_t>(token) * 3 * a.pitch;
    for (int i = thread_id() * 2; i < a.pitch; i += 2 * kThreads) {
        float p = number(a, x, up, i), q = number(a, x, up, i + 1);
        UNROLL
        for (int n = 0; n < 3; n++) {
            const uint32_t pair = pack_bf16(p, q);
            *reinterpret_cast<uint32_t *>(to + n * a.pitch + i) = pair;
            p -= low_bf16(pair);
            q -= high_bf16(pair);
        }
    }
}

// One plane, which holds e4m3 codes as f16 (all of them are exact), and a scale for each 128 columns: dynamic
// quantisation as the CPU does it (scale = max(absmax, 1e-10) / 448). A warp a group.
KERNEL(pack_e4m3, Pack, 256, 4) {
    const int token = block_x(), groups = a.pitch / 128;
    const float *x = a.x + static_cast<int64_t>(token) * a.columns;
    const float *up = a.up == nullptr ? nullptr : a.up + static_cast<int64_t>(token) * a.columns;
    uint16_t *to = a.planes + static_cast<int64_t>(token) * a.pitch;
    for (int group = warp_id(); group < groups; group += kThreads / 32) {
        float own[4];
        float largest = 0;
        UNROLL
        for (int i = 0; i < 4; i++) {
            own[i] = number(a, x, up, group * 128 + lane_id() * 4 + i);
            largest = fmaxf(largest, fabsf(own[i]));
        }
        const float scale = __fdiv_rn(fmaxf(warp_max(largest), 1e-10f), 448.0f);
        UNROLL
        for (int i = 0; i < 4; i++) own[i] = e4m3_value(__fdiv_rn(own[i], scale));
        uint32_t *pairs = reinterpret_cast<uint32_t *>(to + group * 128 + lane_id() * 4);
        pairs[0] = pack_f16(own[0], own[1]);
        pairs[1] = pack_f16(own[2], own[3]);
        if (lane_id() == 0) a.scales[static_cast<int64_t>(token) * groups + group] = scale;
    }
}
