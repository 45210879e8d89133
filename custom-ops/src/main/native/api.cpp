// The functions of step3_ops.h: each checks its arguments and hands them to the context's tier.
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <new>
#include <system_error>

#include "core.hpp"
#include "cpu.hpp"
#include "guard.hpp"
#include "pool.hpp"

using step3::fail;

struct step3_context {
    step3_context(int tier_, const step3::Kernels &kernels_, int threads)
        : tier(tier_), kernels(kernels_), pool(threads) {}

    int tier;
    const step3::Kernels &kernels;
    step3::Pool pool;
};

namespace {

constexpr int kMaxThreads = 1024;
constexpr int64_t kMaxHeadDim = 16384;  // what a task's workspace holds
// More than any process has. What is computed from sizes below it stays within 64 bits.
constexpr int64_t kMaxBytes = int64_t{1} << 48;

const step3::Kernels *kernels_of(int tier) {
    switch (tier) {
        case STEP3_TIER_SCALAR: return &step3::kScalarKernels;
#if defined(STEP3_X86_TIERS)
        case STEP3_TIER_AVX2: return &step3::kAvx2Kernels;
        case STEP3_TIER_AVX512: return &step3::kAvx512Kernels;
        case STEP3_TIER_AVX512_VBMI: return &step3::kAvx512VbmiKernels;
#endif
        default: return nullptr;
    }
}

// The first argument that is wrong, if any. Pointers of empty arrays may be null.
class Check {
   public:
    Check(const void *context, const void *arguments) {
        require(context != nullptr, "context").require(arguments != nullptr, "arguments");
    }

    Check &at_least(int64_t n, int64_t least, const char *name) { return require(n >= least, name); }
    Check &pointer(const void *p, int64_t n, const char *name) {
        return require(p != nullptr || n == 0, name);
    }
    Check &require(bool right, const char *name) {
        if (!right && wrong_ == nullptr) wrong_ = name;
        return *this;
    }
    // The product must be a size in bytes of floats.
    Check &size(const char *name, int64_t a, int64_t b, int64_t c = 1, int64_t d = 4) {
        int64_t n;
        return require(!__builtin_mul_overflow(a, b, &n) && !__builtin_mul_overflow(n, c, &n) &&
                           !__builtin_mul_overflow(n, d, &n) && n <= kMaxBytes,
                       name);
    }
    // What is written, n numbers of four bytes, must not overlap m others; those sizes are checked.
    Check &separate(const void *written, int64_t n, const void *other, int64_t m,
                    const char *name) {
        if (failed() || n == 0 || m == 0) return *this;
        uintptr_t a = reinterpret_cast<uintptr_t>(written), b = reinterpret_cast<uintptr_t>(other);
        return require(a < b ? b - a >= static_cast<uintptr_t>(n) * 4
                             : a - b >= static_cast<uintptr_t>(m) * 4,
                       name);
    }
    Check &same_or_separate(const void *written, const void *other, int64_t n, const char *name) {
        return written == other ? *this : separate(written, n, other, n, name);
    }
    Check &weight(const step3_weight *w, const char *name) {
        require(w != nullptr, name);
        if (w == nullptr) return *this;
        require(w->type >= STEP3_F32 && w->type <= STEP3_F8_E4M3, name);
        require(w->rows >= 1 && w->cols >= 1 && w->count >= 1 && w->data != nullptr, name);
        size(name, w->rows, w->cols, w->count);
        if (w->type == STEP3_F8_E4M3) {
            require(w->scales != nullptr && w->block_rows >= 1 && w->block_cols >= 1, name);
        }
        return *this;
    }
    Check &vector(const step3_weight *w, int64_t cols, const char *name) {
        weight(w, name);
        return require(w != nullptr && w->rows == 1 && w->cols == cols, name);
    }
    Check &ids(const int32_t *ids, int64_t n, int64_t limit, const char *name) {
        pointer(ids, n, name);
        if (wrong_ != nullptr) return *this;
        int64_t outside = 0;
        for (int64_t i = 0; i < n; i++) outside += ids[i] < 0 || ids[i] >= limit;
        return require(outside == 0, name);
    }

    // The rows of all spans together; 0 if these are no spans.
    int64_t rows_of(const step3_span *spans, int64_t count) {
        at_least(count, 0, "span_count").size("span_count", count, sizeof(step3_span));
        pointer(spans, count, "spans");
        int64_t rows = 0, end;
        for (int64_t i = 0; !failed() && i < count; i++) {
            require(spans[i].rows >= 0 && spans[i].position >= 0 &&
                        !__builtin_add_overflow(spans[i].position, spans[i].rows, &end) &&
                        !__builtin_add_overflow(rows, spans[i].rows, &rows),
                    "spans");
        }
        return failed() ? 0 : rows;
    }
    // The spans' keys and values; their rows have been checked.
    Check &caches(const step3_span *spans, int64_t count, int64_t dim) {
        for (int64_t i = 0; !failed() && i < count; i++) {
            const step3_span &s = spans[i];
            bool stored = s.type != STEP3_F32;
            require(s.type >= STEP3_F32 && s.type <= STEP3_F8_E4M3, "spans' type");
            require(!stored || dim <= step3::kMaxStoredDim, "dim");
            size("spans' position", s.position + s.rows, dim, 2);
            pointer(s.keys, s.rows, "spans' keys").pointer(s.values, s.rows, "spans' values");
        }
        return *this;
    }

    bool failed() const { return wrong_ != nullptr; }
    int status() const {
        if (!failed()) return STEP3_OK;
        return fail(STEP3_INVALID, "%s: null, out of range, or over what is read", wrong_);
    }

   private:
    const char *wrong_ = nullptr;
};

// Runs an operation that reads weights.
template <class Operation>
int compute(std::initializer_list<const step3_weight *> weights, const Operation &operation) {
    step3::Computing computing;
    int status = operation();
    for (const step3_weight *w : weights) {
        if (w != nullptr && step3::is_lost(*w)) {
            return fail(STEP3_LOST, "A weight's file has lost what was read of it.");
        }
    }
    return status;
}

}  // namespace

int step3_abi_version(void) { return STEP3_ABI_VERSION; }

int step3_cpu_tier(void) {
    int tier = step3::cpu_tier();
    while (kernels_of(tier) == nullptr) tier--;
    return tier;
}

int step3_physical_cores(void) { return step3::physical_cores(); }

int step3_create(step3_context **context, int tier, int threads) {
    if (context == nullptr) return fail(STEP3_INVALID, "context: null");
    *context = nullptr;
    int best = step3_cpu_tier();
    if (tier < -1 || tier > STEP3_TIER_AVX512_VBMI) {
        return fail(STEP3_INVALID, "tier: there is no number %d", tier);
    }
    if (tier > best) {
        return fail(STEP3_UNSUPPORTED, "this CPU supports tier %d at most, not %d", best, tier);
    }
    if (threads < 0 || threads > kMaxThreads) {
        return fail(STEP3_INVALID, "threads: must be from 0 to %d, not %d", kMaxThreads, threads);
    }
    int chosen = tier < 0 ? best : tier;
    try {
        *context = new step3_context(chosen, *kernels_of(chosen),
                                     threads == 0 ? step3::physical_cores() : threads);
        return STEP3_OK;
    } catch (const std::bad_alloc &) {
        return fail(STEP3_NO_MEMORY, "There is not enough memory.");
    } catch (const std::system_error &) {
        return fail(STEP3_NO_MEMORY, "The system does not grant that many threads.");
    }
}

int step3_destroy(step3_context *context) {
    delete context;
    return STEP3_OK;
}

int step3_context_tier(const step3_context *context) {
    return context == nullptr ? -1 : context->tier;
}

int step3_context_threads(const step3_context *context) {
    return context == nullptr ? -1 : context->pool.threads();
}

int64_t step3_sizeof(const char *name) {
    struct Size {
        const char *name;
        size_t bytes;
    };
#define SIZE(type) {#type, sizeof(type)}
    static const Size sizes[] = {
        SIZE(step3_weight),          SIZE(step3_span),
        SIZE(step3_embed_args),      SIZE(step3_rms_norm_args),
        SIZE(step3_layer_norm_args), SIZE(step3_linear_args),
        SIZE(step3_rotate_args),     SIZE(step3_append_args),
        SIZE(step3_attention_args),  SIZE(step3_full_attention_args),
        SIZE(step3_route_args),      SIZE(step3_experts_args),
        SIZE(step3_add_args),        SIZE(step3_silu_multiply_args),
        SIZE(step3_convolve_args),   SIZE(step3_quick_gelu_args),
        SIZE(step3_quantize_args),   SIZE(step3_fake_quantize_args),
    };
#undef SIZE
    for (const Size &size : sizes) {
        if (name != nullptr && std::strcmp(name, size.name) == 0) {
            return static_cast<int64_t>(size.bytes);
        }
    }
    return -1;
}

int step3_embed(step3_context *context, const step3_embed_args *a) {
    Check check(context, a);
    if (check.failed()) return check.status();
    check.weight(a->table, "table").at_least(a->n, 0, "n").pointer(a->out, a->n, "out");
    if (check.failed()) return check.status();
    check.size("n", a->n, a->table->cols).ids(a->ids, a->n, a->table->rows, "ids");
    if (check.failed()) return check.status();
    check.separate(a->out, a->n * a->table->cols, a->ids, a->n, "out");
    if (check.failed()) return check.status();
    return compute({a->table}, [&] { return context->kernels.embed(context->pool, *a); });
}

int step3_rms_norm(step3_context *context, const step3_rms_norm_args *a) {
    Check check(context, a);
    if (check.failed()) return check.status();
    check.vector(a->gain, a->gain == nullptr ? 0 : a->gain->cols, "gain");
    check.at_least(a->rows, 0, "rows");
    if (check.failed()) return check.status();
    check.size("rows", a->rows, a->gain->cols);
    check.pointer(a->out, a->rows, "out").pointer(a->x, a->rows, "x");
    if (check.failed()) return check.status();
    check.same_or_separate(a->out, a->x, a->rows * a->gain->cols, "out");
    if (check.failed()) return check.status();
    return compute({a->gain}, [&] { return context->kernels.rms_norm(context->pool, *a); });
}

int step3_layer_norm(step3_context *context, const step3_layer_norm_args *a) {
    Check check(context, a);
    if (check.failed()) return check.status();
    check.vector(a->gain, a->gain == nullptr ? 0 : a->gain->cols, "gain");
    if (check.failed()) return check.status();
    check.vector(a->bias, a->gain->cols, "bias").at_least(a->rows, 0, "rows");
    check.size("rows", a->rows, a->gain->cols);
    check.pointer(a->out, a->rows, "out").pointer(a->x, a->rows, "x");
    if (check.failed()) return check.status();
    check.same_or_separate(a->out, a->x, a->rows * a->gain->cols, "out");
    if (check.failed()) return check.status();
    return compute({a->gain, a->bias},
                   [&] { return context->kernels.layer_norm(context->pool, *a); });
}

int step3_linear(step3_context *context, const step3_linear_args *a) {
    Check check(context, a);
    if (check.failed()) return check.status();
    check.weight(a->w, "w").at_least(a->rows, 0, "rows");
    if (check.failed()) return check.status();
    if (a->bias != nullptr) check.vector(a->bias, a->w->rows, "bias");
    check.size("rows", a->rows, a->w->rows).size("rows", a->rows, a->w->cols);
    check.require(a->w->count == 1, "w");
    check.pointer(a->out, a->rows, "out").pointer(a->x, a->rows, "x");
    if (check.failed()) return check.status();
    check.separate(a->out, a->rows * a->w->rows, a->x, a->rows * a->w->cols, "out");
    if (check.failed()) return check.status();
    return compute({a->w, a->bias}, [&] { return context->kernels.linear(context->pool, *a); });
}

int step3_rotate(step3_context *context, const step3_rotate_args *a) {
    Check check(context, a);
    if (check.failed()) return check.status();
    check.at_least(a->heads, 1, "heads").at_least(a->dim, 2, "dim").require(a->dim % 2 == 0, "dim");
    int64_t rows = check.rows_of(a->spans, a->span_count);
    if (check.failed()) return check.status();
    check.size("spans", rows, a->heads, a->dim).pointer(a->x, rows, "x");
    check.pointer(a->inverse_frequencies, 1, "inverse_frequencies");
    if (check.failed()) return check.status();
    check.separate(a->x, rows * a->heads * a->dim, a->inverse_frequencies, a->dim / 2, "x");
    if (check.failed()) return check.status();
    return context->kernels.rotate(context->pool, *a);
}

int step3_append(step3_context *context, const step3_append_args *a) {
    Check check(context, a);
    if (check.failed()) return check.status();
    check.at_least(a->dim, 1, "dim").require(a->dim <= kMaxHeadDim, "dim");
    int64_t rows = check.rows_of(a->spans, a->span_count);
    if (check.failed()) return check.status();
    check.size("spans", rows, a->dim).caches(a->spans, a->span_count, a->dim);
    check.pointer(a->keys, rows, "keys").pointer(a->values, rows, "values");
    if (check.failed()) return check.status();
    for (int64_t i = 0; i < a->span_count; i++) {
        const step3_span &s = a->spans[i];
        if (s.rows == 0) continue;
        int64_t row = STEP3_KV_ROW_BYTES(s.type, a->dim), written = (s.rows * row + 3) / 4;
        for (void *cache : {s.keys, s.values}) {
            const void *at = static_cast<const char *>(cache) + s.position * row;
            check.separate(at, written, a->keys, rows * a->dim, "keys");
            check.separate(at, written, a->values, rows * a->dim, "values");
        }
    }
    if (check.failed()) return check.status();
    return context->kernels.append(context->pool, *a);
}

int step3_attention(step3_context *context, const step3_attention_args *a) {
    Check check(context, a);
    if (check.failed()) return check.status();
    check.at_least(a->heads, 1, "heads").at_least(a->dim, 1, "dim");
    check.require(a->dim <= kMaxHeadDim, "dim");
    int64_t rows = check.rows_of(a->spans, a->span_count);
    if (check.failed()) return check.status();
    check.size("spans", rows, a->heads, a->dim).caches(a->spans, a->span_count, a->dim);
    check.pointer(a->out, rows, "out").pointer(a->q, rows, "q");
    if (check.failed()) return check.status();
    int64_t written = rows * a->heads * a->dim;
    check.separate(a->out, written, a->q, written, "out");
    for (int64_t i = 0; i < a->span_count; i++) {
        const step3_span &s = a->spans[i];
        if (s.rows == 0) continue;
        int64_t read = (s.position + s.rows) * STEP3_KV_ROW_BYTES(s.type, a->dim);
        check.separate(a->out, written, s.keys, (read + 3) / 4, "out");
        check.separate(a->out, written, s.values, (read + 3) / 4, "out");
    }
    if (check.failed()) return check.status();
    return context->kernels.attention(context->pool, *a);
}

int step3_full_attention(step3_context *context, const step3_full_attention_args *a) {
    Check check(context, a);
    if (check.failed()) return check.status();
    check.at_least(a->tokens, 0, "tokens").at_least(a->heads, 1, "heads");
    check.at_least(a->dim, 1, "dim").require(a->dim <= kMaxHeadDim, "dim");
    check.size("tokens", a->tokens, a->heads, a->dim, 12);
    check.pointer(a->out, a->tokens, "out").pointer(a->qkv, a->tokens, "qkv");
    if (check.failed()) return check.status();
    int64_t written = a->tokens * a->heads * a->dim;
    if (check.separate(a->out, written, a->qkv, 3 * written, "out").failed()) {
        return check.status();
    }
    return context->kernels.full_attention(context->pool, *a);
}

int step3_route(step3_context *context, const step3_route_args *a) {
    Check check(context, a);
    if (check.failed()) return check.status();
    check.at_least(a->rows, 0, "rows").at_least(a->experts, 1, "experts");
    check.require(a->experts <= INT32_MAX, "experts").at_least(a->k, 1, "k");
    check.require(a->k <= a->experts, "k").size("rows", a->rows, a->experts);
    check.pointer(a->ids, a->rows, "ids").pointer(a->weights, a->rows, "weights");
    check.pointer(a->probabilities, a->rows, "probabilities");
    if (check.failed()) return check.status();
    int64_t chosen = a->rows * a->k, all = a->rows * a->experts;
    check.separate(a->ids, chosen, a->weights, chosen, "ids");
    check.separate(a->ids, chosen, a->probabilities, all, "ids");
    check.separate(a->weights, chosen, a->probabilities, all, "weights");
    if (check.failed()) return check.status();
    return context->kernels.route(context->pool, *a);
}

int64_t step3_experts_scratch(int64_t rows, int64_t k, int64_t experts, int64_t hidden,
                              int64_t width) {
    step3::ExpertsScratch scratch;
    bool fits = step3::experts_scratch(rows, k, experts, hidden, width, &scratch);
    return fits && scratch.bytes <= kMaxBytes ? scratch.bytes : -1;
}

int step3_experts(step3_context *context, const step3_experts_args *a) {
    Check check(context, a);
    if (check.failed()) return check.status();
    check.weight(a->gate, "gate").weight(a->up, "up").weight(a->down, "down");
    check.at_least(a->rows, 0, "rows").at_least(a->quantize_group, 0, "quantize_group");
    if (check.failed()) return check.status();
    const step3_weight &gate = *a->gate, &up = *a->up, &down = *a->down;
    check.require(up.count == gate.count && up.rows == gate.rows && up.cols == gate.cols, "up");
    check.require(down.count == gate.count && down.rows == gate.cols && down.cols == gate.rows,
                  "down");
    check.require(a->k >= 1 && a->k <= gate.count, "k");
    if (check.failed()) return check.status();
    int64_t scratch = step3_experts_scratch(a->rows, a->k, gate.count, gate.cols, gate.rows);
    check.require(scratch >= 0, "rows").size("rows", a->rows, gate.cols);
    check.pointer(a->out, a->rows, "out").pointer(a->x, a->rows, "x");
    check.pointer(a->weights, a->rows, "weights").pointer(a->scratch, a->rows, "scratch");
    if (check.failed()) return check.status();
    int64_t chosen = a->rows * a->k, activations = a->rows * gate.cols;
    check.ids(a->ids, chosen, gate.count, "ids");
    if (check.failed() || a->rows == 0) return check.status();
    check.separate(a->out, activations, a->x, activations, "out");
    check.separate(a->out, activations, a->ids, chosen, "out");
    check.separate(a->out, activations, a->weights, chosen, "out");
    check.separate(a->scratch, scratch / 4, a->out, activations, "scratch");
    check.separate(a->scratch, scratch / 4, a->x, activations, "scratch");
    check.separate(a->scratch, scratch / 4, a->ids, chosen, "scratch");
    check.separate(a->scratch, scratch / 4, a->weights, chosen, "scratch");
    if (check.failed()) return check.status();
    return compute({a->gate, a->up, a->down},
                   [&] { return context->kernels.experts(context->pool, *a); });
}

int step3_silu_multiply(step3_context *context, const step3_silu_multiply_args *a) {
    Check check(context, a);
    if (check.failed()) return check.status();
    check.at_least(a->n, 0, "n").size("n", a->n, 1);
    check.pointer(a->gate, a->n, "gate").pointer(a->up, a->n, "up");
    if (check.failed()) return check.status();
    return context->kernels.silu_multiply(context->pool, *a);
}

int step3_quick_gelu(step3_context *context, const step3_quick_gelu_args *a) {
    Check check(context, a);
    if (check.failed()) return check.status();
    check.at_least(a->n, 0, "n").size("n", a->n, 1).pointer(a->x, a->n, "x");
    if (check.failed()) return check.status();
    return context->kernels.quick_gelu(context->pool, *a);
}

int step3_add(step3_context *context, const step3_add_args *a) {
    Check check(context, a);
    if (check.failed()) return check.status();
    check.at_least(a->n, 0, "n").size("n", a->n, 1);
    check.pointer(a->x, a->n, "x").pointer(a->y, a->n, "y");
    if (check.failed()) return check.status();
    return context->kernels.add(context->pool, *a);
}

int step3_convolve(step3_context *context, const step3_convolve_args *a) {
    Check check(context, a);
    if (check.failed()) return check.status();
    check.weight(a->w, "w");
    for (int64_t n : {a->channels, a->height, a->width, a->kernel, a->stride}) {
        check.require(n >= 1 && n <= INT32_MAX, "shape");
    }
    check.require(a->padding >= 0 && a->padding <= INT32_MAX, "padding");
    if (check.failed()) return check.status();
    check.require(a->height + 2 * a->padding >= a->kernel, "kernel");
    check.require(a->width + 2 * a->padding >= a->kernel, "kernel");
    check.size("kernel", a->channels, a->kernel, a->kernel);
    if (check.failed()) return check.status();
    int64_t patch = a->channels * a->kernel * a->kernel;
    int64_t out_height = (a->height + 2 * a->padding - a->kernel) / a->stride + 1;
    int64_t out_width = (a->width + 2 * a->padding - a->kernel) / a->stride + 1;
    check.require(a->w->cols == patch && a->w->count == 1, "w");
    check.size("shape", out_height, out_width, patch);
    if (a->bias != nullptr) check.vector(a->bias, a->w->rows, "bias");
    check.size("shape", out_height, out_width, a->w->rows);
    check.pointer(a->out, 1, "out").pointer(a->in, 1, "in").pointer(a->scratch, 1, "scratch");
    int64_t read = 0;  // numbers of the input, from its first to its last
    const int64_t steps[][2] = {{a->channels, a->channel_stride},
                                {a->height, a->row_stride},
                                {a->width, a->column_stride}};
    for (const int64_t(&step)[2] : steps) {
        int64_t far = 0;
        check.require(step[1] >= 0 && !__builtin_mul_overflow(step[0] - 1, step[1], &far) &&
                          !__builtin_add_overflow(read, far, &read),
                      "stride");
    }
    check.require(read < kMaxBytes / 4, "stride");
    if (check.failed()) return check.status();
    int64_t places = out_height * out_width;
    check.separate(a->out, places * a->w->rows, a->in, read + 1, "out");
    check.separate(a->scratch, places * patch, a->in, read + 1, "scratch");
    check.separate(a->scratch, places * patch, a->out, places * a->w->rows, "scratch");
    if (check.failed()) return check.status();
    return compute({a->w, a->bias},
                   [&] { return context->kernels.convolve(context->pool, *a); });
}

int step3_quantize(step3_context *context, const step3_quantize_args *a) {
    Check check(context, a);
    if (check.failed()) return check.status();
    check.at_least(a->rows, 0, "rows").at_least(a->cols, 1, "cols").at_least(a->group, 1, "group");
    check.size("rows", a->rows, a->cols).require(a->group <= INT32_MAX, "group");
    check.pointer(a->codes, a->rows, "codes").pointer(a->scales, a->rows, "scales");
    check.pointer(a->x, a->rows, "x");
    if (check.failed()) return check.status();
    int64_t n = a->rows * a->cols, scales = a->rows * ((a->cols - 1) / a->group + 1);
    check.separate(a->codes, (n + 3) / 4, a->x, n, "codes");
    check.separate(a->scales, scales, a->x, n, "scales");
    check.separate(a->codes, (n + 3) / 4, a->scales, scales, "codes");
    if (check.failed()) return check.status();
    return context->kernels.quantize(context->pool, *a);
}

int step3_fake_quantize(step3_context *context, const step3_fake_quantize_args *a) {
    Check check(context, a);
    if (check.failed()) return check.status();
    check.at_least(a->rows, 0, "rows").at_least(a->cols, 1, "cols").at_least(a->group, 1, "group");
    check.size("rows", a->rows, a->cols).require(a->group <= INT32_MAX, "group");
    check.pointer(a->out, a->rows, "out").pointer(a->x, a->rows, "x");
    if (check.failed()) return check.status();
    check.same_or_separate(a->out, a->x, a->rows * a->cols, "out");
    if (check.failed()) return check.status();
    return context->kernels.fake_quantize(context->pool, *a);
}
