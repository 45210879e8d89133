// Reading weights of any type and any scale block.
#pragma once

namespace step3 {
namespace {

// One matrix of a step3_weight.
struct Matrix {
    const uint8_t *data;
    const uint8_t *scales;
    int64_t rows, cols;
    int64_t block_rows, block_cols;
    int32_t type;

    // The scales of a row's blocks.
    const uint8_t *scales_of(int64_t row) const {
        return scales + row / block_rows * ceil_div(cols, block_cols) * 4;
    }
};

// Of any alignment.
inline float float_at(const uint8_t *p, int64_t i) {
    float value;
    __builtin_memcpy(&value, p + i * 4, 4);
    return value;
}

template <class Type>
constexpr bool is_scaled() {
    return Type::kScaled;
}

// Bytes that n numbers, or their codes, take without scales.
template <class Type>
constexpr int64_t bytes_of(int64_t n) {
    return n * Type::kBits / 8;
}

// Calls body with the type's struct.
template <class Body>
auto with_type(int32_t type, const Body &body) {
    switch (type) {
        case STEP3_F32: return body(F32{});
        case STEP3_BF16: return body(Bf16{});
        case STEP3_F16: return body(F16{});
        default: return body(F8{});
    }
}

// Whether products with these weights may be made of activations that were rounded to fp8 too.
inline bool takes_rounded_inputs(const step3_weight &w) { return w.type == STEP3_F8_E4M3; }

inline Matrix matrix(const step3_weight &w, int64_t i = 0) {
    return with_type(w.type, [&](auto type) {
        using Type = decltype(type);
        const uint8_t *scales = nullptr;
        if (is_scaled<Type>()) {
            scales = static_cast<const uint8_t *>(w.scales) +
                     i * ceil_div(w.rows, w.block_rows) * ceil_div(w.cols, w.block_cols) * 4;
        }
        const uint8_t *data = static_cast<const uint8_t *>(w.data);
        return Matrix{data + i * bytes_of<Type>(w.rows * w.cols),
                      scales,
                      w.rows,
                      w.cols,
                      w.block_rows,
                      w.block_cols,
                      w.type};
    });
}

constexpr int64_t kGroup = 4 * W;  // what Type::decode yields at a time

// As Type::decode, but reads only the first n < kGroup weights; the rest are zero.
template <class Type>
inline void decode_part(const uint8_t *p, int64_t n, Vec out[4]) {
    uint8_t bytes[bytes_of<Type>(kGroup)] = {};
    copy_part(bytes, p, bytes_of<Type>(n));
    Type::decode(bytes, out);
}

template <class Type>
void decode_run(const uint8_t *p, int64_t n, float factor, float *out) {
    Vec v[4];
    int64_t i = 0;
    for (; i + kGroup <= n; i += kGroup) {
        Type::decode(p + bytes_of<Type>(i), v);
        for (int j = 0; j < 4; j++) {
            store(out + i + j * W, is_scaled<Type>() ? v[j] * broadcast(factor) : v[j]);
        }
    }
    if (i == n) return;
    decode_part<Type>(p + bytes_of<Type>(i), n - i, v);
    for (int j = 0; i < n; i += W, j++) {
        Vec value = is_scaled<Type>() ? v[j] * broadcast(factor) : v[j];
        store_part(out + i, value, smaller(W, n - i));
    }
}

// Columns [from, to) of a row as float32.
template <class Type>
void decode_row(const Matrix &w, int64_t row, int64_t from, int64_t to, float *out) {
    const uint8_t *data = w.data + bytes_of<Type>(row * w.cols);
    if constexpr (is_scaled<Type>()) {
        const uint8_t *scales = w.scales_of(row);
        while (from < to) {
            int64_t block = from / w.block_cols;
            int64_t end = smaller(to, (block + 1) * w.block_cols);
            decode_run<Type>(data + bytes_of<Type>(from), end - from, float_at(scales, block) * Type::kUnit, out);
            out += end - from;
            from = end;
        }
    } else {
        decode_run<Type>(data + bytes_of<Type>(from), to - from, 1, out);
    }
}

inline void decode_row(const Matrix &w, int64_t row, int64_t from, int64_t to, float *out) {
    with_type(w.type, [&](auto type) { decode_row<decltype(type)>(w, row, from, to, out); });
}

int embed(Pool &pool, const step3_embed_args &a) {
    Matrix w = matrix(*a.table);
    for_each(pool, a.n, product(a.n, w.cols), [&](int64_t i) {
        decode_row(w, a.ids[i], 0, w.cols, a.out + i * w.cols);
    });
    return STEP3_OK;
}

}  // namespace
}  // namespace step3
