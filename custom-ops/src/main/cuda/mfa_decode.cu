// Attention of one token of each sequence: 64 query heads of 256 over one shared K/V head.
//
// The context of a sequence is cut into splits of whole tiles; how many depends on its own length only, so a sequence's
// bits do not depend on the company it is in. mfa_plan, once a step, deals the splits of all sequences to the thread
// blocks in equal shares of neighbours; mfa_decode works through a share without a pause: while it mixes the last tiles of
// a split, the first ones of the next are on their way. mfa_combine joins the splits of a sequence, as in flash-decoding.
//
// A thread block's warps are four groups of 16 heads times kGroups groups of 32 keys, so a tile of keys and values that
// was brought into shared memory once meets all heads.
#include "mfa.cuh"

namespace {

using namespace mfa;

// A split: its row, its first tile, the one behind its last, its slot.
DEVICE int4 item_of(const MfaDecode &a, int item) { return reinterpret_cast<const int4 *>(a.items)[item]; }

// Where a thread block is in its share of tiles.
struct Cursor {
    const void *const *blocks;  // of the sequence
    int item, end;
    int tile, last;
    int length;

    DEVICE Cursor(const MfaDecode &a, int from, int to) : item(from), end(to) { open(a); }
    DEVICE bool valid() const { return item < end; }
    DEVICE void open(const MfaDecode &a) {
        if (!valid()) return;
        const int4 read = item_of(a, item);
        tile = read.y;
        last = read.z;
        length = a.rows[read.x].position + 1;
        blocks = a.rows[read.x].blocks;
    }
    DEVICE void next(const MfaDecode &a) {
        if (++tile < last) return;
        item++;
        open(a);
    }
};

template <class Type, int kGroups, int kStages, int kHeld>
struct Decode {
    static constexpr int kKeys = 32 * kGroups;  // of a tile
    static constexpr int kThreads = 128 * kGroups;
    static constexpr int kPlane = kKeys * kRowBytes;  // keys or values of a tile

    struct Shared {
        unsigned char stages[kStages][2 * kPlane];
        Bytes16 queries[16 - kHeld][128];  // by part; heads and lane
        float merge[kGroups == 2 ? 4 : 1][kGroups == 2 ? 128 : 1];  // largest and sum of both heads of a lane
    };

    DEVICE static void run(const MfaDecode &a) {
        Shared &shared = shared_memory<Shared>();
        const int lane = lane_id(), heads = warp_id() & 3, group = warp_id() >> 2, own = heads * 32 + lane;
        Cursor now(a, a.starts[block_x()], a.starts[block_x() + 1]);
        if (!now.valid()) return;
        Cursor ahead = now;
        UNROLL
        for (int s = 0; s < kStages - 1; s++) fetch(a, ahead, shared.stages[s]);

        Queries<Type, kHeld> queries;
        Mix<Type> mix;
        bool fresh = true;
        int stage = 0;
        while (now.valid()) {
            if (fresh) {
                // Nobody reads the last split's queries any more: all have passed the barrier before its merging (a
                // lane of a block with one group reads only what it wrote itself).
                queries.load(a.q + (static_cast<int64_t>(item_of(a, now.item).x) * kHeads + heads * 16) * kDim, a.scale * kLog2e,
                             &shared.queries[0][own], 128, group == 0);
                mix.clear();
            }
            wait_copies<kStages - 2>();
            sync_block();
            fetch(a, ahead, shared.stages[stage == 0 ? kStages - 1 : stage - 1]);  // read in the round before
            unsigned char *tile = shared.stages[stage];
            mix.take(queries, &shared.queries[0][own], 128, tile + group * 32 * kRowBytes,
                     tile + kPlane + group * 32 * kRowBytes, now.length - now.tile * kKeys - group * 32);
            fresh = now.tile + 1 == now.last;
            if (fresh) finish(a, shared, mix, item_of(a, now.item), tile, heads, group, own);
            now.next(a);
            stage = stage == kStages - 1 ? 0 : stage + 1;
        }
    }

    // Starts to bring the next tile, if there is one; a group of copies in any case.
    DEVICE static void fetch(const MfaDecode &a, Cursor &ahead, unsigned char *stage) {
        if (ahead.valid()) {
            const int first = ahead.tile * kKeys;
            load_tile<kKeys, kThreads>(stage, ahead.blocks[first / kBlockTokens], a.layer_offset, first, ahead.length);
            ahead.next(a);
        }
        commit_copies();
    }

    // Writes what a split has found. The groups of keys are joined in the tile that was read last: it is filled again
    // only after the next barrier.
    DEVICE static void finish(const MfaDecode &a, Shared &shared, Mix<Type> &mix, const int4 &item,
                              unsigned char *tile, int heads, int group, int own) {
        mix.join_lanes();
        if constexpr (kGroups == 2) {
            sync_block();
            if (group == 1) put(shared, mix, reinterpret_cast<Bytes16 *>(tile), own);
            sync_block();
            if (group == 1) return;
            join(shared, mix, reinterpret_cast<const Bytes16 *>(tile), own);
        }
        const int g = lane_id() >> 2, t = lane_id() & 3;
        if (item.w < 0) {
            mix.write(a.out + (static_cast<int64_t>(item.x) * kHeads + heads * 16) * kDim);
            return;
        }
        mix.write(a.partial + (static_cast<int64_t>(item.w) * kHeads + heads * 16) * kDim);
        if (t == 0) {
            float *logs = a.logs + static_cast<int64_t>(item.w) * kHeads + heads * 16 + g;
            logs[0] = mix.largest[0] + log2_fast(mix.sum[0]);
            logs[8] = mix.largest[1] + log2_fast(mix.sum[1]);
        }
    }

    DEVICE static void put(Shared &shared, const Mix<Type> &mix, Bytes16 *numbers, int own) {
        UNROLL
        for (int i = 0; i < 32; i++) {
            numbers[i * 128 + own] = {float_to_bits(mix.mixed[i][0]), float_to_bits(mix.mixed[i][1]),
                                      float_to_bits(mix.mixed[i][2]), float_to_bits(mix.mixed[i][3])};
        }
        UNROLL
        for (int r = 0; r < 2; r++) {
            shared.merge[r][own] = mix.largest[r];
            shared.merge[2 + r][own] = mix.sum[r];
        }
    }

    DEVICE static void join(const Shared &shared, Mix<Type> &mix, const Bytes16 *numbers, int own) {
        float mine[2], theirs[2];
        UNROLL
        for (int r = 0; r < 2; r++) {
            const float other = shared.merge[r][own], now = fmaxf(mix.largest[r], other);
            mine[r] = mix.largest[r] == minus_infinity() ? 0 : exp2_fast(mix.largest[r] - now);
            theirs[r] = other == minus_infinity() ? 0 : exp2_fast(other - now);
            mix.sum[r] = mix.sum[r] * mine[r] + shared.merge[2 + r][own] * theirs[r];
            mix.largest[r] = now;
        }
        UNROLL
        for (int i = 0; i < 32; i++) {
            const Bytes16 other = load_shared(&numbers[i * 128 + own]);
            mix.mixed[i][0] = mix.mixed[i][0] * mine[0] + bits_to_float(other.x) * theirs[0];
            mix.mixed[i][1] = mix.mixed[i][1] * mine[0] + bits_to_float(other.y) * theirs[0];
            mix.mixed[i][2] = mix.mixed[i][2] * mine[1] + bits_to_float(other.z) * theirs[1];
            mix.mixed[i][3] = mix.mixed[i][3] * mine[1] + bits_to_float(other.w) * theirs[1];
        }
    }
};

}  // namespace

// For 227 KB of shared memory (sm_90, sm_100), for 163 KB (sm_80), and for 99 KB (sm_86, sm_89, sm_120).
KERNEL(mfa_decode_64x3, MfaDecode, 256, 1) { Decode<F16, 2, 3, 11>::run(a); }
KERNEL(mfa_decode_64x2, MfaDecode, 256, 1) { Decode<F16, 2, 2, 11>::run(a); }
KERNEL(mfa_decode_32x3, MfaDecode, 128, 1) { Decode<F16, 1, 3, 15>::run(a); }
KERNEL(mfa_decode_bf16_64x3, MfaDecode, 256, 1) { Decode<mfa::Bf16, 2, 3, 11>::run(a); }
KERNEL(mfa_decode_bf16_64x2, MfaDecode, 256, 1) { Decode<mfa::Bf16, 2, 2, 11>::run(a); }
KERNEL(mfa_decode_bf16_32x3, MfaDecode, 128, 1) { Decode<mfa::Bf16, 1, 3, 15>::run(a); }
