// The operations, for whichever tier's vector header was included before. Everything is in unnamed
// namespaces, so that each tier has its own copy and none leaks into another (see core.hpp); for
// the same reason nothing of std:: is used.
#include "support.inl"
#include "weights.inl"
#include "linear.inl"
#include "quantize.inl"
#include "spans.inl"
#include "attention.inl"
#include "pointwise.inl"
#include "experts.inl"

namespace step3 {

const Kernels STEP3_TIER_KERNELS = {
    embed,   rms_norm,      layer_norm, linear, rotate,   append,   attention,     full_attention, route,
    experts, silu_multiply, quick_gelu, add,    convolve, quantize, fake_quantize,
};

}  // namespace step3
