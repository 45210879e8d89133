// What the instruction-set tiers share. Tier files are compiled with flags that older CPUs cannot
// run, so nothing here may be inline or a template: the linker keeps one copy of such code and may
// keep the newest CPU's. Only declarations and plain data.
#pragma once

#include <cstdint>

#include "step3_ops.h"

namespace step3 {

class Pool;

// One task of a job; `job` is whatever the caller handed over.
using Task = void (*)(void *job, int64_t task);

// Runs tasks 0 to n - 1, some of them on other threads, and returns when all are done. `cost` is
// about how many multiplications they take together: cheap jobs wake nobody.
void parallel(Pool &pool, int64_t n, int64_t cost, Task task, void *job);

// The calling thread's own memory, kWorkspaceFloats large and aligned to 64 bytes. What a task
// leaves there is gone with the task.
constexpr int64_t kWorkspaceFloats = 80 * 1024;
float *workspace();

// Keys and values that are not float32 are decoded there, a block at a time: so large may their
// rows be.
constexpr int64_t kMaxStoredDim = 1024;

// Memory aligned to 64 bytes, or null.
void *allocate(int64_t bytes);
void release(void *memory);

// Sets the text of step3_last_error and returns the status.
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
int fail(step3_status status, const char *format, ...);

// The value of each e4m3 code (OCP 8-bit Floating Point Specification 1.0).
extern const float *const kE4m3;

// The operations as one tier computes them; arguments have been checked.
struct Kernels {
    int (*embed)(Pool &, const step3_embed_args &);
    int (*rms_norm)(Pool &, const step3_rms_norm_args &);
    int (*layer_norm)(Pool &, const step3_layer_norm_args &);
    int (*linear)(Pool &, const step3_linear_args &);
    int (*rotate)(Pool &, const step3_rotate_args &);
    int (*append)(Pool &, const step3_append_args &);
    int (*attention)(Pool &, const step3_attention_args &);
    int (*full_attention)(Pool &, const step3_full_attention_args &);
    int (*route)(Pool &, const step3_route_args &);
    int (*experts)(Pool &, const step3_experts_args &);
    int (*silu_multiply)(Pool &, const step3_silu_multiply_args &);
    int (*quick_gelu)(Pool &, const step3_quick_gelu_args &);
    int (*add)(Pool &, const step3_add_args &);
    int (*convolve)(Pool &, const step3_convolve_args &);
    int (*quantize)(Pool &, const step3_quantize_args &);
    int (*fake_quantize)(Pool &, const step3_fake_quantize_args &);
};

extern const Kernels kScalarKernels;
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
extern const Kernels kAvx512VbmiKernels;

// Where the parts of the experts' scratch begin, in bytes.
struct ExpertsScratch {
    int64_t order, offsets, used, quantized, gate, up, results, bytes;
};
// False if the sizes are no sizes, or together beyond 64 bits.
bool experts_scratch(int64_t rows, int64_t k, int64_t experts, int64_t hidden, int64_t width,
                     ExpertsScratch *scratch);

}  // namespace step3
