/*
 * The C ABI of Step3's operations. What each operation computes, its shapes and which arguments may
 * be the same memory is said in io/step3/ops/Kernels.java; here is only how it is called.
 *
 * Activations are float32, row-major, contiguous and aligned to 4 bytes. The data and scales of
 * weights may lie at any address. All sizes count elements, not bytes; 2^48 bytes are the most that
 * an array may take. What an operation writes may overlap nothing else that it is given, but for an
 * output that may be an input. Every function that returns
 * int returns a step3_status; after anything but STEP3_OK, step3_last_error() says in one sentence
 * what was wrong. A context may be used by several threads at once.
 */
#ifndef STEP3_OPS_H
#define STEP3_OPS_H

#include <stdint.h>

#if defined(_WIN32)
#define STEP3_API __declspec(dllexport)
#else
#define STEP3_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Counts up whenever a function or struct of this header changes. */
#define STEP3_ABI_VERSION 3

typedef enum {
    STEP3_OK = 0,
    STEP3_INVALID = 1,     /* an argument is out of range */
    STEP3_NOT_FINITE = 2,  /* router logits hold NaN or infinity */
    STEP3_NO_MEMORY = 3,   /* no memory, or no threads */
    STEP3_UNSUPPORTED = 4, /* this CPU lacks the tier that was asked for */
    STEP3_LOST = 5,        /* a weight's file has lost pages: see step3_guard_create */
} step3_status;

/* Instruction sets; each contains those before it. */
typedef enum {
    STEP3_TIER_SCALAR = 0,      /* whatever the compiler's baseline is */
    STEP3_TIER_AVX2 = 1,        /* AVX2, FMA, F16C */
    STEP3_TIER_AVX512 = 2,      /* AVX-512 F, BW, DQ, VL */
    STEP3_TIER_AVX512_VBMI = 3, /* AVX-512 VBMI */
} step3_tier;

typedef enum {
    STEP3_F32 = 0,
    STEP3_BF16 = 1,
    STEP3_F16 = 2,
    STEP3_F8_E4M3 = 3, /* always with scales */
} step3_type;

/* `count` stacked matrices of rows x cols: 1, or the experts of a layer. */
typedef struct {
    const void *data;
    const void *scales; /* float32 [count, ceil(rows / block_rows), ceil(cols / block_cols)] */
    int64_t rows;
    int64_t cols;
    int64_t count;
    int32_t type; /* step3_type */
    int32_t block_rows;
    int32_t block_cols;
    int32_t reserved; /* 0 */
} step3_weight;

typedef struct step3_context step3_context;

STEP3_API int step3_abi_version(void);

/* Of this thread's last failed call; valid until its next one. Never null. */
STEP3_API const char *step3_last_error(void);

/* The highest step3_tier that this CPU and operating system support. */
STEP3_API int step3_cpu_tier(void);

/* Cores that this process may use; hyper-threads of one core count once. */
STEP3_API int step3_physical_cores(void);

/*
 * tier: -1 for the highest, or a lower one. threads: the caller's and the pool's together, 0 for
 * one each physical core.
 */
STEP3_API int step3_create(step3_context **context, int tier, int threads);

/* Nothing may be computing in the context. Null is allowed. */
STEP3_API int step3_destroy(step3_context *context);

STEP3_API int step3_context_tier(const step3_context *context);
STEP3_API int step3_context_threads(const step3_context *context);

typedef struct step3_guard step3_guard;

/*
 * Guards a file that is mapped read-only at a page's start until step3_guard_destroy: when pages of
 * it cannot be read any more while an operation reads them (the file was cut, its disk is gone),
 * the whole mapping becomes zeros, and this operation and all later ones with weights in it return
 * STEP3_LOST. Other faults stay whose they were. The first guard installs a handler of SIGBUS that
 * passes on what is not its own; the library then stays loaded.
 */
STEP3_API int step3_guard_create(step3_guard **guard, const void *start, int64_t bytes);

/* 1 if pages were lost, else 0. */
STEP3_API int step3_guard_lost(const step3_guard *guard);

/* Before the file is unmapped. Null is allowed. */
STEP3_API int step3_guard_destroy(step3_guard *guard);

/*
 * The size in bytes of one of this header's structs, such as "step3_linear_args"; -1 if there is no
 * such struct. For those who lay structs out themselves.
 */
STEP3_API int64_t step3_sizeof(const char *name);

/* The operations. Each takes its arguments in a struct. */

typedef struct {
    float *out;
    const step3_weight *table;
    const int32_t *ids;
    int64_t n;
} step3_embed_args;
STEP3_API int step3_embed(step3_context *, const step3_embed_args *);

typedef struct {
    float *out;
    const float *x;
    const step3_weight *gain;
    int64_t rows;
    float eps;
} step3_rms_norm_args;
STEP3_API int step3_rms_norm(step3_context *, const step3_rms_norm_args *);

typedef struct {
    float *out;
    const float *x;
    const step3_weight *gain;
    const step3_weight *bias;
    int64_t rows;
    float eps;
} step3_layer_norm_args;
STEP3_API int step3_layer_norm(step3_context *, const step3_layer_norm_args *);

typedef struct {
    float *out;
    const float *x;
    const step3_weight *w;
    const step3_weight *bias; /* may be null */
    int64_t rows;
} step3_linear_args;
STEP3_API int step3_linear(step3_context *, const step3_linear_args *);

/*
 * Neighbouring rows of activations that belong to one sequence, and where its keys and values of
 * one layer lie: position + rows of them, each of `dim` numbers. Where nothing reads or writes
 * these, they may be null.
 */
typedef struct {
    void *keys;
    void *values;
    int64_t position; /* of the first row */
    int64_t rows;
    int32_t type; /* STEP3_F32 (aligned to 4 bytes), or another: see below */
} step3_span;

/*
 * Keys and values of f16 that are beyond 65504 are stored as that. A row of fp8 is `dim` codes and
 * then a float32 scale, of any alignment.
 */
#define STEP3_KV_ROW_BYTES(type, dim) \
    ((type) == STEP3_F32 ? 4 * (dim) : (type) == STEP3_F8_E4M3 ? (dim) + 4 : 2 * (dim))

typedef struct {
    float *x;
    const float *inverse_frequencies;
    const step3_span *spans;
    int64_t span_count;
    int64_t heads;
    int64_t dim;
} step3_rotate_args;
STEP3_API int step3_rotate(step3_context *, const step3_rotate_args *);

/* No two spans may share a cache here. */
typedef struct {
    const float *keys;
    const float *values;
    const step3_span *spans;
    int64_t span_count;
    int64_t dim;
} step3_append_args;
STEP3_API int step3_append(step3_context *, const step3_append_args *);

typedef struct {
    float *out;
    const float *q;
    const step3_span *spans;
    int64_t span_count;
    int64_t heads;
    int64_t dim;
    float scale;
} step3_attention_args;
STEP3_API int step3_attention(step3_context *, const step3_attention_args *);

typedef struct {
    float *out;
    const float *qkv;
    int64_t tokens;
    int64_t heads;
    int64_t dim;
    float scale;
} step3_full_attention_args;
STEP3_API int step3_full_attention(step3_context *, const step3_full_attention_args *);

typedef struct {
    int32_t *ids;
    float *weights;
    float *probabilities;
    int64_t rows;
    int64_t experts;
    int64_t k;
    int32_t renormalise; /* 0 or 1 */
} step3_route_args;
STEP3_API int step3_route(step3_context *, const step3_route_args *);

typedef struct {
    float *out;
    const float *x;
    const int32_t *ids;
    const float *weights;
    const step3_weight *gate;
    const step3_weight *up;
    const step3_weight *down;
    int64_t rows;
    int64_t k;
    int64_t quantize_group;
    void *scratch; /* step3_experts_scratch bytes, aligned to 4 */
} step3_experts_args;
STEP3_API int step3_experts(step3_context *, const step3_experts_args *);

/* Bytes, or -1 if these are no sizes. */
STEP3_API int64_t step3_experts_scratch(int64_t rows, int64_t k, int64_t experts, int64_t hidden,
                                        int64_t width);

typedef struct {
    float *gate;
    const float *up;
    int64_t n;
} step3_silu_multiply_args;
STEP3_API int step3_silu_multiply(step3_context *, const step3_silu_multiply_args *);

typedef struct {
    float *x;
    int64_t n;
} step3_quick_gelu_args;
STEP3_API int step3_quick_gelu(step3_context *, const step3_quick_gelu_args *);

typedef struct {
    float *x;
    const float *y;
    int64_t n;
} step3_add_args;
STEP3_API int step3_add(step3_context *, const step3_add_args *);

typedef struct {
    float *out;
    const float *in;
    const step3_weight *w;
    const step3_weight *bias; /* may be null */
    int64_t channels;
    int64_t height;
    int64_t width;
    int64_t channel_stride;
    int64_t row_stride;
    int64_t column_stride;
    int64_t kernel;
    int64_t stride;
    int64_t padding;
    float *scratch; /* out height x out width x channels x kernel x kernel floats */
} step3_convolve_args;
STEP3_API int step3_convolve(step3_context *, const step3_convolve_args *);

typedef struct {
    uint8_t *codes;
    float *scales;
    const float *x;
    int64_t rows;
    int64_t cols;
    int64_t group;
} step3_quantize_args;
STEP3_API int step3_quantize(step3_context *, const step3_quantize_args *);

typedef struct {
    float *out;
    const float *x;
    int64_t rows;
    int64_t cols;
    int64_t group;
} step3_fake_quantize_args;
STEP3_API int step3_fake_quantize(step3_context *, const step3_fake_quantize_args *);

/*
 * For benchmarks: what one thread of this machine can do, with its best instruction set. Neither
 * needs a context.
 *
 * Sums `bytes` of memory in 1 or 4 streams side by side, whole pages of 4 KiB of each, and returns
 * the sum, so that nothing can be left out.
 */
STEP3_API int64_t step3_probe_read(const void *data, int64_t bytes, int64_t streams);

/* Multiplies and adds float32 in registers; returns how many operations that were. */
STEP3_API int64_t step3_probe_multiply(int64_t rounds, float *result);

#ifdef __cplusplus
}
#endif

#endif
