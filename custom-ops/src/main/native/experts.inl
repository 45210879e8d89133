// The mixture of experts: rows are grouped by expert, so that each expert's weights are read once.
// Tasks are panels of weight rows of an expert, so that also one token keeps all threads busy.
#pragma once

namespace step3 {
namespace {

// Which tokens each expert has got: places[from[e]] to places[from[e + 1]] are the indices into ids
// that name expert e, in ascending order.
struct Groups {
    const int32_t *places;
    const int32_t *from;
    const int32_t *used;  // the experts that have got any, in ascending order
    int64_t used_count;
};

inline Groups group_by_expert(const step3_experts_args &a, int64_t experts, int32_t *places,
                              int32_t *from, int32_t *used) {
    int64_t n = a.rows * a.k;
    for (int64_t e = 0; e <= experts; e++) from[e] = 0;
    for (int64_t i = 0; i < n; i++) from[a.ids[i] + 1]++;
    for (int64_t e = 0; e < experts; e++) from[e + 1] += from[e];
    // Fills each group while moving its start to its end, which is the next one's start.
    for (int64_t i = 0; i < n; i++) places[from[a.ids[i]]++] = static_cast<int32_t>(i);
    for (int64_t e = experts; e > 0; e--) from[e] = from[e - 1];
    from[0] = 0;
    int64_t used_count = 0;
    for (int64_t e = 0; e < experts; e++) {
        if (from[e + 1] > from[e]) used[used_count++] = static_cast<int32_t>(e);
    }
    return {places, from, used, used_count};
}

int experts(Pool &pool, const step3_experts_args &a) {
    int64_t count = a.gate->count, width = a.gate->rows, hidden = a.gate->cols;
    int64_t chosen = a.rows * a.k;
    ExpertsScratch at;
    experts_scratch(a.rows, a.k, count, hidden, width, &at);
    char *scratch = static_cast<char *>(a.scratch);
    auto floats = [&](int64_t offset) { return reinterpret_cast<float *>(scratch + offset); };
    int32_t *places = reinterpret_cast<int32_t *>(scratch + at.order);
    int32_t *from = reinterpret_cast<int32_t *>(scratch + at.offsets);
    int32_t *used = reinterpret_cast<int32_t *>(scratch + at.used);
    Groups groups = group_by_expert(a, count, places, from, used);
    float *gated = floats(at.gate), *upped = floats(at.up), *results = floats(at.results);

    auto reads_rounded = [&](const step3_weight *w) {
        return a.quantize_group > 0 && takes_rounded_inputs(*w);
    };
    float *rounded = floats(at.quantized);
    if (reads_rounded(a.gate) || reads_rounded(a.up)) {
        fake_quantize(pool, {rounded, a.x, a.rows, hidden, a.quantize_group});
    }
    const float *gate_x = reads_rounded(a.gate) ? rounded : a.x;
    const float *up_x = reads_rounded(a.up) ? rounded : a.x;

    // An expert's rows of `gated` and `upped` lie together, those of `results` at their places.
    int64_t panels = ceil_div(width, kPanelRows);
    int64_t cost = cost_of(a.rows, product(chosen, width, hidden));
    for_each(pool, groups.used_count * panels, product(cost, 2), [&](int64_t task) {
        int64_t e = groups.used[task / panels], n = groups.from[e + 1] - groups.from[e];
        int64_t row = task % panels * kPanelRows, rows = smaller(kPanelRows, width - row);
        const int32_t *own = groups.places + groups.from[e];
        Rows<float> gate_out{gated + groups.from[e] * width, width};
        Rows<float> up_out{upped + groups.from[e] * width, width};
        multiply(matrix(*a.gate, e), row, rows, {gate_x, hidden, own, a.k}, 0, n, gate_out);
        multiply(matrix(*a.up, e), row, rows, {up_x, hidden, own, a.k}, 0, n, up_out);
        for (int64_t i = 0; i < n; i++) silu_multiply(gate_out[i] + row, up_out[i] + row, rows);
    });
    if (reads_rounded(a.down)) {
        fake_quantize(pool, {gated, gated, chosen, width, a.quantize_group});
    }
    panels = ceil_div(hidden, kPanelRows);
    for_each(pool, groups.used_count * panels, cost, [&](int64_t task) {
        int64_t e = groups.used[task / panels], n = groups.from[e + 1] - groups.from[e];
        int64_t row = task % panels * kPanelRows, rows = smaller(kPanelRows, hidden - row);
        const int32_t *own = groups.places + groups.from[e];
        multiply(matrix(*a.down, e), row, rows, {gated + groups.from[e] * width, width}, 0, n,
                 Rows<float>{results, hidden, own});
    });
    // In the order of choice, whatever the order in which the experts were done.
    for_each(pool, a.rows, product(chosen, hidden, 4), [&](int64_t t) {
        float *out = a.out + t * hidden;
        for (int64_t j = 0; j < a.k; j++) {
            Vec weight = broadcast(a.weights[t * a.k + j]);
            const float *result = results + (t * a.k + j) * hidden;
            for (int64_t i = 0; i < hidden; i += W) {
                int64_t n = smaller(W, hidden - i);
                Vec before = j == 0 ? broadcast(0) : load_part(out + i, n);
                store_part(out + i, fma(weight, load_part(result + i, n), before), n);
            }
        }
    });
    return STEP3_OK;
}

}  // namespace
}  // namespace step3
