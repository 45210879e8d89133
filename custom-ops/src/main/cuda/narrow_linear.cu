// Linear layers with few outputs, such as the router's 48 of 7,168 inputs: too few rows to fill a device by tiles of
// them, so a thread block has one output (or a few, where there are many tokens) and its threads share the inputs.
// float32 throughout. The order of a sum is the same for every tile and for every way of loading: a token's result
// does not depend on how many there are. Tokens that are not there, and warps without inputs, do nothing.
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

    // Adds up what this thread has of each sum. With kWhole, all inputs are there in fours, at multiples of 16 bytes.
    template <bool kWhole>
    __device__ static void add(const NarrowLinear &a, int first_row, int first_token, int tokens,
                               float (&sums)[kRows][kTokens]) {
        const unsigned char *weights[kRows];
        for (int r = 0; r < kRows; r++) {  // a row that is not there is the last one: computed, and not written
            weights[r] = a.weights + static_cast<int64_t>(min(first_row + r, a.rows - 1)) * a.pitch;
        }
        const float *x = a.x + static_cast<int64_t>(first_token) * a.columns;
        for (int c = threadIdx.x * 4; c < a.columns; c += kThreads * 4) {
            float w[kRows][4];
            for (int r = 0; r < kRows; r++) plain::four<kFormat>(weights[r], c, w[r]);
            for (int t = 0; t < kTokens; t++) {
                if (t >= tokens) break;
                const float *own = x + static_cast<int64_t>(t) * a.columns + c;
                float inputs[4];
                if (kWhole) {
                    plain::four<plain::kF32>(reinterpret_cast<const unsigned char *>(own), 0, inputs);
                } else {
                    for (int i = 0; i < 4; i++) inputs[i] = c + i < a.columns ? own[i] : 0;
                }
                for (int i = 0; i < 4; i++) {
                    for (int r = 0; r < kRows; r++) sums[r][t] = fmaf(w[r][i], inputs[i], sums[r][t]);
                }
            }
        }
    }

    __device__ static void run(const NarrowLinear &a) {
        __shared__ Shared shared;
        const int first_row = blockIdx.x * kRows, first_token = blockIdx.y * kTokens;
        const int tokens = min(kTokens, a.tokens - first_token);
        const int warps = min(kWarps, (a.columns + 127) / 128);  // those that have inputs
        const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
        if (warp < warps) {
            float sums[kRows][kTokens] = {};
            if (a.columns % 4 == 0 && reinterpret_cast<uintptr_t>(a.x) % 16 == 0) {
                add<true>(a, first_row, first_token, tokens, sums);
            } else {
                add<false>(a, first_row, first_token, tokens, sums);
            }
            for (int t = 0; t < kTokens; t++) {
                if (t >= tokens) break;
                for (int r = 0; r < kRows; r++) {
                    const float sum = plain::warp_sum(sums[r][t]);
                    if (lane == 0) shared.sums[warp][r * kTokens + t] = sum;
                }
            }
        }
        __syncthreads();
        const int own = threadIdx.x;
        if (own >= kRows * kTokens) return;
        const int row = first_row + own / kTokens, token = first_token + own % kTokens;
        if (row >= a.rows || token >= a.tokens) return;
        float sum = 0;
        for (int w = 0; w < warps; w++) sum += shared.sums[w][own];
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
