// Plain kernels that work a row, or a number, at a time.
#include "plain.cuh"

namespace plain {

struct Embed {
    float *out;
    const int32_t *ids;
    Fault *fault;
    Weights table;
};

struct Norm {
    float *out;
    const float *x;
    Weights gain;
    Weights bias;
    float eps;
    int32_t reserved;
};

struct Rotate {
    float *x;
    const Row *rows;
    const float *frequencies;
    int32_t count;
    int32_t heads;
    int32_t half;
    int32_t reserved;
};

struct Pointwise {
    float *x;
    const float *y;
    int64_t n;
};

struct Quantize {
    unsigned char *codes;  // null: only `out`
    float *scales;
    float *out;  // null: only codes and scales
    const float *x;
    int64_t groups;  // of all rows
    int32_t cols;
    int32_t group;
    int32_t inRow;  // groups of a row
    int32_t reserved;
};

struct Patches {
    float *out;
    const float *in;
    int64_t channelStride;
    int64_t rowStride;
    int64_t columnStride;
    int32_t height;
    int32_t width;
    int32_t outWidth;
    int32_t channels;
    int32_t kernel;
    int32_t stride;
    int32_t padding;
    int32_t reserved;
};

// The sine and cosine of a float32 angle, reduced and summed in float64: as exact as float32 can hold them.
__device__ inline void sine_cosine(float angle, float *sine, float *cosine) {
    double x = angle;
    double quarter = rint(x * 0.63661977236758134308);
    double r = fma(quarter, -1.57079632679489655800, x);
    r = fma(quarter, -6.12323399573676603587e-17, r);
    double z = r * r;
    double s = 1.58969099521155010221e-10;
    s = fma(s, z, -2.50507602534068634195e-08);
    s = fma(s, z, 2.75573137070700676789e-06);
    s = fma(s, z, -1.98412698298579493134e-04);
    s = fma(s, z, 8.33333333332248946124e-03);
    s = fma(s, z, -1.66666666666666324348e-01);
    s = fma(s * z, r, r);
    double c = -1.13596475577881948265e-11;
    c = fma(c, z, 2.08757232129817482790e-09);
    c = fma(c, z, -2.75573143513906633035e-07);
    c = fma(c, z, 2.48015872894767294178e-05);
    c = fma(c, z, -1.38888888888741095749e-03);
    c = fma(c, z, 4.16666666666666019037e-02);
    c = fma(c * z, z, fma(z, -0.5, 1.0));
    int64_t turn = static_cast<int64_t>(quarter);
    double a = turn & 1 ? c : s;
    double b = turn & 1 ? s : c;
    *sine = static_cast<float>(turn & 2 ? -a : a);
    *cosine = static_cast<float>((turn + 1) & 2 ? -b : b);
}

__device__ inline float sigmoid_times(float x, float slope) { return x / (1.0f + expf(-slope * x)); }

}  // namespace plain

using namespace plain;

// A block for each id.
extern "C" __global__ void __launch_bounds__(128) plain_embed(const __grid_constant__ Embed a) {
    int32_t id = a.ids[blockIdx.x];
    bool inside = id >= 0 && id < a.table.rows;
    if (!inside && threadIdx.x == 0) report(a.fault, kEmbedding, blockIdx.x, id, a.table.rows);
    float *out = a.out + static_cast<int64_t>(blockIdx.x) * a.table.cols;
    for (int32_t i = threadIdx.x; i < a.table.cols; i += blockDim.x) {
        out[i] = inside ? at(a.table, id, i) : 0;
    }
}

// A block for each row. Each thread reads and writes its own numbers only, so out may be x.
extern "C" __global__ void __launch_bounds__(128) plain_rms_norm(const __grid_constant__ Norm a) {
    extern __shared__ float squares[];  // [4]
    int32_t cols = a.gain.cols;
    int64_t begin = static_cast<int64_t>(blockIdx.x) * cols;
    float own = 0;
    for (int32_t i = threadIdx.x; i < cols; i += blockDim.x) own = fmaf(a.x[begin + i], a.x[begin + i], own);
    float factor = 1.0f / sqrtf(block_sum(own, squares) / static_cast<float>(cols) + a.eps);
    for (int32_t i = threadIdx.x; i < cols; i += blockDim.x) {
        a.out[begin + i] = a.x[begin + i] * factor * at(a.gain, 0, i);
    }
}

extern "C" __global__ void __launch_bounds__(128) plain_layer_norm(const __grid_constant__ Norm a) {
    extern __shared__ float sums[];  // [2, 4]: numbers, squares
    int32_t cols = a.gain.cols;
    int64_t begin = static_cast<int64_t>(blockIdx.x) * cols;
    float own = 0;
    for (int32_t i = threadIdx.x; i < cols; i += blockDim.x) own += a.x[begin + i];
    float mean = block_sum(own, sums) / static_cast<float>(cols);
    own = 0;
    for (int32_t i = threadIdx.x; i < cols; i += blockDim.x) {
        float x = a.x[begin + i] - mean;
        own = fmaf(x, x, own);
    }
    float factor = 1.0f / sqrtf(block_sum(own, sums + 4) / static_cast<float>(cols) + a.eps);
    for (int32_t i = threadIdx.x; i < cols; i += blockDim.x) {
        a.out[begin + i] = (a.x[begin + i] - mean) * factor * at(a.gain, 0, i) + at(a.bias, 0, i);
    }
}

// A thread for each row and pair of numbers of a head; all heads turn by the same angle.
extern "C" __global__ void __launch_bounds__(128) plain_rotate(const __grid_constant__ Rotate a) {
    int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= static_cast<int64_t>(a.count) * a.half) return;
    int32_t row = static_cast<int32_t>(i / a.half), pair = static_cast<int32_t>(i % a.half);
    float sine, cosine;
    sine_cosine(static_cast<float>(a.rows[row].position) * a.frequencies[pair], &sine, &cosine);
    float *x = a.x + static_cast<int64_t>(row) * a.heads * 2 * a.half + pair;
    for (int32_t h = 0; h < a.heads; h++, x += 2 * a.half) {
        float first = x[0], second = x[a.half];
        x[0] = first * cosine - second * sine;
        x[a.half] = second * cosine + first * sine;
    }
}

extern "C" __global__ void __launch_bounds__(256) plain_silu_multiply(const __grid_constant__ Pointwise a) {
    int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < a.n) a.x[i] = sigmoid_times(a.x[i], 1.0f) * a.y[i];
}

extern "C" __global__ void __launch_bounds__(256) plain_quick_gelu(const __grid_constant__ Pointwise a) {
    int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < a.n) a.x[i] = sigmoid_times(a.x[i], 1.702f);
}

extern "C" __global__ void __launch_bounds__(256) plain_add(const __grid_constant__ Pointwise a) {
    int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i < a.n) a.x[i] += a.y[i];
}

// A warp for each group of neighbours in a row. Each lane reads and writes its own numbers only, so out may be x.
extern "C" __global__ void __launch_bounds__(128) plain_quantize(const __grid_constant__ Quantize a) {
    int64_t number = static_cast<int64_t>(blockIdx.x) * 4 + threadIdx.x / 32;
    if (number >= a.groups) return;
    int64_t row = number / a.inRow;
    int64_t first = number % a.inRow * a.group;
    int64_t rest = a.cols - first;
    int32_t count = static_cast<int32_t>(rest < a.group ? rest : a.group);
    int64_t begin = row * a.cols + first;
    uint32_t largest = 0;
    for (int32_t i = threadIdx.x % 32; i < count; i += 32) largest = max(largest, magnitude_bits(a.x[begin + i]));
    float scale = e4m3_scale(warp_max(largest));
    if (a.codes && threadIdx.x % 32 == 0) a.scales[number] = scale;
    for (int32_t i = threadIdx.x % 32; i < count; i += 32) {
        uint32_t code = to_e4m3(a.x[begin + i] / scale);
        if (a.codes) a.codes[begin + i] = static_cast<unsigned char>(code);
        if (a.out) a.out[begin + i] = e4m3(code) * scale;
    }
}

// The inputs of each output of a convolution, in the order of the weights' columns: a block for each output place.
extern "C" __global__ void __launch_bounds__(128) plain_patches(const __grid_constant__ Patches a) {
    int32_t square = a.kernel * a.kernel;
    int32_t patch = a.channels * square;
    int32_t top = static_cast<int32_t>(blockIdx.x) / a.outWidth * a.stride - a.padding;
    int32_t left = static_cast<int32_t>(blockIdx.x) % a.outWidth * a.stride - a.padding;
    float *out = a.out + static_cast<int64_t>(blockIdx.x) * patch;
    for (int32_t i = threadIdx.x; i < patch; i += blockDim.x) {
        int32_t channel = i / square;
        int32_t y = top + i % square / a.kernel;
        int32_t x = left + i % a.kernel;
        bool inside = y >= 0 && y < a.height && x >= 0 && x < a.width;
        out[i] = inside ? a.in[channel * a.channelStride + y * a.rowStride + x * a.columnStride] : 0;
    }
}
