// How fast a device's tensor cores multiply: nothing but products of numbers that stay in registers. What gpu-check
// compares other kernels with; the network launches none of these.
#include "arguments.cuh"
#include "ptx.cuh"

namespace {

constexpr int kChains = 8;  // of products that wait for each other, in a warp

template <class Multiply>
DEVICE void multiply_on(const ProductRate &a, Multiply multiply) {
    const uint32_t *numbers = a.numbers + lane_id() * (4 + 2 * kChains);
    uint32_t left[4], right[2 * kChains];
    UNROLL
    for (int i = 0; i < 4; i++) left[i] = numbers[i];
    UNROLL
    for (int i = 0; i < 2 * kChains; i++) right[i] = numbers[4 + i];
    float sums[kChains][4] = {};
    ROLLED
    for (int round = 0; round < a.rounds; round++) {
        UNROLL
        for (int i = 0; i < kChains; i++) multiply(sums[i], left, right[2 * i], right[2 * i + 1]);
    }
    float sum = 0;
    UNROLL
    for (int i = 0; i < kChains; i++) sum += sums[i][0] + sums[i][1] + sums[i][2] + sums[i][3];
    a.out[block_x() * 256 + thread_id()] = sum;
}

}  // namespace

KERNEL(rate_f16, ProductRate, 256, 2) {
    multiply_on(a, [](auto &d, auto &left, uint32_t b0, uint32_t b1) { mma_f16(d, left, b0, b1); });
}

KERNEL(rate_bf16, ProductRate, 256, 2) {
    multiply_on(a, [](auto &d, auto &left, uint32_t b0, uint32_t b1) { mma_bf16(d, left, b0, b1); });
}
