// Rows of several sequences in one matrix, and the caches that they are appended to.
#pragma once

namespace step3 {
namespace {

inline int64_t rows_of(const step3_span *spans, int64_t count) {
    int64_t rows = 0;
    for (int64_t i = 0; i < count; i++) rows += spans[i].rows;
    return rows;
}

// A row of a span, by its number among the rows of all spans.
struct SpanRow {
    const step3_span *span;
    int64_t row;
};

inline SpanRow span_row(const step3_span *spans, int64_t row) {
    while (row >= spans->rows) row -= spans++->rows;
    return {spans, row};
}

// To nearest even; NaN stays NaN.
inline uint16_t encode_bf16(float x) {
    uint32_t bits;
    __builtin_memcpy(&bits, &x, 4);
    if (x != x) return static_cast<uint16_t>(bits >> 16 | 0x40);
    return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

// To nearest even, and to the largest number what is beyond it; NaN stays NaN.
inline uint16_t encode_f16(float x) {
    uint32_t bits;
    __builtin_memcpy(&bits, &x, 4);
    uint16_t sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
    float magnitude = __builtin_fabsf(x);
    if (x != x) return sign | 0x7e00;
    if (magnitude >= 65504.0f) return sign | 0x7bff;
    if (magnitude < 0x1p-14f) {
        // Subnormal: whole steps of 2^-24. From 0.5 to 1 a float32 has just these.
        float shifted = magnitude + 0.5f;
        __builtin_memcpy(&bits, &shifted, 4);
        return static_cast<uint16_t>(sign | (bits - 0x3f000000));
    }
    bits = (bits & 0x7fffffff) - (112u << 23);
    return static_cast<uint16_t>(sign | (bits + 0xfff + (bits >> 13 & 1)) >> 13);
}

// One row of keys or values as it is stored.
inline void store_row(int32_t type, const float *x, int64_t dim, uint8_t *to) {
    if (type == STEP3_F32) {
        __builtin_memcpy(to, x, static_cast<size_t>(dim) * 4);
    } else if (type == STEP3_BF16) {
        for (int64_t i = 0; i < dim; i++) {
            uint16_t bits = encode_bf16(x[i]);
            __builtin_memcpy(to + 2 * i, &bits, 2);
        }
    } else if (type == STEP3_F16) {
        for (int64_t i = 0; i < dim; i++) {
            uint16_t bits = encode_f16(x[i]);
            __builtin_memcpy(to + 2 * i, &bits, 2);
        }
    } else {
        for_groups(x, dim, dim, [&](int64_t, int64_t n, float scale, int64_t) {
            for (int64_t i = 0; i < n; i++) to[i] = encode_scaled(x[i], scale);
            __builtin_memcpy(to + dim, &scale, 4);
        });
    }
}

// The other way, for what is not float32.
inline void load_row(int32_t type, const uint8_t *from, int64_t dim, float *x) {
    if (type == STEP3_BF16) {
        decode_run<Bf16>(from, dim, 1, x);
    } else if (type == STEP3_F16) {
        decode_run<F16>(from, dim, 1, x);
    } else {
        decode_run<F8>(from, dim, float_at(from + dim, 0) * F8::kUnit, x);
    }
}

int append(Pool &pool, const step3_append_args &a) {
    int64_t rows = rows_of(a.spans, a.span_count);
    for_each(pool, rows, product(rows, a.dim, kExpCost), [&](int64_t r) {
        SpanRow at = span_row(a.spans, r);
        const step3_span &span = *at.span;
        int64_t offset = (span.position + at.row) * STEP3_KV_ROW_BYTES(span.type, a.dim);
        store_row(span.type, a.keys + r * a.dim, a.dim, static_cast<uint8_t *>(span.keys) + offset);
        store_row(span.type, a.values + r * a.dim, a.dim,
                  static_cast<uint8_t *>(span.values) + offset);
    });
    return STEP3_OK;
}

}  // namespace
}  // namespace step3
