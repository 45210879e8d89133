// Linear layers. A few rows of x: weights are decoded in registers and multiplied at once, so that the
// memory is the limit. More rows: a panel of weights is decoded to float32 and stays in the cache
// while all rows of x pass by.
//
// What a row of x becomes does not depend on the rows beside it: whatever their number, its products
// are summed in the same order. There are two exceptions, where sums differ by their rounding alone:
// weights with scales, whose scale a single row multiplies with the sum of a block, several rows with
// each weight; and more than kFewTokens rows of more than kPanelCols columns, which are summed a panel
// at a time.
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
constexpr int64_t kPanelCols = 1024;   // columns decoded at a time: a panel takes 133 KB of the L2 cache
constexpr int64_t kTokensOfTask = 192;
constexpr int64_t kDirectTokens = 12;  // so few are multiplied with weights from registers
constexpr int64_t kFewTokens = 24;
constexpr int64_t kSeveralTokens = 4;

// What a job costs as for parallel(): with several tokens one follows another so closely that the
// helpers are awake, and sharing pays at a quarter of the size.
inline int64_t cost_of(int64_t tokens, int64_t multiplications) {
    return product(multiplications, tokens >= kSeveralTokens ? 4 : 1);
}
// The rows of a panel lie W floats apart, so that they do not fall into the same cache sets.
static_assert(kPanelRows * (kPanelCols + W) <= kWorkspaceFloats, "a panel fits the workspace");
// Rows of x that are multiplied at once: 4 x 6 sums, or 4 x 3 where there are 16 registers.
constexpr int kDirectRows = kTileTokens;

// Q rows of weights times R rows of x: sums[q][r] += w[q][0..n) * x[r][0..n), over the lanes. Several
// rows of weights at a time, since x comes from a cache that is not much faster than the memory.
// Weights are multiplied by factors[q] first, if there are any.
template <class Type, int Q, int R>
inline void multiply_run(const uint8_t *const *w, const float *factors, const float *const *x,
                         int64_t n, Vec (&sums)[Q][R]) {
    // Whatever touches the sums is unrolled, or they would not stay in registers.
    int64_t i = 0;
    for (; i + kGroup <= n; i += kGroup) {
#pragma GCC unroll 8
        for (int q = 0; q < Q; q++) {
            Vec v[4];
            Type::decode(w[q] + bytes_of<Type>(i), v);
#pragma GCC unroll 4
            for (int j = 0; j < 4; j++) {
                if (factors != nullptr) v[j] = v[j] * broadcast(factors[q]);
#pragma GCC unroll 8
                for (int r = 0; r < R; r++) {
                    sums[q][r] = fma(v[j], load(x[r] + i + j * W), sums[q][r]);
                }
            }
        }
    }
    if (i == n) return;
    int64_t whole = (n - i) / W, part = (n - i) % W;
#pragma GCC unroll 8
    for (int q = 0; q < Q; q++) {
        Vec v[4];
        decode_part<Type>(w[q] + bytes_of<Type>(i), n - i, v);
#pragma GCC unroll 4
        for (int j = 0; j < 4; j++) {
            if (j > whole || (j == whole && part == 0)) break;
            if (factors != nullptr) v[j] = v[j] * broadcast(factors[q]);
#pragma GCC unroll 8
            for (int r = 0; r < R; r++) {
                const float *at = x[r] + i + j * W;
                sums[q][r] = fma(v[j], j < whole ? load(at) : load_part(at, part), sums[q][r]);
            }
        }
    }
}

template <int Q, int R>
inline void clear(Vec (&sums)[Q][R]) {
#pragma GCC unroll 8
    for (int q = 0; q < Q; q++) {
#pragma GCC unroll 8
        for (int r = 0; r < R; r++) sums[q][r] = broadcast(0);
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
        for (int q = 0; q < Q; q++) data[q] += bytes_of<Type>(n);
        for (int r = 0; r < R; r++) at[r] += n;
    }
}

// Rows [row, row + Q) of the weights times R rows of x.
template <class Type, int Q, int R>
inline void multiply_rows(const Matrix &w, int64_t row, const float *const *x, float *const *out) {
    const uint8_t *data[Q];
    for (int q = 0; q < Q; q++) data[q] = w.data + bytes_of<Type>((row + q) * w.cols);
    Vec totals[Q][R];
    clear(totals);
    if constexpr (is_scaled<Type>()) {
        multiply_blocks<Type, Q, R>(w, row, data, x, totals);
    } else {
        multiply_run<Type, Q, R>(data, nullptr, x, w.cols, totals);
    }
    if constexpr (Q == 4) {
        Vec4 products[R];
        sum_rows(totals, products);
        for (int r = 0; r < R; r++) __builtin_memcpy(out[r] + row, &products[r], sizeof(Vec4));
    } else {
        for (int r = 0; r < R; r++) {
            out[r][row] = sum_each(totals[0][r], totals[0][r], totals[0][r], totals[0][r])[0];
        }
    }
}

// Rows [row, to) of the weights times R rows of x from `first`.
template <class Type, int R>
void multiply_direct(const Matrix &w, int64_t row, int64_t to, Rows<const float> x, int64_t first,
                     Rows<float> out) {
    const float *xs[R];
    float *outs[R];
    for (int r = 0; r < R; r++) {
        xs[r] = x[first + r];
        outs[r] = out[first + r];
    }
    for (; row + 4 <= to; row += 4) multiply_rows<Type, 4, R>(w, row, xs, outs);
    for (; row < to; row++) multiply_rows<Type, 1, R>(w, row, xs, outs);
}

// The same for n rows of x, at most kDirectRows.
template <class Type>
void multiply_direct(int64_t n, const Matrix &w, int64_t row, int64_t to, Rows<const float> x,
                     int64_t first, Rows<float> out) {
    static_assert(kDirectRows == 3 || kDirectRows == 6, "the cases below");
    switch (n) {
        case 1: return multiply_direct<Type, 1>(w, row, to, x, first, out);
        case 2: return multiply_direct<Type, 2>(w, row, to, x, first, out);
        case 3: return multiply_direct<Type, 3>(w, row, to, x, first, out);
    }
    if constexpr (kDirectRows == 6) {
        switch (n) {
            case 4: return multiply_direct<Type, 4>(w, row, to, x, first, out);
            case 5: return multiply_direct<Type, 5>(w, row, to, x, first, out);
            case 6: return multiply_direct<Type, 6>(w, row, to, x, first, out);
        }
    }
}

// Four rows of float32 weights times T rows of x, n columns each: out[t] are the four products.
template <int T>
inline void tile(const float *const *w, const float *const *x, int64_t n, Vec4 *out) {
    Vec sums[4][T] = {};
    int64_t i = 0;
    for (; i + W <= n; i += W) {
        Vec xs[T];
        for (int t = 0; t < T; t++) xs[t] = load(x[t] + i);
        for (int r = 0; r < 4; r++) {
            Vec v = load(w[r] + i);
            for (int t = 0; t < T; t++) sums[r][t] = fma(v, xs[t], sums[r][t]);
        }
    }
    if (i < n) {
        Vec xs[T];
        for (int t = 0; t < T; t++) xs[t] = load_part(x[t] + i, n - i);
        for (int r = 0; r < 4; r++) {
            Vec v = load_part(w[r] + i, n - i);
            for (int t = 0; t < T; t++) sums[r][t] = fma(v, xs[t], sums[r][t]);
        }
    }
    sum_rows(sums, out);
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
void multiply_panel(const float *panel, int64_t stride, int64_t row, int64_t rows, int64_t from,
                    int64_t to, Rows<const float> x, int64_t first, int64_t last,
                    Rows<float> out) {
    for (int64_t t = first; t < last; t += kTileTokens) {
        int tokens = static_cast<int>(smaller(kTileTokens, last - t));
        const float *xs[kTileTokens];
        for (int i = 0; i < tokens; i++) xs[i] = x[t + i] + from;
        for (int64_t r = 0; r < rows; r += 4) {
            Vec4 products[kTileTokens] = {};
            const float *ws[4];
            for (int j = 0; j < 4; j++) ws[j] = panel + (r + j) * stride;
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

// Rows [row, row + rows) of the weights, at most kPanelRows, for tokens [first, last). `cols` are
// decoded at a time.
template <class Type>
void multiply_panels(const Matrix &w, int64_t row, int64_t rows, int64_t cols, Rows<const float> x,
                     int64_t first, int64_t last, Rows<float> out) {
    float *panel = workspace();
    for (int64_t from = 0; from < w.cols; from += cols) {
        int64_t to = smaller(w.cols, from + cols);
        for (int64_t r = 0; r < rows; r++) {
            decode_row<Type>(w, row + r, from, to, panel + r * (cols + W));
        }
        multiply_panel(panel, cols + W, row, rows, from, to, x, first, last, out);
    }
}

// Rows [row, row + rows) of the weights times tokens [first, last) of x.
template <class Type>
void multiply(const Matrix &w, int64_t row, int64_t rows, Rows<const float> x, int64_t first,
              int64_t last, Rows<float> out) {
    if (last - first <= kDirectTokens) {
        while (first < last) {
            // Shares of about the same size.
            int64_t n = ceil_div(last - first, ceil_div(last - first, kDirectRows));
            multiply_direct<Type>(n, w, row, row + rows, x, first, out);
            first += n;
        }
    } else if (last - first <= kFewTokens) {
        // They stay in the cache as a whole, and then small panels of whole rows are better.
        int64_t cols = smaller(round_up(w.cols, W), kWorkspaceFloats / 4 - W);
        for (int64_t r = 0; r < rows; r += 4) {
            multiply_panels<Type>(w, row + r, smaller(4, rows - r), cols, x, first, last, out);
        }
    } else {
        multiply_panels<Type>(w, row, rows, kPanelCols, x, first, last, out);
    }
}

void multiply(const Matrix &w, int64_t row, int64_t rows, Rows<const float> x, int64_t first,
              int64_t last, Rows<float> out) {
    with_type(w.type, [&](auto type) {
        multiply<decltype(type)>(w, row, rows, x, first, last, out);
    });
}

int linear(Pool &pool, const step3_linear_args &a) {
    Matrix w = matrix(*a.w);
    Rows<const float> in{a.x, w.cols};
    Rows<float> result{a.out, w.rows};
    int64_t panels = ceil_div(w.rows, kPanelRows);
    int64_t tasks = panels * ceil_div(a.rows, kTokensOfTask);
    for_each(pool, tasks, cost_of(a.rows, product(a.rows, w.rows, w.cols)), [&](int64_t task) {
        int64_t row = task % panels * kPanelRows;
        int64_t panel_rows = smaller(kPanelRows, w.rows - row);
        int64_t first = task / panels * kTokensOfTask;
        int64_t last = smaller(a.rows, first + kTokensOfTask);
        multiply(w, row, panel_rows, in, first, last, result);
        if (a.bias == nullptr) return;
        float biases[kPanelRows];
        decode_row(matrix(*a.bias), 0, row, row + panel_rows, biases);
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
    return linear(pool, {a.out, a.scratch, a.w, a.bias, places});
}

}  // namespace
}  // namespace step3
