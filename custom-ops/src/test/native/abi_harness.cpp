// Calls every function of the C ABI with arguments that are right, and then with each size in turn
// made hostile. Built with sanitizers, it ends at the first access or overflow that is not defined.
// usage: abi_harness [ROUNDS]; prints how many calls were taken and how many refused.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <vector>

#include "step3_ops.h"

namespace {

constexpr int64_t kHostile[] = {-1,
                                INT64_MIN,
                                INT64_MIN + 1,
                                INT64_MAX,
                                INT64_MAX - 1,
                                INT64_MAX / 2,
                                INT64_MAX / 2 + 1,
                                INT64_MAX / 4 + 1,
                                INT64_MAX / 8 + 1,
                                INT64_MIN / 2,
                                int64_t{1} << 47,
                                int64_t{1} << 61,
                                -int64_t{2147483648}};

long taken = 0, refused = 0;

#define REQUIRE(condition, ...)                     \
    do {                                            \
        if (!(condition)) {                         \
            std::fprintf(stderr, __VA_ARGS__);      \
            std::fputc('\n', stderr);               \
            std::abort();                           \
        }                                           \
    } while (false)

void expect(bool right, int status, const char *what) {
    if (right) {
        REQUIRE(status == STEP3_OK, "%s: refused: %s", what, step3_last_error());
        taken++;
    } else {
        REQUIRE(status == STEP3_INVALID, "%s: status %d", what, status);
        REQUIRE(step3_last_error()[0] != '\0', "%s: no reason", what);
        refused++;
    }
}

// Calls as it is, and with each of the sizes made hostile.
void attack(const char *what, const std::vector<int64_t *> &sizes,
            const std::function<int()> &call) {
    expect(true, call(), what);
    for (int64_t *size : sizes) {
        int64_t right = *size;
        for (int64_t hostile : kHostile) {
            *size = hostile;
            expect(false, call(), what);
        }
        *size = right;
    }
    expect(true, call(), what);
}

std::mt19937 random_bits(1);

std::vector<float> floats(int64_t n) {
    std::vector<float> values(static_cast<size_t>(n));
    for (float &value : values) value = static_cast<float>(random_bits() % 2000) / 1000 - 1;
    return values;
}

int64_t size_up_to(int64_t most) { return 1 + static_cast<int64_t>(random_bits()) % most; }

// Exactly as large as it must be, so that a step too far is seen.
struct Weight {
    std::vector<uint8_t> data;
    std::vector<float> scales;
    step3_weight w{};

    Weight(int64_t rows, int64_t cols, int64_t count, int32_t type) {
        const int64_t bytes[] = {4, 2, 2, 1};
        data.assign(static_cast<size_t>(rows * cols * count * bytes[type]), 0x3c);
        w.rows = rows, w.cols = cols, w.count = count, w.type = type;
        w.data = data.data();
        if (type == STEP3_F8_E4M3) {
            w.block_rows = static_cast<int32_t>(size_up_to(9));
            w.block_cols = static_cast<int32_t>(size_up_to(9));
            int64_t blocks = (rows + w.block_rows - 1) / w.block_rows *
                             ((cols + w.block_cols - 1) / w.block_cols);
            scales = floats(blocks * count);
            w.scales = scales.data();
        }
    }
    std::vector<int64_t *> sizes() { return {&w.rows, &w.cols, &w.count}; }
};

int32_t any_type() { return static_cast<int32_t>(random_bits() % 4); }
int32_t plain_type() { return static_cast<int32_t>(random_bits() % 3); }

void linear_layers(step3_context *c) {
    int64_t rows = size_up_to(8), cols = size_up_to(70), n = size_up_to(9);
    Weight w(rows, cols, 1, any_type()), bias(1, rows, 1, plain_type());
    std::vector<float> out = floats(n * rows), x = floats(n * cols);
    step3_linear_args l{out.data(), x.data(), &w.w, &bias.w, n};
    attack("linear", {&l.rows, &w.w.rows, &w.w.cols, &w.w.count, &bias.w.cols},
           [&] { return step3_linear(c, &l); });
    l.out = x.data();
    expect(false, step3_linear(c, &l), "linear in place");
    expect(false, step3_linear(c, nullptr), "linear of nothing");

    std::vector<int32_t> ids(static_cast<size_t>(n), static_cast<int32_t>(rows - 1));
    std::vector<float> rows_of = floats(n * cols);
    step3_embed_args e{rows_of.data(), &w.w, ids.data(), n};
    auto embed = [&] { return step3_embed(c, &e); };
    attack("embed", {&e.n, &w.w.rows, &w.w.cols, &w.w.count}, embed);
    std::vector<int32_t> both(static_cast<size_t>(n * cols), 0);
    step3_embed_args over{reinterpret_cast<float *>(both.data()), &w.w, both.data(), n};
    expect(false, step3_embed(c, &over), "embed over its ids");
    ids[0] = static_cast<int32_t>(rows);
    expect(false, embed(), "embed outside");
}

void norms(step3_context *c) {
    int64_t cols = size_up_to(70), rows = size_up_to(5);
    Weight gain(1, cols, 1, plain_type()), bias(1, cols, 1, plain_type());
    std::vector<float> x = floats(rows * cols), out = floats(rows * cols);
    step3_rms_norm_args r{out.data(), x.data(), &gain.w, rows, 1e-5f};
    attack("rms_norm", {&r.rows, &gain.w.rows, &gain.w.cols},
           [&] { return step3_rms_norm(c, &r); });
    step3_layer_norm_args a{out.data(), x.data(), &gain.w, &bias.w, rows, 1e-5f};
    attack("layer_norm", {&a.rows, &gain.w.rows, &gain.w.cols, &bias.w.cols},
           [&] { return step3_layer_norm(c, &a); });
}

// Exactly as large as its span needs.
struct Cache {
    std::vector<uint8_t> keys, values;
    step3_span span{};

    Cache(int64_t position, int64_t rows, int64_t dim, int32_t type) {
        keys.assign(static_cast<size_t>((position + rows) * STEP3_KV_ROW_BYTES(type, dim)), 0x3c);
        values = keys;
        span = {keys.data(), values.data(), position, rows, type};
    }
};

void attentions(step3_context *c) {
    int64_t heads = size_up_to(3), dim = 2 * size_up_to(20), rows = 0;
    std::vector<Cache> caches;
    std::vector<step3_span> spans;
    for (int32_t type : {STEP3_F32, STEP3_BF16, STEP3_F16, STEP3_F8_E4M3, STEP3_F32}) {
        int64_t own = size_up_to(4) - 1;
        caches.emplace_back(size_up_to(400), own, dim, type);
        spans.push_back(caches.back().span);
        rows += own;
    }
    spans.push_back(step3_span{nullptr, nullptr, 0, 0, STEP3_F32});
    int64_t count = static_cast<int64_t>(spans.size()), all = rows * heads * dim;
    std::vector<float> q = floats(all), out = floats(all), keys = floats(rows * dim);
    std::vector<float> frequencies = floats(dim / 2), values = keys;
    step3_span &first = spans[0];
    step3_rotate_args r{q.data(), frequencies.data(), spans.data(), count, heads, dim};
    auto rotate = [&] { return step3_rotate(c, &r); };
    if (rows > 0) attack("rotate", {&r.span_count, &first.rows, &r.heads, &r.dim}, rotate);
    int64_t position = first.position;
    for (int64_t far : {INT64_MAX, INT64_MIN, int64_t{-1}}) {
        first.position = far;
        if (first.rows > 0 || far < 0) expect(false, rotate(), "rotate far away");
    }
    first.position = INT64_MAX - first.rows;
    expect(true, rotate(), "rotate at the end");
    first.position = position;
    step3_append_args p{keys.data(), values.data(), spans.data(), count, dim};
    auto append = [&] { return step3_append(c, &p); };
    step3_attention_args a{out.data(), q.data(), spans.data(), count, heads, dim, 0.1f};
    auto attention = [&] { return step3_attention(c, &a); };
    if (first.rows > 0) {
        attack("append", {&p.span_count, &first.rows, &first.position, &p.dim}, append);
        attack("attention", {&a.span_count, &first.rows, &first.position, &a.heads, &a.dim},
               attention);
        for (int32_t type : {-1, 4, 1000}) {
            first.type = type;
            expect(false, append(), "append of another type");
            expect(false, attention(), "attention of another type");
        }
        first.type = STEP3_F32;
        p.keys = static_cast<const float *>(first.keys) + first.position * dim;
        expect(false, append(), "append of the cache itself");
    } else {
        expect(true, append(), "append");
        expect(true, attention(), "attention");
    }

    int64_t tokens = size_up_to(4), some = tokens * heads * dim;
    std::vector<float> qkv = floats(3 * some), full = floats(some);
    step3_full_attention_args f{full.data(), qkv.data(), tokens, heads, dim, 0.1f};
    attack("full_attention", {&f.tokens, &f.heads, &f.dim},
           [&] { return step3_full_attention(c, &f); });
}

void mixtures(step3_context *c) {
    int64_t rows = size_up_to(5), experts = size_up_to(6), hidden = size_up_to(40);
    int64_t width = size_up_to(40), k = size_up_to(experts);
    std::vector<float> probabilities = floats(rows * experts), weights = floats(rows * k);
    std::vector<int32_t> ids(static_cast<size_t>(rows * k));
    step3_route_args r{ids.data(), weights.data(), probabilities.data(), rows, experts, k, 1};
    attack("route", {&r.rows, &r.experts, &r.k}, [&] { return step3_route(c, &r); });
    r.weights = r.probabilities;
    expect(false, step3_route(c, &r), "route over its probabilities");

    Weight gate(width, hidden, experts, any_type()), up(width, hidden, experts, any_type());
    Weight down(hidden, width, experts, any_type());
    std::vector<float> x = floats(rows * hidden), out = floats(rows * hidden);
    int64_t bytes = step3_experts_scratch(rows, k, experts, hidden, width);
    REQUIRE(bytes > 0 && bytes % 4 == 0, "scratch");
    std::vector<float> scratch = floats(bytes / 4);
    step3_experts_args e{out.data(), x.data(), ids.data(), weights.data(), &gate.w,       &up.w,
                         &down.w,    rows,     k,          4,              scratch.data()};
    attack("experts", {&e.rows, &e.k, &gate.w.rows, &gate.w.cols, &gate.w.count, &up.w.rows,
                       &down.w.cols, &down.w.count},
           [&] { return step3_experts(c, &e); });
    e.quantize_group = -1;
    expect(false, step3_experts(c, &e), "experts in groups of less than nothing");
    e.quantize_group = 0;
    e.scratch = ids.data();
    expect(false, step3_experts(c, &e), "experts over their ids");
    e.scratch = weights.data();
    expect(false, step3_experts(c, &e), "experts over their weights");
    e.scratch = scratch.data();
    e.ids = reinterpret_cast<int32_t *>(out.data());
    std::fill(out.begin(), out.end(), 0.f);
    if (k <= hidden) expect(false, step3_experts(c, &e), "experts into their ids");
}

void pointwise(step3_context *c) {
    int64_t n = size_up_to(100), group = size_up_to(20), rows = size_up_to(4);
    std::vector<float> x = floats(rows * n), y = floats(rows * n);
    std::vector<float> scales = floats(rows * ((n + group - 1) / group));
    std::vector<uint8_t> codes(static_cast<size_t>(rows * n));
    step3_silu_multiply_args s{x.data(), y.data(), rows * n};
    attack("silu_multiply", {&s.n}, [&] { return step3_silu_multiply(c, &s); });
    step3_quick_gelu_args g{x.data(), rows * n};
    attack("quick_gelu", {&g.n}, [&] { return step3_quick_gelu(c, &g); });
    step3_add_args a{x.data(), y.data(), rows * n};
    attack("add", {&a.n}, [&] { return step3_add(c, &a); });
    step3_quantize_args q{codes.data(), scales.data(), x.data(), rows, n, group};
    attack("quantize", {&q.rows, &q.cols, &q.group}, [&] { return step3_quantize(c, &q); });
    step3_fake_quantize_args k{y.data(), x.data(), rows, n, group};
    attack("fake_quantize", {&k.rows, &k.cols, &k.group},
           [&] { return step3_fake_quantize(c, &k); });
}

void convolutions(step3_context *c) {
    int64_t channels = size_up_to(3), side = 3 + size_up_to(6), kernel = size_up_to(3);
    int64_t stride = size_up_to(2), outputs = size_up_to(6);
    int64_t patch = channels * kernel * kernel, out_side = (side + 2 - kernel) / stride + 1;
    Weight w(outputs, patch, 1, any_type());
    std::vector<float> in = floats(channels * side * side);
    std::vector<float> out = floats(out_side * out_side * outputs);
    std::vector<float> scratch = floats(out_side * out_side * patch);
    step3_convolve_args a{out.data(),  in.data(), &w.w, nullptr, channels, side, side,
                          side * side, side,      1,    kernel,  stride,   1,    scratch.data()};
    std::vector<int64_t *> sizes{&a.channels, &a.height, &a.width, &a.kernel, &a.stride,
                                 &a.padding};
    // A stride is no matter where there is but one of what it leads to.
    sizes.push_back(&a.row_stride);
    sizes.push_back(&a.column_stride);
    attack("convolve", sizes, [&] { return step3_convolve(c, &a); });
}

void scratch_sizes() {
    for (int64_t a : kHostile) {
        for (int64_t b : kHostile) {
            for (int place = 0; place < 5; place++) {
                int64_t v[5] = {2, 2, 2, 2, 2};
                v[place] = a;
                v[(place + 1) % 5] = b;
                int64_t bytes = step3_experts_scratch(v[0], v[1], v[2], v[3], v[4]);
                REQUIRE(bytes == -1, "scratch of %lld", static_cast<long long>(bytes));
            }
        }
    }
}

void lost_mapping(step3_context *c) {
    char name[] = "/tmp/step3-harness-XXXXXX";
    int file = mkstemp(name);
    constexpr int64_t rows = 1024, cols = 256;
    REQUIRE(file >= 0 && ftruncate(file, rows * cols * 4) == 0, "no file");
    void *mapped = mmap(nullptr, rows * cols * 4, PROT_READ, MAP_SHARED, file, 0);
    REQUIRE(mapped != MAP_FAILED, "not mapped");
    step3_guard *guard = nullptr;
    REQUIRE(step3_guard_create(&guard, nullptr, 1) == STEP3_INVALID, "guard of nothing");
    REQUIRE(step3_guard_create(&guard, mapped, INT64_MIN) == STEP3_INVALID, "guard of less");
    REQUIRE(step3_guard_create(&guard, mapped, rows * cols * 4) == STEP3_OK, "no guard");
    step3_weight w{mapped, nullptr, rows, cols, 1, STEP3_F32, 0, 0, 0};
    std::vector<float> x = floats(8 * cols), out = floats(8 * rows);
    step3_linear_args l{out.data(), x.data(), &w, nullptr, 8};
    expect(true, step3_linear(c, &l), "mapped");
    REQUIRE(ftruncate(file, 100) == 0, "not cut");
    REQUIRE(step3_linear(c, &l) == STEP3_LOST, "not lost");
    REQUIRE(step3_guard_lost(guard) == 1, "not marked");
    step3_guard_destroy(guard);
    munmap(mapped, rows * cols * 4);
    close(file);
    unlink(name);
}

}  // namespace

int main(int count, char **arguments) {
    int rounds = count > 1 ? std::atoi(arguments[1]) : 20;
    scratch_sizes();
    REQUIRE(step3_sizeof("step3_weight") == sizeof(step3_weight), "size of a weight");
    REQUIRE(step3_sizeof("step3_nothing") == -1 && step3_sizeof(nullptr) == -1, "sizes");
    for (int tier = 0; tier <= step3_cpu_tier(); tier++) {
        for (int threads : {1, 3}) {
            step3_context *context = nullptr;
            REQUIRE(step3_create(&context, tier, threads) == STEP3_OK, "no context");
            for (int i = 0; i < rounds; i++) {
                linear_layers(context);
                norms(context);
                attentions(context);
                mixtures(context);
                pointwise(context);
                convolutions(context);
            }
            lost_mapping(context);
            step3_destroy(context);
        }
    }
    std::printf("%ld calls taken, %ld refused\n", taken, refused);
}
