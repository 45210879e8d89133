// What the plain kernels share: how weights lie in the device's memory, and how a number of any format is read.
// Plain kernels take every shape, compute in float32, and are what the tuned ones are measured against. None of
// them lets one row notice another: what a row becomes depends on that row alone, to the bit.
#pragma once

#include <cuda_fp16.h>
#include <stdint.h>

namespace plain {

enum Format { kF32 = 0, kBf16 = 1, kF16 = 2, kE4m3 = 3 };

// One matrix, or those of a layer's experts; rows begin at a pitch of whole 128 bytes, the gap is zeros.
struct Weights {
    const unsigned char *data;  // null: there is none
    const float *scales;        // of fp8: [matrices, ceil(rows / blockRows), scaleCols]
    int64_t pitch;              // bytes from row to row
    int64_t matrix;             // bytes from matrix to matrix
    int64_t matrixScales;       // scales from matrix to matrix
    int32_t rows;
    int32_t cols;
    int32_t format;
    int32_t blockRows;
    int32_t blockCols;
    int32_t scaleCols;
};

// A row of a pass: where its sequence's cache lies, and which token of the sequence it is.
struct Row {
    const int64_t *blocks;  // addresses of pieces of 64 tokens
    int32_t position;
    int32_t format;
};

// What went wrong first; the host looks when it waits.
struct Fault {
    int32_t kind;
    int32_t row;
    int32_t value;
    int32_t limit;
};

enum Kind { kNone = 0, kLogits = 1, kEmbedding = 2, kExpert = 3 };

__device__ inline void report(Fault *fault, int kind, int row, int value, int limit) {
    if (atomicCAS(&fault->kind, 0, kind) == 0) {
        fault->row = row;
        fault->value = value;
        fault->limit = limit;
    }
}

// Exact for all codes: the bits, moved into a float32, count 2^-120 of the value, subnormals too.
__device__ inline float e4m3(uint32_t code) {
    float value = __uint_as_float((code & 0x80) << 24 | (code & 0x7f) << 20) * 0x1p120f;
    return (code & 0x7f) == 0x7f ? __uint_as_float(0x7fffffff) : value;
}

// To nearest even, clamped to 448; NaN stays NaN.
__device__ inline uint32_t to_e4m3(float x) {
    if (x != x) {
        return 0x7f;
    }
    uint32_t sign = __float_as_uint(x) >> 24 & 0x80;
    float magnitude = fminf(fabsf(x), 448.0f);
    if (magnitude < 0x1p-6f) {
        return sign | static_cast<uint32_t>(__float2int_rn(magnitude * 512.0f));
    }
    uint32_t bits = __float_as_uint(magnitude);
    bits += 0x7ffff + (bits >> 20 & 1);
    return sign | ((bits >> 20) - (120 << 3));
}

// To nearest even, clamped to 65504; NaN stays NaN.
__device__ inline uint16_t to_f16(float x) {
    return __half_as_ushort(__float2half_rn(x != x ? x : fminf(fmaxf(x, -65504.0f), 65504.0f)));
}

// The scale of a group whose largest magnitude has these bits: NaN's are the largest of all.
__device__ inline float e4m3_scale(uint32_t largest) {
    float magnitude = __uint_as_float(largest);
    return (magnitude < 1e-10f ? 1e-10f : magnitude) / 448.0f;
}

__device__ inline uint32_t magnitude_bits(float x) { return __float_as_uint(x) & 0x7fffffff; }

__device__ inline float bf16(uint32_t bits) { return __uint_as_float(bits << 16); }

__device__ inline uint16_t to_bf16(float x) {
    uint32_t bits = __float_as_uint(x);
    if (x != x) {
        return static_cast<uint16_t>(bits >> 16 | 0x40);
    }
    return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

__device__ inline float f16(uint32_t bits) { return __half2float(__ushort_as_half(static_cast<unsigned short>(bits))); }

// Four neighbouring numbers, without their scale; the first is a multiple of four.
template <int F>
__device__ inline void four(const unsigned char *row, int64_t first, float to[4]) {
    if (F == kF32) {
        float4 x = *reinterpret_cast<const float4 *>(row + 4 * first);
        to[0] = x.x, to[1] = x.y, to[2] = x.z, to[3] = x.w;
    } else if (F == kE4m3) {
        uint32_t x = *reinterpret_cast<const uint32_t *>(row + first);
        to[0] = e4m3(x & 0xff), to[1] = e4m3(x >> 8 & 0xff), to[2] = e4m3(x >> 16 & 0xff), to[3] = e4m3(x >> 24);
    } else {
        uint2 x = *reinterpret_cast<const uint2 *>(row + 2 * first);
        if (F == kBf16) {
            to[0] = bf16(x.x), to[1] = __uint_as_float(x.x & 0xffff0000);
            to[2] = bf16(x.y), to[3] = __uint_as_float(x.y & 0xffff0000);
        } else {
            to[0] = f16(x.x & 0xffff), to[1] = f16(x.x >> 16), to[2] = f16(x.y & 0xffff), to[3] = f16(x.y >> 16);
        }
    }
}

// One number, without its scale.
template <int F>
__device__ inline float one(const unsigned char *row, int64_t i) {
    if (F == kF32) return *reinterpret_cast<const float *>(row + 4 * i);
    if (F == kE4m3) return e4m3(row[i]);
    uint32_t bits = *reinterpret_cast<const uint16_t *>(row + 2 * i);
    return F == kBf16 ? bf16(bits) : f16(bits);
}

// One number of the first matrix, with its scale.
__device__ inline float at(const Weights &w, int64_t row, int32_t col) {
    const unsigned char *data = w.data + row * w.pitch;
    switch (w.format) {
        case kF32: return one<kF32>(data, col);
        case kBf16: return one<kBf16>(data, col);
        case kF16: return one<kF16>(data, col);
        default: return one<kE4m3>(data, col) * w.scales[row / w.blockRows * w.scaleCols + col / w.blockCols];
    }
}

// The sum over a warp, the same in all its lanes.
__device__ inline float warp_sum(float x) {
    for (int d = 16; d > 0; d >>= 1) x += __shfl_xor_sync(0xffffffff, x, d);
    return x;
}

__device__ inline uint32_t warp_max(uint32_t x) {
    for (int d = 16; d > 0; d >>= 1) x = max(x, __shfl_xor_sync(0xffffffff, x, d));
    return x;
}

// The sum over a block of whole warps, at most 8, the same in all its threads. Twice in a kernel needs two places.
__device__ inline float block_sum(float x, float *place) {
    x = warp_sum(x);
    if (threadIdx.x % 32 == 0) place[threadIdx.x / 32] = x;
    __syncthreads();
    float sum = 0;
    for (uint32_t i = 0; i < blockDim.x / 32; i++) sum += place[i];
    return sum;
}

}  // namespace plain
