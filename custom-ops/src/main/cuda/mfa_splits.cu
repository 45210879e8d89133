// What stands around mfa_decode: the work list before it, and the joining of splits after it.
#include "mfa.cuh"

namespace {

using namespace mfa;

constexpr int kThreads = 1024;
constexpr int kWarps = kThreads / 32;

// How many splits a sequence has: a function of its own length alone.
DEVICE int splits_of(const MfaPlan &a, int length) {
    const int wanted = (length + a.split_keys - 1) / a.split_keys;
    return wanted < a.most_splits ? wanted : a.most_splits;
}

struct PlanShared {
    int tiles[kThreads + 1];  // of all rows before
    int items[kThreads + 1];
    int warps[2][kWarps];
};

// Writes the sums of all numbers before each to `sums`, one number a thread, and the sum of all behind them.
DEVICE void sums_before(int x, int *sums, int *warps) {
    int sum = x;
    UNROLL
    for (int by = 1; by < 32; by *= 2) {
        const int below = shuffle_up(sum, by);
        if (lane_id() >= by) sum += below;
    }
    if (lane_id() == 31) warps[warp_id()] = sum;
    sync_block();
    int before = 0;
    for (int w = 0; w < warp_id(); w++) before += warps[w];
    sums[thread_id() + 1] = before + sum;
    if (thread_id() == 0) sums[0] = 0;
}

// How many splits begin before tile `end` of all tiles.
DEVICE int items_before(const MfaPlan &a, const PlanShared &shared, int end) {
    if (end == 0) return 0;
    int low = 0, high = a.rows - 1;  // the last row that begins before `end`
    while (low < high) {
        const int middle = (low + high + 1) / 2;
        if (shared.tiles[middle] < end) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    const int tiles = shared.tiles[low + 1] - shared.tiles[low], splits = shared.items[low + 1] - shared.items[low];
    // Split s begins at tiles * s / splits.
    const int within = static_cast<int>((static_cast<int64_t>(end - shared.tiles[low]) * splits + tiles - 1) / tiles);
    return shared.items[low] + (within < splits ? within : splits);
}

}  // namespace

// One thread block.
KERNEL(mfa_plan, MfaPlan, 1024, 1) {
    PlanShared &shared = shared_memory<PlanShared>();
    const int row = thread_id();
    int tiles = 0, splits = 0;
    if (row < a.rows) {
        const int length = a.lengths[row];
        tiles = (length + a.keys - 1) / a.keys;
        splits = splits_of(a, length);
    }
    sums_before(tiles, shared.tiles, shared.warps[0]);
    sums_before(splits, shared.items, shared.warps[1]);
    sync_block();
    if (row < a.rows) {
        const int first = shared.items[row];
        for (int s = 0; s < splits; s++) {
            reinterpret_cast<int4 *>(a.items)[first + s] = {row, tiles * s / splits, tiles * (s + 1) / splits,
                                                            splits == 1 ? -1 : first + s};
        }
    }
    if (row <= a.rows) a.slots[row] = shared.items[row];
    const int64_t all = shared.tiles[a.rows];
    for (int b = thread_id(); b <= a.blocks; b += kThreads) {
        a.starts[b] = items_before(a, shared, static_cast<int>(all * b / a.blocks));
    }
}

// out = sum of 2^log_s partial_s / sum of 2^log_s over the splits s of a row. One thread block a row and head; a row of
// one split is there already.
KERNEL(mfa_combine, MfaCombine, 256, 4) {
    struct Shared {
        float parts[4][kDim];
        float largest[8], total[8];
    };
    Shared &shared = shared_memory<Shared>();
    const int head = block_x(), row = block_y(), t = thread_id();
    const int first = a.slots[row], splits = a.slots[row + 1] - first;
    if (splits <= 1) return;
    const float *logs = a.logs + static_cast<int64_t>(first) * kHeads + head;
    const float *partial = a.partial + (static_cast<int64_t>(first) * kHeads + head) * kDim;
    float top = minus_infinity();
    for (int s = t; s < splits; s += 256) top = fmaxf(top, logs[s * kHeads]);
    top = warp_max(top);
    if (lane_id() == 0) shared.largest[warp_id()] = top;
    sync_block();
    UNROLL
    for (int w = 0; w < 8; w++) top = fmaxf(top, shared.largest[w]);
    float total = 0;
    for (int s = t; s < splits; s += 256) total += exp2_fast(logs[s * kHeads] - top);
    total = warp_sum(total);
    if (lane_id() == 0) shared.total[warp_id()] = total;
    // 64 threads read a row of a split; four splits are read at once.
    const int d = t % 64 * 4, part = t / 64;
    float sums[4] = {0, 0, 0, 0};
    _Pragma("unroll 4")
    for (int s = part; s < splits; s += 4) {
        const float weight = exp2_fast(logs[s * kHeads] - top);
        const Bytes16 v = load_again(partial + static_cast<int64_t>(s) * kHeads * kDim + d);
        sums[0] += weight * bits_to_float(v.x);
        sums[1] += weight * bits_to_float(v.y);
        sums[2] += weight * bits_to_float(v.z);
        sums[3] += weight * bits_to_float(v.w);
    }
    UNROLL
    for (int i = 0; i < 4; i++) shared.parts[part][d + i] = sums[i];
    sync_block();
    total = 0;
    UNROLL
    for (int w = 0; w < 8; w++) total += shared.total[w];
    const float all = shared.parts[0][t] + shared.parts[1][t] + shared.parts[2][t] + shared.parts[3][t];
    a.out[(static_cast<int64_t>(row) * kHeads + head) * kDim + t] = all / total;
}
