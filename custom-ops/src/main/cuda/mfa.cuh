// What the attention kernels share: how a tile of keys and values lies in shared memory, how it gets there, and the
// products of one warp: 16 query heads with 32 keys, in an online softmax.
//
// Scores and mixing run on the tensor cores, float32 sums. The online softmax is that of Milakov and Gimelshein
// (arXiv:1805.02867) in base 2; sums are rescaled only when the largest score has grown by more than 2^8 (as in
// FlashAttention-4), which keeps every weight below 2^8, far within f16.
#pragma once

#include "arguments.cuh"
#include "ptx.cuh"

namespace mfa {

constexpr int kHeads = 64;
constexpr int kDim = 256;
constexpr int kRowBytes = kDim * 2;
constexpr int kBlockTokens = 64;  // of a KV block
constexpr float kLog2e = 1.44269504f;
constexpr float kSlack = 8;

// Chunk c (16 bytes) of row r lies at row_offset(r, c), so that eight rows of the same chunk are in eight groups of
// banks. The chunk that lies 2 k further in the row is at further(offset, k): an exclusive or with a constant.
DEVICE uint32_t row_offset(int row, int c) { return static_cast<uint32_t>(row * kRowBytes + ((c ^ (row & 7)) << 4)); }
DEVICE uint32_t further(uint32_t offset, int k) {
    return (offset ^ static_cast<uint32_t>((2 * k & 7) << 4)) + static_cast<uint32_t>((k >> 2) * 128);
}

// Whether a row is the only one of its sequence in this pass.
DEVICE bool alone(const Row *rows, int row, int count) {
    const void *const *own = rows[row].blocks;
    return !(row > 0 && rows[row - 1].blocks == own) && !(row + 1 < count && rows[row + 1].blocks == own);
}

// In which type queries, keys, values and weights meet on the tensor cores.
struct F16 {
    DEVICE static uint32_t pack(float low, float high) { return pack_f16(low, high); }
    DEVICE static void mma(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) { mma_f16(d, a, b0, b1); }
};
struct Bf16 {
    DEVICE static uint32_t pack(float low, float high) { return pack_bf16(low, high); }
    DEVICE static void mma(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) { mma_bf16(d, a, b0, b1); }
};

// Brings kKeys keys from `first` on, and their values, into a stage: kKeys rows of keys, then of values. What lies
// beyond `length` becomes zero. `block` is the KV block of the first key.
template <int kKeys, int kThreads>
DEVICE void load_tile(unsigned char *stage, const void *block, int64_t layer_offset, int first, int length) {
    constexpr int kWarps = kThreads / 32, kRows = kKeys / kWarps;
    static_assert(kWarps <= 8, "a row's chunks are swizzled by the number of the warp");
    const int lane = lane_id(), warp = warp_id();
    const unsigned char *from = static_cast<const unsigned char *>(block) + layer_offset +
                                (first % kBlockTokens + warp) * kRowBytes + lane * 16;
    UNROLL
    for (int i = 0; i < 2 * kRows; i++) {  // one warp brings a whole row
        const int plane = i / kRows, key = i % kRows * kWarps;
        const uint32_t to = static_cast<uint32_t>((key + warp) * kRowBytes + ((lane ^ warp ^ (key & 7)) << 4));
        copy_async(stage + plane * (kKeys * kRowBytes) + to,
                   from + plane * (kBlockTokens * kRowBytes) + key * kRowBytes, first + key + warp < length);
    }
}

// A warp's 16 queries of one token, as fragments: part k has columns 16 k to 16 k + 15. kHeld of the 16 parts stay in
// registers; the others lie in shared memory and are read again for every tile, so that nothing spills.
template <class Type, int kHeld>
struct Queries {
    uint32_t held[kHeld][4];

    // q: the first of the 16 heads. `rest`: this lane's place, `stride` between parts; written if `write`.
    DEVICE void load(const float *q, float scale, Bytes16 *rest, int stride, bool write) {
        const int g = lane_id() >> 2, t = lane_id() & 3;
        const float *own = q + g * kDim + 2 * t;
        UNROLL
        for (int k = 0; k < 16; k++) {
            uint32_t part[4];
            UNROLL
            for (int i = 0; i < 4; i++) {
                const float2 x = *reinterpret_cast<const float2 *>(own + (i & 1) * 8 * kDim + (i >> 1) * 8 + k * 16);
                part[i] = Type::pack(x.x * scale, x.y * scale);
            }
            if (k < kHeld) {
                UNROLL
                for (int i = 0; i < 4; i++) held[k < kHeld ? k : 0][i] = part[i];
            } else if (write) {
                rest[(k - kHeld) * stride] = {part[0], part[1], part[2], part[3]};
            }
        }
    }

    DEVICE void part(uint32_t (&to)[4], int k, const Bytes16 *rest, int stride) const {
        if (k < kHeld) {
            UNROLL
            for (int i = 0; i < 4; i++) to[i] = held[k < kHeld ? k : 0][i];
        } else {
            const Bytes16 read = rest[(k - kHeld) * stride];
            to[0] = read.x;
            to[1] = read.y;
            to[2] = read.z;
            to[3] = read.w;
        }
    }
};

// What a warp knows of its 16 heads: lane (g, t) of heads g and g + 8.
template <class Type>
struct Mix {
    float mixed[32][4];  // columns 8 i + 2 t, 8 i + 2 t + 1 of head g, then of head g + 8
    float largest[2];    // score so far, of weight 1
    float sum[2];        // of weights; this lane's share until join_lanes

    DEVICE void clear() {
        UNROLL
        for (int i = 0; i < 32; i++) {
            UNROLL
            for (int j = 0; j < 4; j++) mixed[i][j] = 0;
        }
        UNROLL
        for (int r = 0; r < 2; r++) {
            largest[r] = minus_infinity();
            sum[r] = 0;
        }
    }

    // Takes in 32 keys and values; `visible` of the keys count.
    template <int kHeld>
    DEVICE void take(const Queries<Type, kHeld> &queries, const Bytes16 *rest, int stride, const unsigned char *keys,
                     const unsigned char *values, int visible) {
        const int lane = lane_id(), t = lane & 3;
        const uint32_t value_offset = row_offset(lane & 15, lane >> 4);
        const uint32_t key_offset = row_offset((lane & 7) + (lane >> 4) * 8, lane >> 3 & 1);
        float scores[4][4] = {};
        UNROLL
        for (int k = 0; k < 16; k++) {
            uint32_t part[4];
            queries.part(part, k, rest, stride);
            UNROLL
            for (int n = 0; n < 2; n++) {
                uint32_t b[4];
                load_matrices(b, keys + n * 16 * kRowBytes, further(key_offset, k));
                Type::mma(scores[2 * n], part, b[0], b[1]);
                Type::mma(scores[2 * n + 1], part, b[2], b[3]);
            }
        }
        if (visible < 32) {
            UNROLL
            for (int i = 0; i < 4; i++) {
                UNROLL
                for (int j = 0; j < 4; j++) {
                    if (i * 8 + t * 2 + (j & 1) >= visible) scores[i][j] = minus_infinity();
                }
            }
        }
        weigh(scores);
        UNROLL
        for (int k = 0; k < 2; k++) {  // 16 keys
            const uint32_t weights[4] = {
                Type::pack(scores[2 * k][0], scores[2 * k][1]), Type::pack(scores[2 * k][2], scores[2 * k][3]),
                Type::pack(scores[2 * k + 1][0], scores[2 * k + 1][1]),
                Type::pack(scores[2 * k + 1][2], scores[2 * k + 1][3])};
            UNROLL
            for (int d = 0; d < 16; d++) {
                uint32_t b[4];
                load_matrices_transposed(b, values + k * 16 * kRowBytes, further(value_offset, d));
                Type::mma(mixed[2 * d], weights, b[0], b[1]);
                Type::mma(mixed[2 * d + 1], weights, b[2], b[3]);
            }
        }
    }

    // Scores become weights; what was mixed before is rescaled if the largest score has grown too far.
    DEVICE void weigh(float (&scores)[4][4]) {
        float top[2];
        UNROLL
        for (int r = 0; r < 2; r++) {
            float most = scores[0][2 * r];
            UNROLL
            for (int i = 0; i < 4; i++) most = fmaxf(most, fmaxf(scores[i][2 * r], scores[i][2 * r + 1]));
            most = fmaxf(most, shuffle_xor(most, 1));
            top[r] = fmaxf(most, shuffle_xor(most, 2));
        }
        if (any_lane(top[0] > largest[0] + kSlack || top[1] > largest[1] + kSlack)) {
            float kept[2];
            UNROLL
            for (int r = 0; r < 2; r++) {
                const float now = fmaxf(largest[r], top[r]);
                kept[r] = now == minus_infinity() ? 1 : exp2_fast(largest[r] - now);
                largest[r] = now;
                sum[r] *= kept[r];
            }
            UNROLL
            for (int i = 0; i < 32; i++) {
                mixed[i][0] *= kept[0];
                mixed[i][1] *= kept[0];
                mixed[i][2] *= kept[1];
                mixed[i][3] *= kept[1];
            }
        }
        UNROLL
        for (int r = 0; r < 2; r++) {
            const float base = largest[r] == minus_infinity() ? 0 : largest[r];
            UNROLL
            for (int i = 0; i < 4; i++) {
                UNROLL
                for (int j = 2 * r; j < 2 * r + 2; j++) {
                    scores[i][j] = exp2_fast(scores[i][j] - base);
                    sum[r] += scores[i][j];
                }
            }
        }
    }

    DEVICE void join_lanes() {
        UNROLL
        for (int r = 0; r < 2; r++) {
            sum[r] += shuffle_xor(sum[r], 1);
            sum[r] += shuffle_xor(sum[r], 2);
        }
    }

    // Writes the average of the values; out: the first of the 16 heads.
    DEVICE void write(float *out) const {
        const int g = lane_id() >> 2, t = lane_id() & 3;
        UNROLL
        for (int r = 0; r < 2; r++) {
            const float inverse = 1 / sum[r];
            UNROLL
            for (int i = 0; i < 32; i++) {
                const float2 pair = {mixed[i][2 * r] * inverse, mixed[i][2 * r + 1] * inverse};
                *reinterpret_cast<float2 *>(out + (g + 8 * r) * kDim + i * 8 + t * 2) = pair;
            }
        }
    }
};

}  // namespace mfa
