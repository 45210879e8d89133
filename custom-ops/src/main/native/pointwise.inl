// Norms, activations, rotary position embedding and the router's choice.
#pragma once

namespace step3 {
namespace {

constexpr int64_t kNumbersOfTask = 4096;

// body(from, n) for neighbouring pieces of total numbers.
template <class Body>
void for_pieces(Pool &pool, int64_t total, int64_t cost, const Body &body) {
    for_each(pool, ceil_div(total, kNumbersOfTask), product(total, cost), [&](int64_t task) {
        int64_t from = task * kNumbersOfTask;
        body(from, smaller(kNumbersOfTask, total - from));
    });
}

// to[i] = f(a[i], b[i]), vector by vector.
template <class F>
inline void map(float *to, const float *a, const float *b, int64_t n, const F &f) {
    int64_t i = 0;
    for (; i + W <= n; i += W) store(to + i, f(load(a + i), load(b + i)));
    if (i < n) store_part(to + i, f(load_part(a + i, n - i), load_part(b + i, n - i)), n - i);
}

template <class F>
inline float sum_of(const float *x, int64_t n, const F &f) {
    Vec sums[4] = {};
    int64_t i = 0;
    for (; i + kGroup <= n; i += kGroup) {
        for (int j = 0; j < 4; j++) sums[j] = sums[j] + f(load(x + i + j * W));
    }
    float rest = 0;
    for (; i < n; i++) rest += f(broadcast(x[i]))[0];
    return sum((sums[0] + sums[1]) + (sums[2] + sums[3])) + rest;
}

inline float inverse_root(float x) { return 1 / __builtin_sqrtf(x); }

int rms_norm(Pool &pool, const step3_rms_norm_args &a) {
    int64_t cols = a.gain->cols;
    Floats gains(cols);
    if (gains.missing()) return no_memory();
    decode_row(matrix(*a.gain), 0, 0, cols, gains);
    for_each(pool, a.rows, product(a.rows, cols, 4), [&](int64_t r) {
        const float *in = a.x + r * cols;
        float squares = sum_of(in, cols, [](Vec v) { return v * v; });
        Vec factor = broadcast(inverse_root(squares / static_cast<float>(cols) + a.eps));
        map(a.out + r * cols, in, gains, cols, [&](Vec v, Vec g) { return v * factor * g; });
    });
    return STEP3_OK;
}

int layer_norm(Pool &pool, const step3_layer_norm_args &a) {
    int64_t cols = a.gain->cols;
    Floats gains(cols), biases(cols);
    if (gains.missing() || biases.missing()) return no_memory();
    decode_row(matrix(*a.gain), 0, 0, cols, gains);
    decode_row(matrix(*a.bias), 0, 0, cols, biases);
    for_each(pool, a.rows, product(a.rows, cols, 6), [&](int64_t r) {
        const float *in = a.x + r * cols;
        float *out = a.out + r * cols;
        float n = static_cast<float>(cols);
        Vec mean = broadcast(sum_of(in, cols, [](Vec v) { return v; }) / n);
        float squares = sum_of(in, cols, [&](Vec v) { return (v - mean) * (v - mean); });
        Vec factor = broadcast(inverse_root(squares / n + a.eps));
        map(out, in, gains, cols, [&](Vec v, Vec g) { return (v - mean) * factor * g; });
        map(out, out, biases, cols, [](Vec v, Vec b) { return v + b; });
    });
    return STEP3_OK;
}

inline Vec silu(Vec x) { return x / (broadcast(1) + exp(-x)); }

inline void silu_multiply(float *gate, const float *up, int64_t n) {
    map(gate, gate, up, n, [](Vec g, Vec u) { return silu(g) * u; });
}

int silu_multiply(Pool &pool, const step3_silu_multiply_args &a) {
    for_pieces(pool, a.n, kExpCost,
               [&](int64_t from, int64_t n) { silu_multiply(a.gate + from, a.up + from, n); });
    return STEP3_OK;
}

int quick_gelu(Pool &pool, const step3_quick_gelu_args &a) {
    for_pieces(pool, a.n, kExpCost, [&](int64_t from, int64_t n) {
        float *x = a.x + from;
        map(x, x, x, n,
            [](Vec v, Vec) { return v / (broadcast(1) + exp(broadcast(-1.702f) * v)); });
    });
    return STEP3_OK;
}

int add(Pool &pool, const step3_add_args &a) {
    for_pieces(pool, a.n, 4, [&](int64_t from, int64_t n) {
        map(a.x + from, a.x + from, a.y + from, n, [](Vec x, Vec y) { return x + y; });
    });
    return STEP3_OK;
}

int rotate(Pool &pool, const step3_rotate_args &a) {
    int64_t half = a.dim / 2, rows = rows_of(a.spans, a.span_count);
    Floats angles(rows * a.dim);
    if (angles.missing()) return no_memory();
    for_each(pool, rows, product(rows, half * 64 + a.heads * a.dim * 2), [&](int64_t r) {
        SpanRow at = span_row(a.spans, r);
        float position = static_cast<float>(at.span->position + at.row);
        float *cosines = angles + r * a.dim, *sines = cosines + half;
        for (int64_t i = 0; i < half; i++) {
            float angle = position * a.inverse_frequencies[i];
            cosines[i] = static_cast<float>(__builtin_cos(angle));
            sines[i] = static_cast<float>(__builtin_sin(angle));
        }
        for (int64_t h = 0; h < a.heads; h++) {
            float *low = a.x + (r * a.heads + h) * a.dim, *high = low + half;
            for (int64_t i = 0; i < half; i += W) {
                int64_t n = smaller(W, half - i);
                Vec x = load_part(low + i, n), y = load_part(high + i, n);
                Vec c = load_part(cosines + i, n), s = load_part(sines + i, n);
                store_part(low + i, x * c - y * s, n);
                store_part(high + i, y * c + x * s, n);
            }
        }
    });
    return STEP3_OK;
}

// In place; false if the largest logit is not finite or one is NaN.
inline bool softmax(float *x, int64_t n) {
    float largest = x[0];
    for (int64_t i = 0; i < n; i++) {
        if (x[i] != x[i]) return false;
        if (x[i] > largest) largest = x[i];
    }
    if (largest - largest != 0) return false;  // an infinity
    map(x, x, x, n, [&](Vec v, Vec) { return exp(v - broadcast(largest)); });
    Vec total = broadcast(sum_of(x, n, [](Vec v) { return v; }));
    map(x, x, x, n, [&](Vec v, Vec) { return v / total; });
    return true;
}

inline void choose(const float *probabilities, int64_t experts, int64_t k, bool renormalise,
                   int32_t *ids, float *weights) {
    float total = 0;
    for (int64_t j = 0; j < k; j++) {
        int64_t best = -1;
        for (int64_t e = 0; e < experts; e++) {
            // After the last chosen one: less probable, or as probable with a higher number.
            bool later = j == 0 || probabilities[e] < weights[j - 1] ||
                         (probabilities[e] == weights[j - 1] && e > ids[j - 1]);
            if (later && (best < 0 || probabilities[e] > probabilities[best])) best = e;
        }
        ids[j] = static_cast<int32_t>(best);
        weights[j] = probabilities[best];
        total += weights[j];
    }
    for (int64_t j = 0; renormalise && j < k; j++) weights[j] /= total;
}

int route(Pool &pool, const step3_route_args &a) {
    int64_t refused = a.rows;  // the first of the refused rows
    for_each(pool, a.rows, product(a.rows, a.experts, kExpCost + 2 * a.k), [&](int64_t r) {
        float *row = a.probabilities + r * a.experts;
        if (softmax(row, a.experts)) {
            choose(row, a.experts, a.k, a.renormalise != 0, a.ids + r * a.k, a.weights + r * a.k);
            return;
        }
        int64_t seen = __atomic_load_n(&refused, __ATOMIC_RELAXED);
        while (r < seen && !__atomic_compare_exchange_n(&refused, &seen, r, false,
                                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
        }
    });
    if (refused < a.rows) {
        return fail(STEP3_NOT_FINITE, "row %lld of the router's logits holds NaN or infinity",
                    static_cast<long long>(refused));
    }
    return STEP3_OK;
}

}  // namespace
}  // namespace step3
