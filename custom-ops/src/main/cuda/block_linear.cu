// Linear layers and experts with block-fp8 weights, for few tokens: see few_tokens.cuh. Named planes x tokens that share
// a pass over the weights.
//
// Two planes: activations as float32. One plane: activations that are fp8 (W8A8), or rounded to f16.
#include "few_tokens.cuh"

KERNEL(block_linear_2x8, Linear, 256, 2) { FewTokens<BlockFp8, 2, 1>::run(a); }
KERNEL(block_linear_2x16, Linear, 256, 1) { FewTokens<BlockFp8, 2, 2>::run(a); }
KERNEL(block_linear_1x8, Linear, 256, 2) { FewTokens<BlockFp8, 1, 1>::run(a); }
KERNEL(block_linear_1x16, Linear, 256, 1) { FewTokens<BlockFp8, 1, 2>::run(a); }
