// Linear layers and experts of any shape and format.
#include "plain.cuh"

namespace plain {

// out = x w^T + bias. With groups, rows are those of the experts: matrix e takes rows from[e] to from[e + 1] - 1.
struct Linear {
    float *out;
    const float *x;
    const int32_t *from;   // null: all rows are the first matrix's
    const int32_t *order;  // which choice of which token a row is
    Weights w;
    Weights bias;
    int32_t rows;
    int32_t gather;   // the input of row i is x[order[i] / gather]; 0: x[i]
    int32_t scatter;  // the output of row i is out[order[i]]; 0: out[i]
    int32_t reserved;
};

struct Group {
    int32_t *from;   // [experts + 1]
    int32_t *order;  // [n]
    const int32_t *ids;
    Fault *fault;
    int32_t n;
    int32_t experts;
};

struct Combine {
    float *out;
    const float *parts;  // [rows * k, cols]
    const float *weights;
    int64_t n;  // rows * cols
    int32_t cols;
    int32_t k;
};

struct Route {
    int32_t *ids;
    float *weights;
    float *probabilities;
    Fault *fault;
    int32_t rows;
    int32_t experts;
    int32_t k;
    int32_t renormalise;
};

constexpr int kOutputs = 32;  // of a block of 8 warps: eight lanes share one, 32 columns a step

template <int F>
__device__ inline void scaled_four(const unsigned char *row, const float *scales, int32_t blockCols, int32_t k, int32_t cols, float w[4]) {
    four<F>(row, k, w);
    if (F == kE4m3) {
        if (blockCols % 4 == 0) {
            float scale = scales[k / blockCols];
            for (int i = 0; i < 4; i++) w[i] *= scale;
        } else {
            for (int i = 0; i < 4; i++) w[i] *= k + i < cols ? scales[(k + i) / blockCols] : 0.0f;
        }
    }
}

// R rows at a time. The order of a sum is the same for every R.
template <int F, int R>
__device__ void linear(const Linear &a) {
    int32_t lane = threadIdx.x % 8;
    int32_t output = blockIdx.x * kOutputs + threadIdx.x / 8;
    int32_t matrix = blockIdx.y;
    int32_t begin = a.from ? a.from[matrix] : 0;
    int32_t end = a.from ? a.from[matrix + 1] : a.rows;
    int32_t cols = a.w.cols;
    bool stores = output < a.w.rows;
    int32_t o = stores ? output : a.w.rows - 1;  // lanes without an output help to shuffle
    const unsigned char *row = a.w.data + matrix * a.w.matrix + o * a.w.pitch;
    const float *scales = nullptr;
    if (F == kE4m3) scales = a.w.scales + matrix * a.w.matrixScales + static_cast<int64_t>(o / a.w.blockRows) * a.w.scaleCols;
    bool aligned = cols % 4 == 0 && reinterpret_cast<uintptr_t>(a.x) % 16 == 0;
    for (int32_t first = begin + static_cast<int32_t>(blockIdx.z) * R; first < end; first += static_cast<int32_t>(gridDim.z) * R) {
        const float *x[R];
        float sum[R];
#pragma unroll
        for (int r = 0; r < R; r++) {
            int32_t i = min(first + r, end - 1);
            x[r] = a.x + static_cast<int64_t>(a.gather ? a.order[i] / a.gather : i) * cols;
            sum[r] = 0;
        }
        for (int32_t k = 4 * lane; k < cols; k += 32) {
            float w[4];
            scaled_four<F>(row, scales, a.w.blockCols, k, cols, w);
#pragma unroll
            for (int r = 0; r < R; r++) {
                float y[4];
                if (aligned) {
                    float4 v = *reinterpret_cast<const float4 *>(x[r] + k);
                    y[0] = v.x, y[1] = v.y, y[2] = v.z, y[3] = v.w;
                } else {
                    for (int i = 0; i < 4; i++) y[i] = k + i < cols ? x[r][k + i] : 0.0f;
                }
                for (int i = 0; i < 4; i++) sum[r] = fmaf(y[i], w[i], sum[r]);
            }
        }
        float bias = a.bias.data && stores ? at(a.bias, 0, o) : 0.0f;
#pragma unroll
        for (int r = 0; r < R; r++) {
            float all = sum[r];
            for (int d = 4; d > 0; d >>= 1) all += __shfl_xor_sync(0xffffffff, all, d);
            if (lane == 0 && stores && first + r < end) {
                int32_t i = first + r;
                a.out[static_cast<int64_t>(a.scatter ? a.order[i] : i) * a.w.rows + o] = a.bias.data ? all + bias : all;
            }
        }
    }
}

}  // namespace plain

using namespace plain;

// Blocks of 256: x output tiles, y matrices, z groups of rows, as many as the host likes.
#define PLAIN_LINEAR(name, format)                                                                                                                      \
    extern "C" __global__ void __launch_bounds__(256) plain_linear_##name##_1(const __grid_constant__ Linear a) { linear<format, 1>(a); } \
    extern "C" __global__ void __launch_bounds__(256) plain_linear_##name##_4(const __grid_constant__ Linear a) { linear<format, 4>(a); }

PLAIN_LINEAR(f32, kF32)
PLAIN_LINEAR(bf16, kBf16)
PLAIN_LINEAR(f16, kF16)
PLAIN_LINEAR(e4m3, kE4m3)

// One block sorts what tokens chose by expert; within an expert they stay in order.
extern "C" __global__ void __launch_bounds__(256) plain_group(const __grid_constant__ Group a) {
    for (int32_t i = threadIdx.x; i < a.n; i += blockDim.x) {
        int32_t id = a.ids[i];
        if (id < 0 || id >= a.experts) report(a.fault, kExpert, i, id, a.experts);
    }
    for (int32_t e = threadIdx.x; e < a.experts; e += blockDim.x) {
        int32_t count = 0;
        for (int32_t i = 0; i < a.n; i++) count += a.ids[i] == e;
        a.from[e + 1] = count;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        int32_t sum = 0;
        a.from[0] = 0;
        for (int32_t e = 1; e <= a.experts; e++) {
            sum += a.from[e];
            a.from[e] = sum;
        }
    }
    __syncthreads();
    for (int32_t e = threadIdx.x; e < a.experts; e += blockDim.x) {
        int32_t place = a.from[e];
        for (int32_t i = 0; i < a.n; i++) {
            if (a.ids[i] == e) a.order[place++] = i;
        }
    }
}

// The experts' answers to a token, weighted, in the order of the choice.
extern "C" __global__ void __launch_bounds__(256) plain_combine(const __grid_constant__ Combine a) {
    int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    if (i >= a.n) return;
    int64_t token = i / a.cols;
    const float *part = a.parts + token * a.k * a.cols + i % a.cols;
    float sum = 0;
    for (int32_t j = 0; j < a.k; j++) sum = fmaf(a.weights[token * a.k + j], part[static_cast<int64_t>(j) * a.cols], sum);
    a.out[i] = sum;
}

// A warp for each row. Exponentials and their sum in float64, so that the order of the experts is that of the host.
extern "C" __global__ void __launch_bounds__(128) plain_route(const __grid_constant__ Route a) {
    int32_t row = static_cast<int32_t>(blockIdx.x) * 4 + threadIdx.x / 32;
    int32_t lane = threadIdx.x % 32;
    if (row >= a.rows) return;
    float *p = a.probabilities + static_cast<int64_t>(row) * a.experts;
    float largest = -INFINITY;
    bool wrong = false;
    for (int32_t e = lane; e < a.experts; e += 32) {
        wrong |= p[e] != p[e];
        largest = fmaxf(largest, p[e]);
    }
    for (int d = 16; d > 0; d >>= 1) largest = fmaxf(largest, __shfl_xor_sync(0xffffffff, largest, d));
    if (__any_sync(0xffffffff, wrong || fabsf(largest) == INFINITY)) {
        if (lane == 0) report(a.fault, kLogits, row, 0, 0);
        for (int32_t e = lane; e < a.experts; e += 32) p[e] = 0;
        for (int32_t j = lane; j < a.k; j += 32) {
            a.ids[static_cast<int64_t>(row) * a.k + j] = j;
            a.weights[static_cast<int64_t>(row) * a.k + j] = 0;
        }
        return;
    }
    double sum = 0;
    for (int32_t e = lane; e < a.experts; e += 32) {
        p[e] = static_cast<float>(exp(static_cast<double>(p[e] - largest)));
        sum += p[e];
    }
    for (int d = 16; d > 0; d >>= 1) sum += __shfl_xor_sync(0xffffffff, sum, d);
    for (int32_t e = lane; e < a.experts; e += 32) p[e] = static_cast<float>(p[e] / sum);
    // Each round takes the best that comes after the last one: smaller, or equal and of a higher number.
    float last = INFINITY, chosen = 0;
    int32_t lastId = -1;
    for (int32_t j = 0; j < a.k; j++) {
        float best = -1;
        int32_t id = a.experts;
        for (int32_t e = lane; e < a.experts; e += 32) {
            bool left = p[e] < last || (p[e] == last && e > lastId);
            if (left && p[e] > best) {
                best = p[e];
                id = e;
            }
        }
        for (int d = 16; d > 0; d >>= 1) {
            float other = __shfl_xor_sync(0xffffffff, best, d);
            int32_t otherId = __shfl_xor_sync(0xffffffff, id, d);
            if (other > best || (other == best && otherId < id)) {
                best = other;
                id = otherId;
            }
        }
        if (lane == 0) {
            a.ids[static_cast<int64_t>(row) * a.k + j] = id;
            a.weights[static_cast<int64_t>(row) * a.k + j] = best;
        }
        chosen += best;
        last = best;
        lastId = id;
    }
    if (a.renormalise && lane == 0) {
        for (int32_t j = 0; j < a.k; j++) a.weights[static_cast<int64_t>(row) * a.k + j] /= chosen;
    }
}
