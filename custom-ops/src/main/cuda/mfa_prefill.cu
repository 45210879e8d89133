// Attention of the tokens of a prompt, causal, over a cache that holds their keys and values already.
//
// A thread block takes two neighbouring tokens. Its warps are four groups of 16 heads times the two tokens;
// a tile of keys and values that was brought into shared memory once meets both tokens and all heads. Each warp sees as many
// keys as its own token does, and takes them 32 by 32 from the first on: what becomes of a token does not depend on
// whom it shares the block with.
#include "mfa.cuh"

namespace {

using namespace mfa;

template <class Type, int kKeys, int kStages, int kHeld>
struct Prefill {
    static constexpr int kThreads = 256;
    static constexpr int kPlane = kKeys * kRowBytes;

    struct Shared {
        unsigned char stages[kStages][2 * kPlane];
        Bytes16 queries[16 - kHeld][kThreads];
    };

    // A block a row. Tokens at an even position are joined by the next one, if it is there, whose own block leaves.
    DEVICE static void run(const MfaPrefill &a) {
        Shared &shared = shared_memory<Shared>();
        const int first = block_x(), heads = warp_id() & 3, second = warp_id() >> 2;
        const bool before = first > 0 && a.rows[first - 1].blocks == a.rows[first].blocks;
        const bool behind = first + 1 < a.count && a.rows[first + 1].blocks == a.rows[first].blocks;
        const bool odd = a.rows[first].position & 1;
        if (before ? odd : !behind) return;  // joined, or alone: mfa_decode's
        const int count = behind && !odd ? 2 : 1, row = first + (count == 2 ? second : 0);
        const int length = a.rows[row].position + 1, longest = a.rows[first + count - 1].position + 1;
        const int tiles = (longest + kKeys - 1) / kKeys;
        const void *const *blocks = a.rows[row].blocks;
        UNROLL
        for (int s = 0; s < kStages - 1; s++) fetch(a, blocks, shared.stages[s], s, tiles, longest);

        Queries<Type, kHeld> queries;
        Bytes16 *rest = &shared.queries[0][thread_id()];  // each lane reads what it wrote
        queries.load(a.q + (static_cast<int64_t>(row) * kHeads + heads * 16) * kDim, a.scale * kLog2e, rest, kThreads,
                     true);
        Mix<Type> mix;
        mix.clear();
        for (int tile = 0; tile < tiles; tile++) {
            wait_copies<kStages - 2>();
            sync_block();
            const int ahead = tile + kStages - 1;
            fetch(a, blocks, shared.stages[ahead % kStages], ahead, tiles, longest);
            const unsigned char *keys = shared.stages[tile % kStages];
            ROLLED
            for (int part = 0; part < kKeys; part += 32) {
                const int visible = length - tile * kKeys - part;
                if (visible > 0) {
                    mix.take(queries, rest, kThreads, keys + part * kRowBytes, keys + kPlane + part * kRowBytes, visible);
                }
            }
        }
        mix.join_lanes();
        if (second < count) mix.write(a.out + (static_cast<int64_t>(row) * kHeads + heads * 16) * kDim);
    }

    // Starts to bring a tile, if it is there; a group of copies in any case.
    DEVICE static void fetch(const MfaPrefill &a, const void *const *blocks, unsigned char *stage, int tile, int tiles,
                             int longest) {
        const int first = tile * kKeys;
        if (tile < tiles) {
            load_tile<kKeys, kThreads>(stage, blocks[first / kBlockTokens], a.layer_offset, first, longest);
        }
        commit_copies();
    }
};

}  // namespace

// For 227 KB of shared memory (sm_90, sm_100), for 163 KB (sm_80), and for 99 KB (sm_86, sm_89, sm_120).
KERNEL(mfa_prefill_64x3, MfaPrefill, 256, 1) { Prefill<F16, 64, 3, 11>::run(a); }
KERNEL(mfa_prefill_64x2, MfaPrefill, 256, 1) { Prefill<F16, 64, 2, 11>::run(a); }
KERNEL(mfa_prefill_32x2, MfaPrefill, 256, 1) { Prefill<F16, 32, 2, 11>::run(a); }
KERNEL(mfa_prefill_bf16_64x3, MfaPrefill, 256, 1) { Prefill<mfa::Bf16, 64, 3, 11>::run(a); }
KERNEL(mfa_prefill_bf16_64x2, MfaPrefill, 256, 1) { Prefill<mfa::Bf16, 64, 2, 11>::run(a); }
KERNEL(mfa_prefill_bf16_32x2, MfaPrefill, 256, 1) { Prefill<mfa::Bf16, 32, 2, 11>::run(a); }
