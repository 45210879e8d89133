// Adds a bias of any format to what a linear layer on the tensor cores has left.
#include "plain.cuh"

namespace {

struct AddBias {
    float *out;  // [tokens, bias.cols]
    plain::Weights bias;
    int64_t n;   // tokens * bias.cols
};

}  // namespace

extern "C" __global__ void __launch_bounds__(256) add_bias(const __grid_constant__ AddBias a) {
    const int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < a.n) a.out[i] += plain::at(a.bias, 0, static_cast<int32_t>(i % a.bias.cols));
}
