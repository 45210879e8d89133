#include "vector_avx512.hpp"

#define STEP3_TIER_KERNELS kAvx512Bf16Kernels
#include "kernels.inl"
