#include "vector_avx512.hpp"

#define STEP3_TIER_KERNELS kAvx512VbmiKernels
#include "kernels.inl"
