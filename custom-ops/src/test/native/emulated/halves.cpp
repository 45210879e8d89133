// Arithmetic of f16 and bf16, one or two to a register. Each operation rounds once.
#include "builder.hpp"
#include "numbers.hpp"
#include "warp.hpp"

namespace emulated {
namespace {

struct F16 {
    static float from(uint16_t x) { return from_f16(x); }
    // A double that is exact rounds once by way of a float only where the float is exact or sticky.
    static uint16_t to(double x) { return to_f16(sticky(x)); }
    static float sticky(double x) {
        float f = static_cast<float>(x);
        if (static_cast<double>(f) == x || f != f || std::isinf(f)) return f;
        // Rounded to odd: the last bit says that something is left, so that the next rounding is
        // right.
        if (std::fabs(static_cast<double>(f)) > std::fabs(x)) f = std::nextafterf(f, 0);
        return f32_of_bits(bits_of_f32(f) | 1);
    }
};
struct Bf16 {
    static float from(uint16_t x) { return from_bf16(x); }
    static uint16_t to(double x) { return to_bf16(F16::sticky(x)); }
};

enum Operation : uint32_t { kAdd, kSub, kMul, kFma, kMin, kMax, kNeg, kAbs };

template <class N>
uint16_t computed(uint32_t operation, uint16_t x, uint16_t y, uint16_t z) {
    if (operation == kNeg) return x ^ 0x8000;
    if (operation == kAbs) return x & 0x7fff;
    double a = static_cast<double>(N::from(x)), b = static_cast<double>(N::from(y)),
           c = static_cast<double>(N::from(z));
    switch (operation) {
        case kAdd:
            return N::to(a + b);
        case kSub:
            return N::to(a - b);
        case kMul:
            return N::to(a * b);
        case kFma:
            return N::to(a * b + c);
        case kMin:
            return a != a ? (b != b ? 0x7fff : y) : b != b || a < b || (a == b && x >> 15) ? x : y;
        default:
            return a != a                                      ? (b != b ? 0x7fff : y)
                   : b != b || a > b || (a == b && !(x >> 15)) ? x
                                                               : y;
    }
}
template <class N>
void compute(Warp &w, const Instruction &i) {  // flags: the operation; 16: two to a register
    size_t n = i.flags >> 8;
    const uint32_t *a = w.row<uint32_t>(i.at[1]), *b = n > 1 ? w.row<uint32_t>(i.at[2]) : a,
                   *c = n > 2 ? w.row<uint32_t>(i.at[3]) : a;
    uint32_t operation = i.flags & 15;
    bool two = i.flags & 16;
    w.each(w.row<uint32_t>(i.at[0]), [=](int l) {
        uint32_t x = computed<N>(operation, static_cast<uint16_t>(a[l]),
                                 static_cast<uint16_t>(b[l]), static_cast<uint16_t>(c[l]));
        if (two)
            x |= static_cast<uint32_t>(computed<N>(operation, static_cast<uint16_t>(a[l] >> 16),
                                                   static_cast<uint16_t>(b[l] >> 16),
                                                   static_cast<uint16_t>(c[l] >> 16)))
                 << 16;
        return x;
    });
}

template <uint32_t kOperation, size_t kArity>
bool half(Builder &b, const Statement &s) {
    Type t = s.type();
    bool f16 = t == Type::kF16 || t == Type::kF16x2, bf16 = t == Type::kBf16 || t == Type::kBf16x2;
    if ((!f16 && !bf16) || s.has("ftz") || s.has("sat") || s.has("relu") || s.has("NaN"))
        return false;
    b.expect_operands(kArity + 1, kArity + 1);
    b.now().run = f16 ? compute<F16> : compute<Bf16>;
    b.now().flags = kOperation | (bits_of(t) == 32 ? 16u : 0u) | static_cast<uint32_t>(kArity) << 8;
    b.write(s.operands[0], 32);
    for (size_t k = 1; k <= kArity; k++) b.read(s.operands[k], 32);
    return true;
}

}  // namespace

void add_halves(Decoders &d) {
    d.insert({"add", half<kAdd, 2>});
    d.insert({"sub", half<kSub, 2>});
    d.insert({"mul", half<kMul, 2>});
    d.insert({"fma", half<kFma, 3>});
    d.insert({"min", half<kMin, 2>});
    d.insert({"max", half<kMax, 2>});
    d.insert({"neg", half<kNeg, 1>});
    d.insert({"abs", half<kAbs, 1>});
}

}  // namespace emulated
