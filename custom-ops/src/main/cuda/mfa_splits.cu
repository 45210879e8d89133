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
DEVICE int tiles_of(const MfaPlan &a, int length) { return (length + a.keys - 1) / a.keys; }

struct PlanShared {
    int warps[2][kWarps];
};

// The sum of the numbers of all threads before this one; one number a thread.
DEVICE int sum_before(int x, int *warps) {
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
    return before + sum - x;
}

// How many splits begin before tile `end` of all tiles.
DEVICE int items_before(const MfaPlan &a, int end) {
    if (end == 0) return 0;
    int low = 0, high = a.count - 1;  // the last row that begins before `end`
    while (low < high) {
        const int middle = (low + high + 1) / 2;
        if (a.tiles[middle] < end) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    const int tiles = a.tiles[low + 1] - a.tiles[low], splits = a.slots[low + 1] - a.slots[low];
    if (tiles == 0) return a.slots[low];
    // Split s begins at tile tiles * s / splits.
    const int within = static_cast<int>((static_cast<int64_t>(end - a.tiles[low]) * splits + tiles - 1) / tiles);
    return a.slots[low] + (within < splits ? within : splits);
}

}  // namespace

// One thread block; a thread has neighbouring rows.
KERNEL(mfa_plan, MfaPlan, 1024, 1) {
    PlanShared &shared = shared_memory<PlanShared>();
    const int each = (a.count + kThreads - 1) / kThreads, begin = thread_id() * each;
    const int end = begin + each < a.count ? begin + each : a.count;
    int tiles = 0, splits = 0;
    for (int row = begin; row < end; row++) {
        if (!alone(a.rows, row, a.count)) continue;
        tiles += tiles_of(a, a.rows[row].position + 1);
        splits += splits_of(a, a.rows[row].position + 1);
    }
    tiles = sum_before(tiles, shared.warps[0]);
    splits = sum_before(splits, shared.warps[1]);
    for (int row = begin; row < end; row++) {
        a.tiles[row] = tiles;
        a.slots[row] = splits;
        if (!alone(a.rows, row, a.count)) continue;
        const int own_tiles = tiles_of(a, a.rows[row].position + 1), own = splits_of(a, a.rows[row].position + 1);
        for (int s = 0; s < own; s++) {
            reinterpret_cast<int4 *>(a.items)[splits + s] = {row, own_tiles * s / own, own_tiles * (s + 1) / own,
                                                             own == 1 ? -1 : splits + s};
        }
        tiles += own_tiles;
        splits += own;
    }
    if (begin < a.count && end == a.count) {
        a.tiles[a.count] = tiles;
        a.slots[a.count] = splits;
    }
    sync_block();  // what this block wrote is seen by all of it
    const int64_t all = a.tiles[a.count];
    for (int b = thread_id(); b <= a.blocks; b += kThreads) {
        a.starts[b] = items_before(a, static_cast<int>(all * b / a.blocks));
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
