// add, sub, mul, mad, fma, div, rem, min, max, abs, neg and the approximations, of integers and of
// 32 and 64 bit floating point.
#include <cfenv>
#include <cmath>

#include "builder.hpp"
#include "numbers.hpp"
#include "warp.hpp"

namespace emulated {
namespace {

template <class T>
using Unsigned = std::make_unsigned_t<T>;

// Integers wrap around.
struct Add {
    template <class T>
    T operator()(T a, T b) const {
        if constexpr (std::is_integral_v<T>)
            return static_cast<T>(static_cast<Unsigned<T>>(a) + static_cast<Unsigned<T>>(b));
        else
            return a + b;
    }
};
struct Sub {
    template <class T>
    T operator()(T a, T b) const {
        if constexpr (std::is_integral_v<T>)
            return static_cast<T>(static_cast<Unsigned<T>>(a) - static_cast<Unsigned<T>>(b));
        else
            return a - b;
    }
};
struct Mul {
    template <class T>
    T operator()(T a, T b) const {
        if constexpr (std::is_integral_v<T>)
            return static_cast<T>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
        else
            return a * b;
    }
};
struct Mad {
    template <class T>
    T operator()(T a, T b, T c) const {
        return Add()(Mul()(a, b), c);
    }
};
struct Fma {
    template <class T>
    T operator()(T a, T b, T c) const {
        if constexpr (std::is_integral_v<T>)
            return Mad()(a, b, c);
        else
            return std::fma(a, b, c);
    }
};
struct MulHigh {
    template <class T>
    T operator()(T a, T b) const {
        if constexpr (sizeof(T) == 8) {
            using Wide = std::conditional_t<std::is_signed_v<T>, __int128, unsigned __int128>;
            return static_cast<T>(static_cast<Wide>(a) * static_cast<Wide>(b) >> 64);
        } else {
            using Wide = std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>;
            return static_cast<T>(static_cast<Wide>(a) * static_cast<Wide>(b) >> (8 * sizeof(T)));
        }
    }
};
struct MadHigh {
    template <class T>
    T operator()(T a, T b, T c) const {
        return Add()(MulHigh()(a, b), c);
    }
};
// What a division by zero gives is not defined: all bits, as hardware does.
struct Div {
    template <class T>
    T operator()(T a, T b) const {
        if constexpr (std::is_integral_v<T>) {
            if (b == 0) return static_cast<T>(~Unsigned<T>{0});
            if (std::is_signed_v<T> && b == static_cast<T>(-1)) return Sub()(T{0}, a);
            return static_cast<T>(a / b);
        } else {
            return a / b;
        }
    }
};
struct Rem {
    template <class T>
    T operator()(T a, T b) const {
        if (b == 0) return a;
        if (std::is_signed_v<T> && b == static_cast<T>(-1)) return 0;
        return static_cast<T>(a % b);
    }
};
// Of a number and NaN the number; -0 is less than +0.
struct Min {
    template <class T>
    T operator()(T a, T b) const {
        if constexpr (std::is_integral_v<T>)
            return a < b ? a : b;
        else
            return a != a ? b : b != b ? a : a < b || (a == b && std::signbit(a)) ? a : b;
    }
};
struct Max {
    template <class T>
    T operator()(T a, T b) const {
        if constexpr (std::is_integral_v<T>)
            return a > b ? a : b;
        else
            return a != a ? b : b != b ? a : a > b || (a == b && !std::signbit(a)) ? a : b;
    }
};
struct Neg {
    template <class T>
    T operator()(T a) const {
        if constexpr (std::is_integral_v<T>)
            return Sub()(T{0}, a);
        else
            return -a;
    }
};
struct Abs {
    template <class T>
    T operator()(T a) const {
        if constexpr (std::is_integral_v<T>)
            return a < 0 ? Sub()(T{0}, a) : a;
        else
            return std::fabs(a);
    }
};
struct CopySign {
    template <class T>
    T operator()(T a, T b) const {
        return std::copysign(b, a);
    }
};  // the sign of a
struct Sqrt {
    template <class T>
    T operator()(T a) const {
        return std::sqrt(a);
    }
};
struct Rcp {
    template <class T>
    T operator()(T a) const {
        return 1 / a;
    }
};
// Approximations are computed exactly and rounded once.
struct Rsqrt {
    template <class T>
    T operator()(T a) const {
        return static_cast<T>(1 / std::sqrt(static_cast<double>(a)));
    }
};
struct Ex2 {
    float operator()(float a) const {
        return static_cast<float>(std::exp2(static_cast<double>(a)));
    }
};
struct Lg2 {
    float operator()(float a) const {
        return static_cast<float>(std::log2(static_cast<double>(a)));
    }
};
struct Sin {
    float operator()(float a) const { return static_cast<float>(std::sin(static_cast<double>(a))); }
};
struct Cos {
    float operator()(float a) const { return static_cast<float>(std::cos(static_cast<double>(a))); }
};
struct Tanh {
    float operator()(float a) const {
        return static_cast<float>(std::tanh(static_cast<double>(a)));
    }
};

template <class F>
struct Flushing {
    template <class... A>
    float operator()(A... a) const {
        return flushed(F()(flushed(a)...));
    }
};
template <class F>
struct Saturating {
    template <class... A>
    float operator()(A... a) const {
        return saturated(F()(a...));
    }
};

enum Arity { kUnary = 1, kBinary, kTernary };

template <class T, class F, Arity kArity>
constexpr Handler handler() {
    if constexpr (kArity == kUnary)
        return unary<T, F>;
    else if constexpr (kArity == kBinary)
        return binary<T, F>;
    else
        return ternary<T, F>;
}
// What the processor computes meanwhile is rounded in one direction.
template <Handler kHandler, int kDirection>
void directed(Warp &w, const Instruction &i) {
    std::fesetround(kDirection);
    kHandler(w, i);
    std::fesetround(FE_TONEAREST);
}
template <class T, class F, Arity kArity>
Handler in_direction(const Statement &s) {
    constexpr Handler h = handler<T, F, kArity>();
    return s.has("rz")   ? directed<h, FE_TOWARDZERO>
           : s.has("rm") ? directed<h, FE_DOWNWARD>
           : s.has("rp") ? directed<h, FE_UPWARD>
                         : h;
}
template <class F, Arity kArity>
Handler of_integers(Type type) {
    switch (type) {
        case Type::kU16:
        case Type::kB16:
            return handler<uint16_t, F, kArity>();
        case Type::kS16:
            return handler<int16_t, F, kArity>();
        case Type::kU32:
        case Type::kB32:
            return handler<uint32_t, F, kArity>();
        case Type::kS32:
            return handler<int32_t, F, kArity>();
        case Type::kU64:
        case Type::kB64:
            return handler<uint64_t, F, kArity>();
        case Type::kS64:
            return handler<int64_t, F, kArity>();
        default:
            return nullptr;
    }
}
template <class F, Arity kArity>
Handler of_floats(const Statement &s) {
    if (s.type() == Type::kF64) return in_direction<double, F, kArity>(s);
    if (s.type() != Type::kF32) return nullptr;
    bool flush = s.has("ftz"), saturate = s.has("sat");
    if (flush && saturate) return in_direction<float, Saturating<Flushing<F>>, kArity>(s);
    if (flush) return in_direction<float, Flushing<F>, kArity>(s);
    if (saturate) return in_direction<float, Saturating<F>, kArity>(s);
    return in_direction<float, F, kArity>(s);
}
template <class F, Arity kArity>
Handler of_singles(const Statement &s) {
    if (s.type() != Type::kF32) return nullptr;
    return s.has("ftz") ? handler<float, Flushing<F>, kArity>() : handler<float, F, kArity>();
}

bool finish(Builder &b, const Statement &s, Handler run, int arity) {
    if (!run) return false;
    b.expect_operands(static_cast<size_t>(arity) + 1, static_cast<size_t>(arity) + 1);
    int bits = bits_of(s.type());
    b.now().run = run;
    b.write(s.operands[0], bits);
    for (int k = 1; k <= arity; k++) b.read(s.operands[static_cast<size_t>(k)], bits);
    return true;
}

bool is_float(const Statement &s) {
    return s.type() == Type::kF32 || s.type() == Type::kF64;
}

template <class F, Arity kArity>
bool plain(Builder &b, const Statement &s) {
    return finish(b, s,
                  is_float(s)                   ? of_floats<F, kArity>(s)
                  : s.has("sat") || s.has("cc") ? nullptr
                                                : of_integers<F, kArity>(s.type()),
                  kArity);
}
template <class F>
bool integers_only(Builder &b, const Statement &s) {
    return finish(b, s, of_integers<F, kBinary>(s.type()), kBinary);
}
template <class F, Arity kArity = kUnary>
bool floats_only(Builder &b, const Statement &s) {
    return finish(b, s, of_floats<F, kArity>(s), kArity);
}
template <class F>
bool singles_only(Builder &b, const Statement &s) {
    return finish(b, s, of_singles<F, kUnary>(s), kUnary);
}
// NaN goes through with .NaN; three operands exist for later devices.
template <class F>
bool extreme(Builder &b, const Statement &s) {
    if (s.has("NaN") || s.has("xorsign") || s.operands.size() != 3) return false;
    return plain<F, kBinary>(b, s);
}

// Products of twice the width.
template <class T, class Wide>
void mul_wide(Warp &w, const Instruction &i) {
    const auto *a = w.row<Cell<T>>(i.at[1]), *b = w.row<Cell<T>>(i.at[2]);
    w.each(w.row<Cell<Wide>>(i.at[0]), [=](int l) {
        return stored<Wide>(static_cast<Wide>(loaded<T>(a[l])) *
                            static_cast<Wide>(loaded<T>(b[l])));
    });
}
template <class T, class Wide>
void mad_wide(Warp &w, const Instruction &i) {
    const auto *a = w.row<Cell<T>>(i.at[1]), *b = w.row<Cell<T>>(i.at[2]);
    const auto *c = w.row<Cell<Wide>>(i.at[3]);
    w.each(w.row<Cell<Wide>>(i.at[0]), [=](int l) {
        return stored<Wide>(Add()(static_cast<Wide>(static_cast<Wide>(loaded<T>(a[l])) *
                                                    static_cast<Wide>(loaded<T>(b[l]))),
                                  loaded<Wide>(c[l])));
    });
}
bool wide(Builder &b, const Statement &s) {
    if (!s.has("wide")) return false;
    bool add = s.head() == "mad";
    b.expect_operands(add ? 4 : 3, add ? 4 : 3);
    switch (s.type()) {
        case Type::kU16:
            b.now().run = add ? mad_wide<uint16_t, uint32_t> : mul_wide<uint16_t, uint32_t>;
            break;
        case Type::kS16:
            b.now().run = add ? mad_wide<int16_t, int32_t> : mul_wide<int16_t, int32_t>;
            break;
        case Type::kU32:
            b.now().run = add ? mad_wide<uint32_t, uint64_t> : mul_wide<uint32_t, uint64_t>;
            break;
        case Type::kS32:
            b.now().run = add ? mad_wide<int32_t, int64_t> : mul_wide<int32_t, int64_t>;
            break;
        default:
            return false;
    }
    int bits = bits_of(s.type());
    b.write(s.operands[0], 2 * bits);
    b.read(s.operands[1], bits);
    b.read(s.operands[2], bits);
    if (add) b.read(s.operands[3], 2 * bits);
    return true;
}
bool high(Builder &b, const Statement &s) {
    if (!s.has("hi")) return false;
    return s.head() == "mul" ? finish(b, s, of_integers<MulHigh, kBinary>(s.type()), kBinary)
                             : finish(b, s, of_integers<MadHigh, kTernary>(s.type()), kTernary);
}

}  // namespace

void add_arithmetic(Decoders &d) {
    d.insert({"add", plain<Add, kBinary>});
    d.insert({"sub", plain<Sub, kBinary>});
    d.insert({"mul", wide});
    d.insert({"mul", high});
    d.insert({"mul", plain<Mul, kBinary>});
    d.insert({"mad", wide});
    d.insert({"mad", high});
    d.insert({"mad", plain<Fma, kTernary>});
    d.insert({"fma", plain<Fma, kTernary>});
    d.insert({"div", plain<Div, kBinary>});
    d.insert({"rem", integers_only<Rem>});
    d.insert({"min", extreme<Min>});
    d.insert({"max", extreme<Max>});
    d.insert({"neg", plain<Neg, kUnary>});
    d.insert({"abs", plain<Abs, kUnary>});
    d.insert({"copysign", floats_only<CopySign, kBinary>});
    d.insert({"sqrt", floats_only<Sqrt>});
    d.insert({"rcp", floats_only<Rcp>});
    d.insert({"rsqrt", floats_only<Rsqrt>});
    d.insert({"ex2", singles_only<Ex2>});
    d.insert({"lg2", singles_only<Lg2>});
    d.insert({"sin", singles_only<Sin>});
    d.insert({"cos", singles_only<Cos>});
    d.insert({"tanh", singles_only<Tanh>});
}

}  // namespace emulated
