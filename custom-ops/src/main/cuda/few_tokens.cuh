// Linear layers for few tokens: decoding. What counts is that weights stream from memory at its full rate, so they go
// straight into registers, 16 bytes a lane, and never touch shared memory; as soon as half a group has been multiplied,
// the loads of the next group's half are on their way into the same registers.
//
// A thread block computes 32 rows of a matrix for one expert's tokens. Its eight warps take a group each (128 bytes of
// all rows), and the next eight groups, round by round; after a round the warps' products are added to the sums from
// left to right, by one thread for each row and token. Two buffers for the products, so one barrier a round is enough:
// who writes a buffer again has passed the barrier of the round between, which comes after all reads of it.
#pragma once

#include "linear.cuh"

// kPlanes of activations; kTiles: tiles of eight tokens that are computed in one pass over the weights.
template <class Weights, int kPlanes, int kTiles>
struct FewTokens {
    static constexpr int kWarps = 8;
    static constexpr int kThreads = kWarps * 32;
    static constexpr int kRows = 32;
    static constexpr int kTokens = 8 * kTiles;
    static constexpr int kStride = kRows + 4;  // of a token's products: lanes (g, t) then write to 32 banks
    static constexpr int kSums = kRows * kTokens / kThreads;  // of a thread

    struct Shared {
        float products[2][kWarps][kTokens * kStride];
    };

    // A lane's bytes of half a group, of the rows g, g + 8, g + 16, g + 24.
    DEVICE static void load(Bytes16 (&to)[4], const uint8_t *weights, const int (&rows)[4], int group, int half) {
        const uint8_t *from = weights + group * 128 + half * 64;
        UNROLL
        for (int r = 0; r < 4; r++) to[r] = load_once(from + rows[r]);
    }

    DEVICE static Places places_of(const Linear &a) {
        if (a.used == nullptr) return {0, 0, a.places};
        const int expert = a.used[block_z()];
        if (expert < 0) return {0, 0, 0};
        return {expert, a.from[expert], a.from[expert + 1] - a.from[expert]};
    }

    DEVICE static void run(const Linear &a) {
        Shared &shared = shared_memory<Shared>();
        const int lane = lane_id(), warp = warp_id(), g = lane >> 2, t = lane & 3;
        const int matrix = block_y(), first_row = block_x() * kRows;
        const Places own = places_of(a);
        const int groups = a.pitch / Weights::kColumns, row_groups = (a.rows + 127) / 128;
        const float *scales =
            a.scales[matrix] + (static_cast<int64_t>(own.expert) * row_groups + first_row / 128) * groups;
        const uint8_t *weights = a.weights[matrix] +
                                 (static_cast<int64_t>(own.expert) * a.rows + first_row) * groups * 128 + t * 16;
        int rows[4];  // offsets
        UNROLL
        for (int r = 0; r < 4; r++) {
            const int last = a.rows - 1 - first_row;  // is read in place of rows that are not there; nothing is written
            rows[r] = (g + 8 * r < last ? g + 8 * r : last) * groups * 128;
        }

        int round = 0;  // of all passes
        for (int begin = 0; begin < own.count; begin += kTokens) {
            const uint16_t *x[kTiles];  // of token g of a tile
            int x_scales[kTiles][2];    // offsets, of tokens 2 t and 2 t + 1
            UNROLL
            for (int c = 0; c < kTiles; c++) {
                x[c] = a.planes + static_cast<int64_t>(token(a, own, begin + c * 8 + g)) * kPlanes * a.pitch +
                       t * (Weights::kSteps * 4);
                UNROLL
                for (int j = 0; j < 2; j++) x_scales[c][j] = token(a, own, begin + c * 8 + 2 * t + j) * groups;
            }
            float totals[kSums];
            UNROLL
            for (int i = 0; i < kSums; i++) totals[i] = 0;

            Bytes16 loaded[2][4];
            if (warp < groups) {
                UNROLL
                for (int h = 0; h < 2; h++) load(loaded[h], weights, rows, warp, h);
            }
            ROLLED
            for (int base = 0; base < groups; base += kWarps, round++) {
                float(&products)[kWarps][kTokens * kStride] = shared.products[round & 1];
                const int group = base + warp;
                if (group < groups) {
                    float sums[kTiles][2][4] = {};
                    UNROLL
                    for (int h = 0; h < 2; h++) {
                        multiply(sums, loaded[h], x, a.pitch, group, h);
                        if (group + kWarps < groups) load(loaded[h], weights, rows, group + kWarps, h);
                    }
                    UNROLL
                    for (int c = 0; c < kTiles; c++) {
                        UNROLL
                        for (int j = 0; j < 2; j++) {
                            UNROLL
                            for (int m = 0; m < 4; m++) {  // rows g + 8 m
                                float sum = sums[c][m / 2][m % 2 * 2 + j];
                                if (Weights::kScaled) sum = scaled(sum, scales[group], a.x_scales[x_scales[c][j] + group]);
                                products[warp][(c * 8 + 2 * t + j) * kStride + m * 8 + g] = sum;
                            }
                        }
                    }
                }
                sync_block();
                const int filled = groups - base < kWarps ? groups - base : kWarps;
                UNROLL
                for (int i = 0; i < kSums; i++) {  // row lane of token warp + 8 i
                    UNROLL
                    for (int w = 0; w < kWarps; w++) {
                        if (w < filled) totals[i] = plus(totals[i], products[w][(warp + 8 * i) * kStride + lane]);
                    }
                }
            }
            UNROLL
            for (int i = 0; i < kSums; i++) {
                const int row = first_row + lane, index = begin + warp + 8 * i;
                if (row < a.rows && index < own.count) {
                    a.out[matrix][static_cast<int64_t>(place_of(a, own.first + index)) * a.rows + row] = totals[i];
                }
            }
        }
    }

    // The token of a place, or of the last one if there are not so many: computed, and not written.
    DEVICE static int token(const Linear &a, const Places &own, int i) {
        return place_of(a, own.first + (i < own.count ? i : own.count - 1)) / a.choices;
    }

    DEVICE static void multiply(float (&sums)[kTiles][2][4], const Bytes16 (&weights)[4],
                                const uint16_t *const (&x)[kTiles], int pitch, int group, int half) {
        UNROLL
        for (int pair = 0; pair < Weights::kSteps / 2; pair++) {  // two steps: 8 activations, 16 bytes
            Bytes16 b[kTiles][kPlanes];
            UNROLL
            for (int c = 0; c < kTiles; c++) {
                UNROLL
                for (int p = 0; p < kPlanes; p++) {
                    b[c][p] = load_again(x[c] + p * pitch + group * Weights::kColumns + half * (Weights::kColumns / 2) +
                                         pair * 8);
                }
            }
            UNROLL
            for (int s = 0; s < 2; s++) {
                UNROLL
                for (int m = 0; m < 2; m++) {
                    uint32_t w[4];
                    Weights::fragment(w, weights[2 * m], weights[2 * m + 1], pair * 2 + s);
                    UNROLL
                    for (int c = 0; c < kTiles; c++) {
                        UNROLL
                        for (int p = 0; p < kPlanes; p++) {
                            Weights::mma(sums[c][m], w, s == 0 ? b[c][p].x : b[c][p].z,
                                         s == 0 ? b[c][p].y : b[c][p].w);
                        }
                    }
                }
            }
        }
    }
};
