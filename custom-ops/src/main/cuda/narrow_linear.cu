// Linear layers with few outputs, such as the router's 48 of 7,168 inputs: too few rows to fill a device by tiles of
// them, so a thread block has one output (or a few, where there are many tokens) and its threads share the inputs.
// float32 throughout. The order of a sum is the same for every tile: a token's result does not depend on how many
// there are.
#include "arguments.cuh"
#include "plain.cuh"

namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;

template <int kFormat, int kRows, int kTokens>
struct Narrow {
    struct Shared {
        float sums[kWarps][kRows * kTokens];
    };

    __device__ static void run(const NarrowLinear &a) {
        __shared__ Shared shared;
        const int first_row = blockIdx.x * kRows, first_token = blockIdx.y * kTokens;
        const unsigned char *weights[kRows];
        const float *x[kTokens];
        for (int r = 0; r < kRows; r++) {  // what is not there is the last one: computed, and not written
            weights[r] = a.weights + static_cast<int64_t>(min(first_row + r, a.rows - 1)) * a.pitch;
        }
        for (int t = 0; t < kTokens; t++) {
            x[t] = a.x + static_cast<int64_t>(min(first_token + t, a.tokens - 1)) * a.columns;
        }
        float sums[kRows][kTokens] = {};
        for (int c = threadIdx.x * 4; c < a.columns; c += kThreads * 4) {
            float w[kRows][4];
            for (int r = 0; r < kRows; r++) plain::four<kFormat>(weights[r], c, w[r]);
            for (int t = 0; t < kTokens; t++) {
                for (int i = 0; i < 4; i++) {
                    const float input = c + i < a.columns ? x[t][c + i] : 0;
                    for (int r = 0; r < kRows; r++) sums[r][t] = fmaf(w[r][i], input, sums[r][t]);
                }
            }
        }
        const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
        for (int r = 0; r < kRows; r++) {
            for (int t = 0; t < kTokens; t++) {
                const float sum = plain::warp_sum(sums[r][t]);
                if (lane == 0) shared.sums[warp][r * kTokens + t] = sum;
            }
        }
        __syncthreads();
        const int own = threadIdx.x;
        if (own >= kRows * kTokens) return;
        const int row = first_row + own / kTokens, token = first_token + own % kTokens;
        if (row >= a.rows || token >= a.tokens) return;
        float sum = 0;
        for (int w = 0; w < kWarps; w++) sum += shared.sums[w][own];
        a.out[static_cast<int64_t>(token) * a.rows + row] = sum;
    }
};

}  // namespace

// Named outputs x tokens of a thread block.
extern "C" __global__ void __launch_bounds__(256) narrow_f32_1x4(const __grid_constant__ NarrowLinear a) {
    Narrow<plain::kF32, 1, 4>::run(a);
}
extern "C" __global__ void __launch_bounds__(256) narrow_f32_4x8(const __grid_constant__ NarrowLinear a) {
    Narrow<plain::kF32, 4, 8>::run(a);
}
extern "C" __global__ void __launch_bounds__(256) narrow_bf16_1x4(const __grid_constant__ NarrowLinear a) {
    Narrow<plain::kBf16, 1, 4>::run(a);
}
extern "C" __global__ void __launch_bounds__(256) narrow_bf16_4x8(const __grid_constant__ NarrowLinear a) {
    Narrow<plain::kBf16, 4, 8>::run(a);
}
