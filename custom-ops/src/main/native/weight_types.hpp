// The types of weights, a row each: all that is asked of a type but how it is decoded. That is said
// by a struct of the type's name in each tier's vector header, on top of the traits below.
#pragma once

#include <cstdint>

#include "step3_ops.h"

// Name, code of the API, bits of a number or code, whether it has scales, and whether products with
// it may be made of activations that were rounded to fp8 too.
#define STEP3_WEIGHT_TYPES(X)             \
    X(F32, STEP3_F32, 32, false, false)   \
    X(Bf16, STEP3_BF16, 16, false, false) \
    X(F16, STEP3_F16, 16, false, false)   \
    X(F8, STEP3_F8_E4M3, 8, true, true)

namespace step3 {

#define STEP3_TRAITS(Name, type, bits, scaled, takes_rounded) \
    struct Name##Traits {                                     \
        static constexpr int32_t kType = type;                \
        static constexpr int kBits = bits;                    \
        static constexpr bool kScaled = scaled;               \
        static constexpr bool kTakesRounded = takes_rounded;  \
    };
STEP3_WEIGHT_TYPES(STEP3_TRAITS)
#undef STEP3_TRAITS

}  // namespace step3
