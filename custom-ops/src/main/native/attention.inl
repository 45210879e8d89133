// Attention with an online softmax (Milakov and Gimelshein, arXiv:1805.02867): many queries pass
// over a block of keys together, so that keys and values are read, and decoded, once for all of
// them. Where there are few queries, the positions are split between tasks and merged afterwards, as in
// flash-decoding. The split depends on the sizes alone, never on the threads.
#pragma once

namespace step3 {
namespace {

// Queries over shared keys and values.
struct Queries {
    const float *q;
    int64_t q_stride;
    const void *keys;
    const void *values;
    int64_t kv_stride;  // in bytes
    int64_t dim;
    float scale;
    int64_t seen;   // keys that the first query sees
    int64_t group;  // so many neighbouring queries see equally much, the next group one more; 0: all
    int32_t type;   // of keys and values

    int64_t visible(int64_t query) const { return seen + (group == 0 ? 0 : query / group); }
};

constexpr int64_t kQueriesOfTask = 66;  // whole tiles in every tier
constexpr int64_t kPositions = 64;      // keys that a block of scores covers
constexpr int64_t kSplitPositions = 128;
constexpr int64_t kSplitTasks = 64;
constexpr int64_t kMostSplits = 128;  // of one block of queries: no more cores can help one token

// Where a block of keys or values is decoded that is not float32.
inline int64_t decoded_floats(int64_t dim, int32_t type) {
    return type == STEP3_F32 ? 0 : kPositions * dim;
}
static_assert(kPositions * kMaxStoredDim < kWorkspaceFloats, "decoded keys leave room for queries");

// How many queries of this size a task can hold.
inline int64_t queries_of_task(int64_t dim, int32_t type) {
    int64_t floats = kWorkspaceFloats - decoded_floats(dim, type);
    return smaller(kQueriesOfTask, floats / (round_up(dim, W) + kPositions));
}

// What is known of each query after some keys: the largest score, the sum of e^(score - largest),
// and the values mixed by these.
struct Mixed {
    float *values;  // one row of round_up(dim, W) for each query
    float largest[kQueriesOfTask];
    float sum[kQueriesOfTask];
};

// Neighbouring keys or values as float32.
struct Block {
    const float *base;
    int64_t stride;
};

// `positions` rows from `from`: where they lie, or decoded.
inline Block block_of(const Queries &a, const void *rows, int64_t from, int64_t positions,
                      float *decoded) {
    if (a.type == STEP3_F32) {
        int64_t stride = a.kv_stride / 4;
        return {static_cast<const float *>(rows) + from * stride, stride};
    }
    const uint8_t *row = static_cast<const uint8_t *>(rows) + from * a.kv_stride;
    for (int64_t p = 0; p < positions; p++, row += a.kv_stride) {
        load_row(a.type, row, a.dim, decoded + p * a.dim);
    }
    return {decoded, a.dim};
}

// scores[i][p] of n queries from `first` and `positions` keys.
inline void score(const Queries &a, int64_t first, int64_t n, Block block, int64_t positions,
                  float *scores) {
    for (int64_t i = 0; i < n; i += kTileTokens) {
        int queries = static_cast<int>(smaller(kTileTokens, n - i));
        const float *qs[kTileTokens];
        for (int t = 0; t < queries; t++) qs[t] = a.q + (first + i + t) * a.q_stride;
        for (int64_t p = 0; p < positions; p += 4) {
            const float *keys[4];
            for (int64_t j = 0; j < 4; j++) {
                keys[j] = block.base + smaller(p + j, positions - 1) * block.stride;
            }
            Vec4 products[kTileTokens] = {};
            tile(queries, keys, qs, a.dim, products);
            for (int t = 0; t < queries; t++) {
                __builtin_memcpy(scores + (i + t) * kPositions + p, &products[t], 16);
            }
        }
    }
}

// Turns a row of kPositions scores, of which the first `visible` count, into weights; returns what
// the values mixed so far must be multiplied by.
inline float weigh(float *scores, int64_t visible, float scale, float *largest, float *sum) {
    constexpr float kNone = -__builtin_inff();
    for (int64_t p = visible < 0 ? 0 : visible; p < kPositions; p++) scores[p] = kNone;
    Vec top = broadcast(kNone);
    for (int64_t p = 0; p < kPositions; p += W) {
        Vec s = load(scores + p) * broadcast(scale);
        store(scores + p, s);
        top = max(s, top);
    }
    float before = *largest;
    float now = before;
    float tops[W];
    store(tops, top);
    for (float s : tops) now = s > now ? s : now;
    float base = now == kNone ? 0 : now;  // nothing seen yet: all weights are zero
    Vec total = broadcast(0);
    for (int64_t p = 0; p < kPositions; p += W) {
        Vec weight = exp(load(scores + p) - broadcast(base));
        store(scores + p, weight);
        total = total + weight;
    }
    float kept = exp(broadcast(before - base))[0];
    *largest = now;
    *sum = *sum * kept + step3::sum(total);
    return kept;
}

// N vectors of the mixed values of T queries: out = out * kept + weights * values. The last of N = 1
// may be a part of a vector.
template <int T, int N>
inline void mix_tile(const float *weights, const float *kept, const float *values, int64_t stride,
                     int64_t positions, int64_t part, float *out, int64_t out_stride) {
    Vec sums[T][N];
    for (int t = 0; t < T; t++) {
        for (int j = 0; j < N; j++) {
            sums[t][j] = load(out + t * out_stride + j * W) * broadcast(kept[t]);
        }
    }
    for (int64_t p = 0; p < positions; p++) {
        Vec v[N];
        for (int j = 0; j < N; j++) {
            const float *at = values + p * stride + j * W;
            v[j] = N == 1 && part < W ? load_part(at, part) : load(at);
        }
        for (int t = 0; t < T; t++) {
            Vec weight = broadcast(weights[t * kPositions + p]);
            for (int j = 0; j < N; j++) sums[t][j] = fma(weight, v[j], sums[t][j]);
        }
    }
    for (int t = 0; t < T; t++) {
        for (int j = 0; j < N; j++) store(out + t * out_stride + j * W, sums[t][j]);
    }
}

template <int T>
void mix(const float *weights, const float *kept, const float *values, int64_t stride,
         int64_t positions, int64_t dim, float *out) {
    int64_t width = round_up(dim, W);
    int64_t d = 0;
    for (; d + 4 * W <= dim; d += 4 * W) {
        mix_tile<T, 4>(weights, kept, values + d, stride, positions, W, out + d, width);
    }
    for (; d + 2 * W <= dim; d += 2 * W) {
        mix_tile<T, 2>(weights, kept, values + d, stride, positions, W, out + d, width);
    }
    for (; d < dim; d += W) {
        mix_tile<T, 1>(weights, kept, values + d, stride, positions, smaller(W, dim - d), out + d,
                       width);
    }
}

// n queries from `first` over keys [from, to).
void attend(const Queries &a, int64_t first, int64_t n, int64_t from, int64_t to, float *scores,
            Mixed &mixed) {
    int64_t width = round_up(a.dim, W);
    for (int64_t i = 0; i < n; i++) {
        mixed.largest[i] = -__builtin_inff();
        mixed.sum[i] = 0;
    }
    __builtin_memset(mixed.values, 0, static_cast<size_t>(n * width) * 4);
    float *decoded = scores + n * kPositions;
    to = smaller(to, a.visible(first + n - 1));
    float kept[kQueriesOfTask];
    for (; from < to; from += kPositions) {
        int64_t positions = smaller(kPositions, to - from);
        score(a, first, n, block_of(a, a.keys, from, positions, decoded), positions, scores);
        for (int64_t i = 0; i < n; i++) {
            int64_t visible = smaller(positions, a.visible(first + i) - from);
            kept[i] = weigh(scores + i * kPositions, visible, a.scale, &mixed.largest[i],
                            &mixed.sum[i]);
        }
        Block values = block_of(a, a.values, from, positions, decoded);
        int64_t i = 0;
        for (; i + kTileTokens <= n; i += kTileTokens) {
            mix<kTileTokens>(scores + i * kPositions, kept + i, values.base, values.stride,
                             positions, a.dim, mixed.values + i * width);
        }
        for (; i < n; i++) {
            mix<1>(scores + i * kPositions, kept + i, values.base, values.stride, positions,
                   a.dim, mixed.values + i * width);
        }
    }
}

inline void divide(float *out, const float *values, int64_t dim, float sum) {
    for (int64_t d = 0; d < dim; d++) out[d] = values[d] / sum;
}

// A task that sees all positions writes its results at once.
void attend_whole(const Queries &a, int64_t first, int64_t n, int64_t keys, Rows<float> out) {
    int64_t width = round_up(a.dim, W);
    Mixed mixed;
    mixed.values = workspace();
    attend(a, first, n, 0, keys, mixed.values + n * width, mixed);
    for (int64_t i = 0; i < n; i++) {
        divide(out[first + i], mixed.values + i * width, a.dim, mixed.sum[i]);
    }
}

// How one span is taken apart. It depends on this span alone, never on its neighbours.
struct Plan {
    Queries a;
    Rows<float> out;
    int64_t queries, keys;
    int64_t block;   // queries of a task
    int64_t blocks;  // of queries
    int64_t splits;  // of positions
    int64_t step;    // positions of a split
    float *parts;    // of each split and query: the mixed values, then the largest score and the sum

    int64_t tasks() const { return blocks * splits; }
    int64_t part_size() const { return round_up(a.dim, W) + W; }
    // What is left to do for each query once all tasks are done.
    int64_t merges() const { return splits > 1 ? queries : 0; }
};

inline Plan plan(const step3_attention_args &args, const step3_span &span, int64_t row) {
    Plan p{};
    int64_t offset = row * args.heads * args.dim;
    p.queries = span.rows * args.heads;
    p.keys = span.position + span.rows;
    p.a = {args.q + offset, args.dim,   span.keys,         span.values, 0,
           args.dim,        args.scale, span.position + 1, args.heads,  span.type};
    p.a.kv_stride = STEP3_KV_ROW_BYTES(span.type, args.dim);
    p.out = {args.out + offset, args.dim};
    p.block = queries_of_task(args.dim, span.type);
    p.blocks = ceil_div(p.queries, p.block);
    int64_t most = p.blocks == 1 ? kMostSplits : kSplitTasks / (p.blocks + 1);
    p.splits = smaller(ceil_div(p.keys, kSplitPositions), most);
    if (p.splits < 1) p.splits = 1;
    p.step = round_up(ceil_div(p.keys, p.splits), kPositions);
    return p;
}

void attend_task(const Plan &p, int64_t task) {
    int64_t first = task % p.blocks * p.block;
    int64_t n = smaller(p.block, p.queries - first);
    if (p.splits == 1) return attend_whole(p.a, first, n, p.keys, p.out);
    int64_t width = round_up(p.a.dim, W), split = task / p.blocks;
    Mixed mixed;
    mixed.values = workspace();
    attend(p.a, first, n, split * p.step, smaller(p.keys, (split + 1) * p.step),
           mixed.values + n * width, mixed);
    for (int64_t i = 0; i < n; i++) {
        float *part = p.parts + (split * p.queries + first + i) * p.part_size();
        __builtin_memcpy(part, mixed.values + i * width, static_cast<size_t>(width) * 4);
        part[width] = mixed.largest[i];
        part[width + 1] = mixed.sum[i];
    }
}

void merge(const Plan &p, int64_t query) {
    int64_t width = round_up(p.a.dim, W), size = p.part_size();
    float largest = p.parts[query * size + width];
    for (int64_t s = 1; s < p.splits; s++) {
        float other = p.parts[(s * p.queries + query) * size + width];
        largest = other > largest ? other : largest;
    }
    float *total = p.parts + query * size;
    float sum = 0;
    for (int64_t s = 0; s < p.splits; s++) {
        const float *part = p.parts + (s * p.queries + query) * size;
        Vec factor = exp(broadcast(part[width] - largest));
        sum += part[width + 1] * factor[0];
        for (int64_t d = 0; d < width; d += W) {
            Vec before = s == 0 ? broadcast(0) : load(total + d);
            store(total + d, fma(load(part + d), factor, before));
        }
    }
    divide(p.out[query], total, p.a.dim, sum);
}

int attention(Pool &pool, const step3_attention_args &args) {
    constexpr int64_t kPlanFloats = sizeof(Plan) / 4 + 1;
    Floats memory(args.span_count * kPlanFloats);
    if (memory.missing()) return no_memory();
    Plan *plans = reinterpret_cast<Plan *>(static_cast<float *>(memory));
    int64_t tasks = 0, merges = 0, cost = 0, merge_cost = 0, parts_size = 0, row = 0;
    for (int64_t i = 0; i < args.span_count; i++) {
        Plan p = plan(args, args.spans[i], row);
        row += args.spans[i].rows;
        tasks += p.tasks();
        merges += p.merges();
        cost = plus(cost, product(p.queries, p.keys, args.dim, p.splits > 1 ? 2 : 1));
        merge_cost = plus(merge_cost, product(p.merges(), p.splits, p.part_size(), 4));
        parts_size += p.merges() * p.splits * p.part_size();
        plans[i] = p;
    }
    Floats parts(parts_size);
    if (parts.missing()) return no_memory();
    for (int64_t i = 0, from = 0; i < args.span_count; i++) {
        plans[i].parts = parts + from;
        from += plans[i].merges() * plans[i].splits * plans[i].part_size();
    }
    for_each(pool, tasks, cost, [&](int64_t task) {
        const Plan *p = plans;
        for (; task >= p->tasks(); p++) task -= p->tasks();
        attend_task(*p, task);
    });
    for_each(pool, merges, merge_cost, [&](int64_t query) {
        const Plan *p = plans;
        for (; query >= p->merges(); p++) query -= p->merges();
        merge(*p, query);
    });
    return STEP3_OK;
}

int full_attention(Pool &pool, const step3_full_attention_args &args) {
    int64_t width = args.heads * args.dim;
    int64_t block = queries_of_task(args.dim, STEP3_F32);
    int64_t blocks = ceil_div(args.tokens, block);
    int64_t cost = product(args.tokens, args.tokens, width, 2);
    for_each(pool, blocks * args.heads, cost, [&](int64_t task) {
        int64_t offset = task / blocks * args.dim;
        int64_t first = task % blocks * block;
        const float *q = args.qkv + offset;
        Queries a{q,        3 * width,  q + width,   q + 2 * width, 12 * width,
                  args.dim, args.scale, args.tokens, 0,             STEP3_F32};
        attend_whole(a, first, smaller(block, args.tokens - first), args.tokens,
                     Rows<float>{args.out + offset, width});
    });
    return STEP3_OK;
}

}  // namespace
}  // namespace step3
