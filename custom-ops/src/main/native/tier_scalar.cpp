#include "vector_scalar.hpp"

#define STEP3_TIER_KERNELS kScalarKernels
#include "kernels.inl"
