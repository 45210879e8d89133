// Attention of any shape, with an online softmax: four queries that see the same keys make a block.
#include "plain.cuh"

namespace plain {

constexpr int kPiece = 64;     // tokens of a piece of a cache
constexpr int kThreads = 128;  // and keys of a tile: two pieces
constexpr int kQueries = 4;

struct Append {
    const float *keys;
    const float *values;
    const Row *rows;
    int32_t layer;
    int32_t dim;
};

struct View {
    float *out;
    const int64_t *blocks;
    int32_t rows;
    int32_t plane;  // 2 * layer for keys, 2 * layer + 1 for values
    int32_t dim;
    int32_t format;
};

struct Attention {
    float *out;
    const float *q;
    const Row *rows;
    int32_t layer;
    int32_t heads;
    int32_t dim;
    float scale;
};

struct FullAttention {
    float *out;
    const float *qkv;
    int32_t tokens;
    int32_t heads;
    int32_t dim;
    float scale;
};

__device__ inline int32_t code_bytes(int32_t format) { return format == kF32 ? 4 : format == kE4m3 ? 1 : 2; }

// Keys or values of 64 tokens in one layer: [64, dim] numbers, and behind those of fp8 a float32 scale for each token.
__device__ inline int64_t plane_bytes(int32_t format, int32_t dim) {
    return static_cast<int64_t>(kPiece) * (dim * code_bytes(format) + (format == kE4m3 ? 4 : 0));
}

struct CachedKeys {
    const int64_t *blocks;
    int64_t plane;  // bytes from keys to values
    int64_t begin;  // of the keys, in a piece
    int64_t rowBytes;

    __device__ const unsigned char *piece(int32_t token, int values) const {
        return reinterpret_cast<const unsigned char *>(blocks[token / kPiece]) + begin + values * plane;
    }
    __device__ const unsigned char *row(int32_t token, int values) const { return piece(token, values) + token % kPiece * rowBytes; }
    __device__ int64_t step() const { return rowBytes; }
};

struct OwnKeys {
    const float *keys;
    int64_t values;  // floats from a key to its value
    int64_t stride;  // floats from token to token

    __device__ const unsigned char *piece(int32_t token, int which) const { return row(token, which); }
    __device__ const unsigned char *row(int32_t token, int which) const {
        return reinterpret_cast<const unsigned char *>(keys + token * stride + which * values);
    }
    __device__ int64_t step() const { return stride * 4; }
};

// Of the queries and of their outputs: floats from one to the next are `apart` and `outApart`.
template <int F, class Keys>
__device__ void attend(const Keys &keys, const float *q, int64_t apart, float *out, int64_t outApart, int32_t queries, int32_t visible, int32_t dim, float scale) {
    extern __shared__ float4 dynamic[];
    int32_t padded = (dim + 3) / 4 * 4;
    float *query = reinterpret_cast<float *>(dynamic);  // [4, padded]
    float *mixed = query + kQueries * padded;           // [4, padded]
    float *weight = mixed + kQueries * padded;          // [4, 128]
    float *shrink = weight + kQueries * kThreads;       // [4]
    float *total = shrink + kQueries;                   // [4]
    int32_t t = threadIdx.x, lane = t % 32, warp = t / 32;
    for (int32_t i = t; i < kQueries * padded; i += kThreads) {
        int32_t h = i / padded, d = i % padded;
        query[i] = h < queries && d < dim ? q[h * apart + d] : 0;
        mixed[i] = 0;
    }
    float top = -INFINITY, sum = 0;  // of the query that this warp normalises
    bool aligned = dim % 4 == 0;
    __syncthreads();
    for (int32_t first = 0; first < visible; first += kThreads) {
        int32_t count = min(visible - first, kThreads);
        // A thread for each key.
        float score[kQueries] = {0, 0, 0, 0};
        if (t < count) {
            const unsigned char *key = keys.row(first + t, 0);
            for (int32_t d = 0; d < dim; d += 4) {
                float k[4];
                if (aligned) {
                    four<F>(key, d, k);
                } else {
                    for (int i = 0; i < 4; i++) k[i] = d + i < dim ? one<F>(key, d + i) : 0;
                }
#pragma unroll
                for (int h = 0; h < kQueries; h++) {
                    float4 x = *reinterpret_cast<const float4 *>(query + h * padded + d);
                    score[h] = fmaf(x.x, k[0], score[h]);
                    score[h] = fmaf(x.y, k[1], score[h]);
                    score[h] = fmaf(x.z, k[2], score[h]);
                    score[h] = fmaf(x.w, k[3], score[h]);
                }
            }
            if (F == kE4m3) {
                float own = reinterpret_cast<const float *>(keys.piece(first + t, 0) + kPiece * dim)[(first + t) % kPiece];
                for (int h = 0; h < kQueries; h++) score[h] *= own;
            }
        }
#pragma unroll
        for (int h = 0; h < kQueries; h++) weight[h * kThreads + t] = t < count ? score[h] * scale : -INFINITY;
        __syncthreads();
        // A warp for each query.
        float *own = weight + warp * kThreads;
        float most = top;
        for (int i = lane; i < kThreads; i += 32) most = fmaxf(most, own[i]);
        for (int d = 16; d > 0; d >>= 1) most = fmaxf(most, __shfl_xor_sync(0xffffffff, most, d));
        float part = 0;
        for (int i = lane; i < kThreads; i += 32) {
            float p = expf(own[i] - most);
            own[i] = p;
            part += p;
        }
        float less = expf(top - most);
        sum = sum * less + warp_sum(part);
        top = most;
        if (lane == 0) {
            shrink[warp] = less;
            total[warp] = sum;
        }
        __syncthreads();
        // A thread for each column.
        for (int32_t d = t; d < dim; d += kThreads) {
            float x[kQueries];
#pragma unroll
            for (int h = 0; h < kQueries; h++) x[h] = mixed[h * padded + d] * shrink[h];
            for (int32_t piece = 0; piece < count; piece += kPiece) {
                const unsigned char *value = keys.row(first + piece, 1);
                const float *scales = reinterpret_cast<const float *>(keys.piece(first + piece, 1) + kPiece * dim);
                int32_t end = min(count - piece, kPiece);
                for (int32_t j = 0; j < end; j += 4) {
                    float v[4];
#pragma unroll
                    for (int i = 0; i < 4; i++) {
                        v[i] = j + i < end ? one<F>(value, d) : 0;
                        if (F == kE4m3 && j + i < end) v[i] *= scales[j + i];
                        value += keys.step();
                    }
#pragma unroll
                    for (int h = 0; h < kQueries; h++) {
                        float4 p = *reinterpret_cast<const float4 *>(weight + h * kThreads + piece + j);
                        x[h] = fmaf(p.x, v[0], x[h]);
                        x[h] = fmaf(p.y, v[1], x[h]);
                        x[h] = fmaf(p.z, v[2], x[h]);
                        x[h] = fmaf(p.w, v[3], x[h]);
                    }
                }
            }
#pragma unroll
            for (int h = 0; h < kQueries; h++) mixed[h * padded + d] = x[h];
        }
        __syncthreads();
    }
    for (int32_t d = t; d < dim; d += kThreads) {
        for (int32_t h = 0; h < queries; h++) out[h * outApart + d] = mixed[h * padded + d] / total[h];
    }
}

// A warp writes a row.
__device__ inline void keep(const float *x, unsigned char *piece, int32_t slot, int32_t format, int32_t dim) {
    int32_t lane = threadIdx.x;
    unsigned char *row = piece + static_cast<int64_t>(slot) * dim * code_bytes(format);
    float scale = 1;
    if (format == kE4m3) {
        uint32_t largest = 0;
        for (int32_t i = lane; i < dim; i += 32) largest = max(largest, magnitude_bits(x[i]));
        scale = e4m3_scale(warp_max(largest));
        if (lane == 0) reinterpret_cast<float *>(piece + kPiece * dim)[slot] = scale;
    }
    for (int32_t i = lane; i < dim; i += 32) {
        switch (format) {
            case kF32: reinterpret_cast<float *>(row)[i] = x[i]; break;
            case kBf16: reinterpret_cast<uint16_t *>(row)[i] = to_bf16(x[i]); break;
            case kF16: reinterpret_cast<uint16_t *>(row)[i] = to_f16(x[i]); break;
            default: row[i] = static_cast<unsigned char>(to_e4m3(x[i] / scale));
        }
    }
}

}  // namespace plain

using namespace plain;

// Blocks of one warp: x rows, y keys or values.
extern "C" __global__ void __launch_bounds__(32) plain_append(const __grid_constant__ Append a) {
    Row row = a.rows[blockIdx.x];
    const float *from = (blockIdx.y == 0 ? a.keys : a.values) + static_cast<int64_t>(blockIdx.x) * a.dim;
    unsigned char *piece = reinterpret_cast<unsigned char *>(row.blocks[row.position / kPiece]);
    piece += (2 * a.layer + static_cast<int32_t>(blockIdx.y)) * plane_bytes(row.format, a.dim);
    keep(from, piece, row.position % kPiece, row.format, a.dim);
}

// Blocks of one warp: a row of keys or values as float32.
extern "C" __global__ void __launch_bounds__(32) plain_view(const __grid_constant__ View a) {
    int32_t token = static_cast<int32_t>(blockIdx.x), slot = token % kPiece;
    const unsigned char *piece = reinterpret_cast<const unsigned char *>(a.blocks[token / kPiece]) + a.plane * plane_bytes(a.format, a.dim);
    const unsigned char *row = piece + static_cast<int64_t>(slot) * a.dim * code_bytes(a.format);
    float *out = a.out + static_cast<int64_t>(token) * a.dim;
    for (int32_t i = threadIdx.x; i < a.dim; i += 32) {
        switch (a.format) {
            case kF32: out[i] = one<kF32>(row, i); break;
            case kBf16: out[i] = one<kBf16>(row, i); break;
            case kF16: out[i] = one<kF16>(row, i); break;
            default: out[i] = one<kE4m3>(row, i) * reinterpret_cast<const float *>(piece + kPiece * a.dim)[slot];
        }
    }
}

// Blocks of 128: x rows, y groups of four heads.
extern "C" __global__ void __launch_bounds__(128) plain_attention(const __grid_constant__ Attention a) {
    Row row = a.rows[blockIdx.x];
    int32_t head = static_cast<int32_t>(blockIdx.y) * kQueries;
    int64_t begin = (static_cast<int64_t>(blockIdx.x) * a.heads + head) * a.dim;
    int64_t plane = plane_bytes(row.format, a.dim);
    CachedKeys keys{row.blocks, plane, 2 * a.layer * plane, a.dim * code_bytes(row.format)};
    int32_t queries = min(kQueries, a.heads - head), visible = row.position + 1;
    switch (row.format) {
        case kF32: attend<kF32>(keys, a.q + begin, a.dim, a.out + begin, a.dim, queries, visible, a.dim, a.scale); break;
        case kBf16: attend<kBf16>(keys, a.q + begin, a.dim, a.out + begin, a.dim, queries, visible, a.dim, a.scale); break;
        case kF16: attend<kF16>(keys, a.q + begin, a.dim, a.out + begin, a.dim, queries, visible, a.dim, a.scale); break;
        default: attend<kE4m3>(keys, a.q + begin, a.dim, a.out + begin, a.dim, queries, visible, a.dim, a.scale);
    }
}

// Blocks of 128: x groups of four tokens, y heads.
extern "C" __global__ void __launch_bounds__(128) plain_full_attention(const __grid_constant__ FullAttention a) {
    int32_t token = static_cast<int32_t>(blockIdx.x) * kQueries;
    int64_t width = static_cast<int64_t>(a.heads) * a.dim;
    int64_t head = static_cast<int64_t>(blockIdx.y) * a.dim;
    OwnKeys keys{a.qkv + width + head, width, 3 * width};
    const float *q = a.qkv + token * 3 * width + head;
    float *out = a.out + token * width + head;
    attend<kF32>(keys, q, 3 * width, out, width, min(kQueries, a.tokens - token), a.tokens, a.dim, a.scale);
}
