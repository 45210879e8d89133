// Linear layers with bf16 weights, for few tokens: see few_tokens.cuh. Three planes keep all bits of the activations.
#include "few_tokens.cuh"

KERNEL(dense_linear_3x8, Linear, 256, 2) { FewTokens<Bf16, 3, 1>::run(a); }
KERNEL(dense_linear_3x16, Linear, 256, 1) { FewTokens<Bf16, 3, 2>::run(a); }
