// Linear layers and experts for many tokens: prompts. The tensor cores bind, so weights and activations go through
// shared memory, where each is read by all warps that need it; weights stay fp8 until a warp has them in registers.
//
// A thread block computes 128 rows for kTokens tokens of one expert. Its warps stand in a grid of kRowWarps x
// 8 / kRowWarps, each with kRowTiles tiles of 16 rows and kTokenTiles of 8 tokens. A stage is half a group (64 bytes of
// each weight row, and the activations of the same columns), kStages of them in shared memory. The order of summation
// is that of linear.cuh, so the bits are those of few_tokens.cuh.
//
// A lane reads 16 bytes of a row at a time. Weights: rows of 64 bytes, so eight lanes (two rows) cover all banks.
// Activations of fp8 layers: rows of 128 bytes, of which a lane takes 32; its two chunks of 16 bytes change places in
// every other row, so eight lanes cover all banks too.
#include "linear.cuh"

namespace {

template <class Weights, int kPlanes, int kRowWarps, int kStages>
struct Gemm {
    static constexpr int kThreads = 256;
    static constexpr int kRows = 128;
    static constexpr int kTokenTiles = 4;
    static constexpr int kRowTiles = kRows / 16 / kRowWarps;
    static constexpr int kTokens = 8 / kRowWarps * kTokenTiles * 8;
    static constexpr int kHalf = Weights::kColumns / 2;       // columns of a stage
    static constexpr int kChunks = kHalf * 2 / 16;            // of a row of activations
    static constexpr int kRowBytes = kHalf * 2;

    struct Stage {
        unsigned char weights[kRows][64];
        unsigned char x[kPlanes][kTokens][kRowBytes];
    };
    struct Shared {
        Stage stages[kStages];
        int32_t tokens[kTokens];
    };

    // The expert and places of a tile of tokens; of no places if there are not so many tiles.
    DEVICE static Places places_of(const Linear &a, int tile) {
        if (a.used == nullptr) return clip(0, 0, a.places, tile);
        for (int i = 0; i < a.most; i++) {
            const int expert = a.used[i];
            if (expert < 0) break;
            const int first = a.from[expert], count = a.from[expert + 1] - first, tiles = (count + kTokens - 1) / kTokens;
            if (tile < tiles) return clip(expert, first, count, tile);
            tile -= tiles;
        }
        return {0, 0, 0};
    }
    DEVICE static Places clip(int expert, int first, int count, int tile) {
        const int begin = tile * kTokens, left = count - begin;
        return {expert, first + begin, left < kTokens ? left : kTokens};
    }

    // Starts to bring a half group. Tokens that are not there are the last one; rows that are not there are zero.
    DEVICE static void fetch(const Linear &a, const uint8_t *weights, int rows, Shared &shared, Stage &stage, int half) {
        const int64_t row_bytes = static_cast<int64_t>(a.pitch / Weights::kColumns) * 128;
        UNROLL
        for (int i = 0; i < kRows * 4 / kThreads; i++) {
            const int row = thread_id() / 4 + i * (kThreads / 4), chunk = thread_id() % 4;
            const bool there = row < rows;
            copy_async(&stage.weights[row][chunk * 16],
                       weights + (there ? row : 0) * row_bytes + half * 64 + chunk * 16, there);
        }
        constexpr int kAtOnce = kThreads / kChunks;  // rows of activations
        _Pragma("unroll 2")  // fewer addresses at once: nothing spills
        for (int i = 0; i < kPlanes * kTokens / kAtOnce; i++) {
            const int index = thread_id() / kChunks + i * kAtOnce, chunk = thread_id() % kChunks;
            const int plane = index / kTokens, token = index % kTokens;
            const uint16_t *from = a.planes +
                                   (static_cast<int64_t>(shared.tokens[token]) * kPlanes + plane) * a.pitch +
                                   half * kHalf + chunk * 8;
            copy_async(&stage.x[plane][token][(kChunks == 8 ? chunk ^ (token & 1) : chunk) * 16], from, true);
        }
    }

    DEVICE static void run(const Linear &a) {
        Shared &shared = shared_memory<Shared>();
        const Places own = places_of(a, block_z());
        if (own.count <= 0) return;
        const int lane = lane_id(), g = lane >> 2, t = lane & 3;
        const int row_warp = warp_id() % kRowWarps * (kRowTiles * 16), token_warp = warp_id() / kRowWarps * (kTokenTiles * 8);
        const int matrix = block_y(), first_row = block_x() * kRows;
        const int groups = a.pitch / Weights::kColumns, halves = 2 * groups, row_groups = (a.rows + 127) / 128;
        const uint8_t *weights =
            a.weights[matrix] + (static_cast<int64_t>(own.expert) * a.rows + first_row) * groups * 128;
        const float *scales =
            a.scales[matrix] + (static_cast<int64_t>(own.expert) * row_groups + first_row / 128) * groups;
        for (int i = thread_id(); i < kTokens; i += kThreads) {
            shared.tokens[i] = place_of(a, own.first + (i < own.count ? i : own.count - 1)) / a.choices;
        }
        sync_block();
        UNROLL
        for (int s = 0; s < kStages - 1; s++) {
            if (s < halves) fetch(a, weights, a.rows - first_row, shared, shared.stages[s], s);
            commit_copies();
        }

        float totals[kTokenTiles][kRowTiles][4] = {};
        float sums[kTokenTiles][kRowTiles][4] = {};
        int stage = 0;
        for (int half = 0; half < halves; half++) {
            wait_copies<kStages - 2>();
            sync_block();
            const int ahead = half + kStages - 1;
            Stage &read_before = shared.stages[stage == 0 ? kStages - 1 : stage - 1];
            if (ahead < halves) fetch(a, weights, a.rows - first_row, shared, read_before, ahead);
            commit_copies();
            multiply(sums, shared.stages[stage], row_warp + g, token_warp + g, t);
            stage = stage == kStages - 1 ? 0 : stage + 1;
            if (half % 2 == 1) add(totals, sums, a, shared, scales, half / 2, groups, token_warp + 2 * t);
        }

        UNROLL
        for (int n = 0; n < kTokenTiles; n++) {
            UNROLL
            for (int j = 0; j < 2; j++) {
                const int index = token_warp + n * 8 + 2 * t + j;
                if (index >= own.count) continue;
                float *out = a.out[matrix] + static_cast<int64_t>(place_of(a, own.first + index)) * a.rows;
                UNROLL
                for (int m = 0; m < 2 * kRowTiles; m++) {  // rows g + 8 m
                    const int row = first_row + row_warp + m * 8 + g;
                    if (row < a.rows) out[row] = totals[n][m / 2][m % 2 * 2 + j];
                }
            }
        }
    }

    // Weights are read again for each pair of steps: registers are scarcer than the bandwidth of shared memory.
    DEVICE static void multiply(float (&sums)[kTokenTiles][kRowTiles][4], const Stage &stage, int row, int token, int t) {
        UNROLL
        for (int pair = 0; pair < Weights::kSteps / 2; pair++) {
            const int chunk = kChunks == 8 ? (2 * t + pair) ^ (token & 1) : t;
            Bytes16 b[kTokenTiles][kPlanes];
            UNROLL
            for (int n = 0; n < kTokenTiles; n++) {
                UNROLL
                for (int p = 0; p < kPlanes; p++) b[n][p] = load_shared(&stage.x[p][token + n * 8][chunk * 16]);
            }
            UNROLL
            for (int m = 0; m < kRowTiles; m++) {
                const Bytes16 upper = load_shared(&stage.weights[row + m * 16][t * 16]);
                const Bytes16 lower = load_shared(&stage.weights[row + m * 16 + 8][t * 16]);
                UNROLL
                for (int s = 0; s < 2; s++) {
                    uint32_t fragment[4];
                    Weights::fragment(fragment, upper, lower, pair * 2 + s);
                    UNROLL
                    for (int n = 0; n < kTokenTiles; n++) {
                        UNROLL
                        for (int p = 0; p < kPlanes; p++) {
                            Weights::mma(sums[n][m], fragment, s == 0 ? b[n][p].x : b[n][p].z,
                                         s == 0 ? b[n][p].y : b[n][p].w);
                        }
                    }
                }
            }
        }
    }

    // Takes a group's products into the totals. token: the lane's first of a tile.
    DEVICE static void add(float (&totals)[kTokenTiles][kRowTiles][4], float (&sums)[kTokenTiles][kRowTiles][4],
                           const Linear &a, const Shared &shared, const float *scales, int group, int groups, int token) {
        UNROLL
        for (int n = 0; n < kTokenTiles; n++) {
            UNROLL
            for (int j = 0; j < 2; j++) {
                const float x_scale =
                    Weights::kScaled ? a.x_scales[shared.tokens[token + n * 8 + j] * groups + group] : 1;
                UNROLL
                for (int m = 0; m < 2 * kRowTiles; m++) {
                    float &sum = sums[n][m / 2][m % 2 * 2 + j], &total = totals[n][m / 2][m % 2 * 2 + j];
                    total = plus(total, Weights::kScaled ? scaled(sum, scales[group], x_scale) : sum);
                    sum = 0;
                }
            }
        }
    }
};

}  // namespace

// Named weights, planes x tokens of a thread block, stages. Two stages for 99 KB of shared memory (sm_86, sm_89, sm_120),
// where three do not fit.
KERNEL(gemm_block_2x128x3, Linear, 256, 1) { Gemm<BlockFp8, 2, 2, 3>::run(a); }
KERNEL(gemm_block_2x128x2, Linear, 256, 1) { Gemm<BlockFp8, 2, 2, 2>::run(a); }
KERNEL(gemm_block_2x64x3, Linear, 256, 1) { Gemm<BlockFp8, 2, 4, 3>::run(a); }
KERNEL(gemm_block_1x128x3, Linear, 256, 1) { Gemm<BlockFp8, 1, 2, 3>::run(a); }
KERNEL(gemm_block_1x64x3, Linear, 256, 1) { Gemm<BlockFp8, 1, 4, 3>::run(a); }
KERNEL(gemm_dense_3x128x3, Linear, 256, 1) { Gemm<Bf16, 3, 2, 3>::run(a); }
KERNEL(gemm_dense_3x64x3, Linear, 256, 1) { Gemm<Bf16, 3, 4, 3>::run(a); }
