// Linear layers. One to three rows of x: weights are decoded in registers and multiplied at once, so
// that the memory is the limit. More rows: a panel of weights is decoded to float32 and stays in the
// cache while all rows of x pass by.
#pragma once

namespace step3 {
namespace {

// Rows of activations, some of them picked by an index.
template <class Float>
struct Rows {
    Float *base;
    int64_t stride;
    const int32_t *index = nullptr;  // null: every row in turn
    int64_t per_row = 1;             // index entries that mean the same row

    Float *operator[](int64_t i) const {
        return base + (index != nullptr ? index[i] / per_row : i) * stride;
    }
};

constexpr int64_t kPanelRows = 32;     // weight rows of a task
constexpr int64_t kPanelCols = 1024;   // columns decoded at a time: a panel is half an L2 cache
constexpr int64_t kTokensOfTask = 192;
constexpr int64_t kFewRows = 3;
constexpr int64_t kFewTokens = 24;
// A little apart, so that the rows of a panel do not fall into the same cache sets.
constexpr int64_t kPanelStride = kPanelCols + W;
static_assert(kPanelRows * kPanelStride <= kWorkspaceFloats, "a panel fits the workspace");

// Q rows of weights times R rows of x: sums[q][r] += w[q][0..n) * x[r][0..n), over the lanes. Several
// rows of weights at a time, since x comes from a cache that is not much faster than the memory.
// Weights are multiplied by factors[q] first, if there are any.
template <class Type, int Q, int R>
inline void multiply_run(const uint8_t *const *w, const float *factors, const float *const *x,
                         int64_t n, Vec (&sums)[Q][R]) {
    int64_t i = 0;
    for (; i + kGroup <= n; i += kGroup) {
        for (int q = 0; q < Q; q++) {
            Vec v[4];
            Type::decode(w[q] + i * Type::kBytes, v);
            for (int j = 0; j < 4; j++) {
                if (factors != nullptr) v[j] = v[j] * broadcast(factors[q]);
                for (int r = 0; r < R; r++) {
                    sums[q][r] = fma(v[j], load(x[r] + i + j * W), sums[q][r]);
                }
            }
        }
    }
    if (i == n) return;
    for (int q = 0; q < Q; q++) {
        Vec v[4];
        decode_part<Type>(w[q] + i * Type::kBytes, n - i, v);
        for (int64_t j = 0; i + j * W < n; j++) {
            if (factors != nullptr) v[j] = v[j] * broadcast(factors[q]);
            for (int r = 0; r < R; r++) {
                Vec part = load_part(x[r] + i + j * W, smaller(W, n - i - j * W));
                sums[q][r] = fma(v[j], part, sums[q][r]);
            }
        }
    }
}

// The same for weights with scales. For one row of x it is cheaper to scale the sums of a block, for
// several to scale the weights.
template <class Type, int Q, int R>
inline void multiply_blocks(const Matrix &w, int64_t row, const uint8_t **data,
                            const float *const *x, Vec (&totals)[Q][R]) {
    const uint8_t *scales[Q];
    for (int q = 0; q < Q; q++) scales[q] = w.scales_of(row + q);
    const float *at[R];
    for (int r = 0; r < R; r++) at[r] = x[r];
    for (int64_t from = 0, block = 0; from < w.cols; from += w.block_cols, block++) {
        int64_t n = smaller(w.cols - from, w.block_cols);
        float factors[Q];
        for (int q = 0; q < Q; q++) factors[q] = float_at(scales[q], block) * Type::kUnit;
        if constexpr (R == 1) {
            Vec sums[Q][1] = {};
            multiply_run<Type, Q, 1>(data, nullptr, at, n, sums);
            for (int q = 0; q < Q; q++) {
                totals[q][0] = fma(sums[q][0], broadcast(factors[q]), totals[q][0]);
            }
        } else {
            multiply_run<Type, Q, R>(data, factors, at, n, totals);
        }
        for (int q = 0; q < Q; q++) data[q] += n;
        for (int r = 0; r < R; r++) at[r] += n;
    }
}

// Rows [row, row + Q) of the weights times R rows of x.
template <class Type, int Q, int R>
inline void multiply_rows(const Matrix &w, int64_t row, const float *const *x, Rows<float> out) {
    const uint8_t *data[Q];
    for (int q = 0; q < Q; q++) data[q] = w.data + (row + q) * w.cols * Type::kBytes;
    Vec totals[Q][R] = {};
    if constexpr (is_scaled<Type>()) {
        multiply_blocks<Type, Q, R>(w, row, data, x, totals);
    } else {
        multiply_run<Type, Q, R>(data, nullptr, x, w.cols, totals);
    }
    for (int r = 0; r < R; r++) {
        if constexpr (Q == 4) {
            Vec4 sums = sum_each(totals[0][r], totals[1][r], totals[2][r], totals[3][r]);
            __builtin_memcpy(out[r] + row, &sums, sizeof sums);
        } else {
            for (int q = 0; q < Q; q++) out[r][row + q] = sum(totals[q][r]);
        }
    }
}

template <class Type, int R>
void multiply_few(const Matrix &w, int64_t row, int64_t to, Rows<const float> x, Rows<float> out) {
    constexpr int Q = 4;
    const float *rows[R];
    for (int r = 0; r < R; r++) rows[r] = x[r];
    for (; row + Q <= to; row += Q) multiply_rows<Type, Q, R>(w, row, rows, out);
    for (; row < to; row++) multiply_rows<Type, 1, R>(w, row, rows, out);
}

// Four rows of float32 weights times T rows of x, n columns each: out[t] are the four products.
template <int T>
inline void tile(const float *const *w, const float *const *x, int64_t n, Vec4 *out) {
    Vec sums[T][4] = {};
    int64_t i = 0;
    for (; i + W <= n; i += W) {
        Vec xs[T];
        for (int t = 0; t < T; t++) xs[t] = load(x[t] + i);
        for (int r = 0; r < 4; r++) {
            Vec v = load(w[r] + i);
            for (int t = 0; t < T; t++) sums[t][r] = fma(v, xs[t], sums[t][r]);
        }
    }
    if (i < n) {
        Vec xs[T];
        for (int t = 0; t < T; t++) xs[t] = load_part(x[t] + i, n - i);
        for (int r = 0; r < 4; r++) {
            Vec v = load_part(w[r] + i, n - i);
            for (int t = 0; t < T; t++) sums[t][r] = fma(v, xs[t], sums[t][r]);
        }
    }
    for (int t = 0; t < T; t++) {
        out[t] = sum_each(sums[t][0], sums[t][1], sums[t][2], sums[t][3]);
    }
}

// As tile, for 1 to kTileTokens rows of x.
inline void tile(int t, const float *const *w, const float *const *x, int64_t n, Vec4 *out) {
    static_assert(kTileTokens == 3 || kTileTokens == 6, "the cases below");
    switch (t) {
        case 1: return tile<1>(w, x, n, out);
        case 2: return tile<2>(w, x, n, out);
        case 3: return tile<3>(w, x, n, out);
    }
    if constexpr (kTileTokens == 6) {
        switch (t) {
            case 4: return tile<4>(w, x, n, out);
            case 5: return tile<5>(w, x, n, out);
            case 6: return tile<6>(w, x, n, out);
        }
    }
}

// Columns [from, to) of the panel's rows for tokens [first, last): added to out, but the first
// columns overwrite it.
void multiply_panel(const float *panel, int64_t row, int64_t rows, int64_t from, int64_t to,
                    Rows<const float> x, int64_t first, int64_t last, Rows<float> out) {
    for (int64_t t = first; t < last; t += kTileTokens) {
        int tokens = static_cast<int>(smaller(kTileTokens, last - t));
        const float *xs[kTileTokens];
        for (int i = 0; i < tokens; i++) xs[i] = x[t + i] + from;
        for (int64_t r = 0; r < rows; r += 4) {
            Vec4 products[kTileTokens] = {};
            const float *ws[4];
            for (int j = 0; j < 4; j++) ws[j] = panel + (r + j) * kPanelStride;
            tile(tokens, ws, xs, to - from, products);
            int64_t valid = smaller(4, rows - r);
            for (int i = 0; i < tokens; i++) {
                float *at = out[t + i] + row + r;
                for (int64_t j = 0; j < valid; j++) {
                    at[j] = from == 0 ? products[i][j] : at[j] + products[i][j];
                }
            }
        }
    }
}

// Rows [row, row + rows) of the weights, at most kPanelRows, for tokens [first, last).
template <class Type>
void multiply_many(const Matrix &w, int64_t row, int64_t rows, Rows<const float> x, int64_t first,
                   int64_t last, Rows<float> out) {
    // Few tokens stay in the cache as a whole, and then a small panel is better.
    if (last - first <= kFewTokens && rows > 4) {
        for (int64_t r = 0; r < rows; r += 4) {
            multiply_many<Type>(w, row + r, smaller(4, rows - r), x, first, last, out);
        }
        return;
    }
    float *panel = workspace();
    for (int64_t from = 0; from < w.cols; from += kPanelCols) {
        int64_t to = smaller(w.cols, from + kPanelCols);
        for (int64_t r = 0; r < rows; r++) {
            decode_row<Type>(w, row + r, from, to, panel + r * kPanelStride);
        }
        multiply_panel(panel, row, rows, from, to, x, first, last, out);
    }
}

// Rows [row, row + rows) of the weights times tokens [first, last) of x.
void multiply(const Matrix &w, int64_t row, int64_t rows, Rows<const float> x, int64_t first,
              int64_t last, Rows<float> out) {
    with_type(w.type, [&](auto type) {
        using Type = decltype(type);
        if (first == 0 && last <= kFewRows) {
            switch (last) {
                case 1: return multiply_few<Type, 1>(w, row, row + rows, x, out);
                case 2: return multiply_few<Type, 2>(w, row, row + rows, x, out);
                case 3: return multiply_few<Type, 3>(w, row, row + rows, x, out);
            }
        }
        multiply_many<Type>(w, row, rows, x, first, last, out);
    });
}

int linear(Pool &pool, float *out, const float *x, const step3_weight &weight,
           const step3_weight *bias, int64_t rows) {
    Matrix w = matrix(weight);
    Rows<const float> in{x, w.cols};
    Rows<float> result{out, w.rows};
    int64_t panels = ceil_div(w.rows, kPanelRows);
    int64_t tasks = panels * ceil_div(rows, kTokensOfTask);
    for_each(pool, tasks, product(rows, w.rows, w.cols), [&](int64_t task) {
        int64_t row = task % panels * kPanelRows;
        int64_t panel_rows = smaller(kPanelRows, w.rows - row);
        int64_t first = task / panels * kTokensOfTask;
        int64_t last = smaller(rows, first + kTokensOfTask);
        multiply(w, row, panel_rows, in, first, last, result);
        if (bias == nullptr) return;
        float biases[kPanelRows];
        decode_row(matrix(*bias), 0, row, row + panel_rows, biases);
        for (int64_t t = first; t < last; t++) {
            for (int64_t r = 0; r < panel_rows; r++) result[t][row + r] += biases[r];
        }
    });
    return STEP3_OK;
}

int convolve(Pool &pool, const step3_convolve_args &a) {
    int64_t out_height = (a.height + 2 * a.padding - a.kernel) / a.stride + 1;
    int64_t out_width = (a.width + 2 * a.padding - a.kernel) / a.stride + 1;
    int64_t places = out_height * out_width;
    int64_t patch = a.channels * a.kernel * a.kernel;
    for_each(pool, places, product(places, patch, 4), [&](int64_t place) {
        int64_t top = place / out_width * a.stride - a.padding;
        int64_t left = place % out_width * a.stride - a.padding;
        float *to = a.scratch + place * patch;
        for (int64_t c = 0; c < a.channels; c++) {
            for (int64_t y = top; y < top + a.kernel; y++) {
                for (int64_t x = left; x < left + a.kernel; x++) {
                    bool inside = y >= 0 && y < a.height && x >= 0 && x < a.width;
                    *to++ = inside ? a.in[c * a.channel_stride + y * a.row_stride +
                                          x * a.column_stride]
                                   : 0;
                }
            }
        }
    });
    return linear(pool, a.out, a.scratch, *a.w, a.bias, places);
}

}  // namespace
}  // namespace step3
