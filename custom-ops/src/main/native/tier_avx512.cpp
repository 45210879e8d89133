#include "vector_avx512.hpp"

#define STEP3_TIER_KERNELS kAvx512Kernels
#include "kernels.inl"
