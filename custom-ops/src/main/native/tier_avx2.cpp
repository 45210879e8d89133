#include "vector_avx2.hpp"

#define STEP3_TIER_KERNELS kAvx2Kernels
#include "kernels.inl"
