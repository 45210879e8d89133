// cvt and cvta: numbers from one type to another, addresses from one space to another.
#include <limits>

#include "builder.hpp"
#include "numbers.hpp"
#include "warp.hpp"
#include "windows.hpp"

namespace emulated {
namespace {

enum Rounding : uint32_t { kNearest, kDown, kUp, kZero, kNone };
constexpr uint32_t kRounding = 7, kSaturate = 8, kFlush = 16;

// 16-bit floating point as types of their own.
struct F16 {
    uint16_t bits;
};
struct Bf16 {
    uint16_t bits;
};
template <class T>
constexpr bool kIsFloat =
    std::is_floating_point_v<T> || std::is_same_v<T, F16> || std::is_same_v<T, Bf16>;
template <class T>
struct Width {
    using type = T;
};
template <>
struct Width<F16> {
    using type = uint16_t;
};
template <>
struct Width<Bf16> {
    using type = uint16_t;
};

template <class T, class C>
inline auto number(C cell) {
    if constexpr (std::is_same_v<T, F16>)
        return from_f16(static_cast<uint16_t>(cell));
    else if constexpr (std::is_same_v<T, Bf16>)
        return from_bf16(static_cast<uint16_t>(cell));
    else if constexpr (sizeof(C) > sizeof(Cell<T>))
        return loaded<T>(static_cast<Cell<T>>(cell));
    else
        return loaded<T>(cell);
}
template <class X>
inline X rounded(X x, uint32_t how) {
    switch (how) {
        case kNearest:
            return std::nearbyint(x);
        case kDown:
            return std::floor(x);
        case kUp:
            return std::ceil(x);
        case kZero:
            return std::trunc(x);
        default:
            return x;
    }
}
// A double of all 53 bits to float, not to nearest.
inline float narrowed(double x, uint32_t how) {
    float f = static_cast<float>(x);
    if (how == kZero && std::fabs(static_cast<double>(f)) > std::fabs(x))
        return std::nextafterf(f, 0);
    if (how == kDown && static_cast<double>(f) > x) return std::nextafterf(f, -INFINITY);
    if (how == kUp && static_cast<double>(f) < x) return std::nextafterf(f, INFINITY);
    return f;
}
// Converts to an integer what is one already: beyond the range the nearest in it, of NaN zero.
template <class To, class X>
inline To clamped(X x) {
    constexpr To low = std::numeric_limits<To>::min(), high = std::numeric_limits<To>::max();
    if (x != x) return 0;
    if (x <= static_cast<X>(low)) return low;
    if (x >= static_cast<X>(high)) return high;
    return static_cast<To>(x);
}

template <class To, class From, class C>
inline auto converted(C cell, uint32_t flags) {
    auto x = number<From>(cell);
    uint32_t how = flags & kRounding;
    if constexpr (std::is_same_v<From, float>) {
        if (flags & kFlush) x = flushed(x);
    }
    if constexpr (kIsFloat<From> && !kIsFloat<To>) {
        return clamped<To>(rounded(x, how));
    } else if constexpr (!kIsFloat<From> && !kIsFloat<To>) {
        if (flags & kSaturate) {
            __int128 low = std::numeric_limits<To>::min(), high = std::numeric_limits<To>::max(),
                     v = x;
            return static_cast<To>(v < low ? low : v > high ? high : v);
        }
        return static_cast<To>(x);
    } else if constexpr (std::is_same_v<To, double>) {
        double y = static_cast<double>(x);
        return kIsFloat<From> && sizeof(From) == 8 ? rounded(y, how) : y;
    } else {  // to float or less
        float y;
        if constexpr (std::is_same_v<From, double>)
            y = narrowed(x, how);
        else if constexpr (kIsFloat<From>)
            y = std::is_same_v<To, From> && how != kNone ? rounded(x, how) : x;
        else
            y = static_cast<float>(x);
        if (flags & kSaturate) y = saturated(y);
        if (flags & kFlush) y = flushed(y);
        if constexpr (std::is_same_v<To, F16>)
            return to_f16(y);
        else if constexpr (std::is_same_v<To, Bf16>)
            return to_bf16(y);
        else
            return y;
    }
}

// The register of the destination may be wider than its type; then the sign fills it.
template <class To, class From, class C, class D>
void convert(Warp &w, const Instruction &i) {
    const C *a = w.row<C>(i.at[1]);
    uint32_t flags = i.flags;
    w.each(w.row<D>(i.at[0]), [=](int l) {
        auto y = converted<To, From>(a[l], flags);
        if constexpr (std::is_same_v<decltype(y), float>)
            return static_cast<D>(bits_of_f32(y));
        else if constexpr (std::is_same_v<decltype(y), double>) {
            D d;
            __builtin_memcpy(&d, &y, sizeof d);
            return d;
        } else if constexpr (std::is_signed_v<decltype(y)>)
            return static_cast<D>(static_cast<int64_t>(y));
        else
            return static_cast<D>(y);
    });
}

template <class To, class From>
Handler of_registers(int to_bits, int from_bits) {
    constexpr int own_to = sizeof(typename Width<To>::type) == 8 ? 64 : 32,
                  own_from = sizeof(typename Width<From>::type) == 8 ? 64 : 32;
    if (own_to > to_bits || own_from > from_bits) return nullptr;
    if constexpr (own_to == 32 && own_from == 32) {
        if (to_bits == 64 && from_bits == 64) return convert<To, From, uint64_t, uint64_t>;
        if (to_bits == 64) return convert<To, From, uint32_t, uint64_t>;
        if (from_bits == 64) return convert<To, From, uint64_t, uint32_t>;
        return convert<To, From, uint32_t, uint32_t>;
    } else if constexpr (own_to == 32) {
        return to_bits == 64 ? convert<To, From, uint64_t, uint64_t>
                             : convert<To, From, uint64_t, uint32_t>;
    } else if constexpr (own_from == 32) {
        return from_bits == 64 ? convert<To, From, uint64_t, uint64_t>
                               : convert<To, From, uint32_t, uint64_t>;
    } else {
        return convert<To, From, uint64_t, uint64_t>;
    }
}
template <class To>
Handler from_type(Type from, int to_bits, int from_bits) {
    switch (from) {
        case Type::kU8:
        case Type::kB8:
            return of_registers<To, uint8_t>(to_bits, from_bits);
        case Type::kS8:
            return of_registers<To, int8_t>(to_bits, from_bits);
        case Type::kU16:
        case Type::kB16:
            return of_registers<To, uint16_t>(to_bits, from_bits);
        case Type::kS16:
            return of_registers<To, int16_t>(to_bits, from_bits);
        case Type::kU32:
        case Type::kB32:
            return of_registers<To, uint32_t>(to_bits, from_bits);
        case Type::kS32:
            return of_registers<To, int32_t>(to_bits, from_bits);
        case Type::kU64:
        case Type::kB64:
            return of_registers<To, uint64_t>(to_bits, from_bits);
        case Type::kS64:
            return of_registers<To, int64_t>(to_bits, from_bits);
        case Type::kF16:
            return of_registers<To, F16>(to_bits, from_bits);
        case Type::kBf16:
            return of_registers<To, Bf16>(to_bits, from_bits);
        case Type::kF32:
            return of_registers<To, float>(to_bits, from_bits);
        case Type::kF64:
            return of_registers<To, double>(to_bits, from_bits);
        default:
            return nullptr;
    }
}
Handler of_types(Type to, Type from, int to_bits, int from_bits) {
    switch (to) {
        case Type::kU8:
        case Type::kB8:
            return from_type<uint8_t>(from, to_bits, from_bits);
        case Type::kS8:
            return from_type<int8_t>(from, to_bits, from_bits);
        case Type::kU16:
        case Type::kB16:
            return from_type<uint16_t>(from, to_bits, from_bits);
        case Type::kS16:
            return from_type<int16_t>(from, to_bits, from_bits);
        case Type::kU32:
        case Type::kB32:
            return from_type<uint32_t>(from, to_bits, from_bits);
        case Type::kS32:
            return from_type<int32_t>(from, to_bits, from_bits);
        case Type::kU64:
        case Type::kB64:
            return from_type<uint64_t>(from, to_bits, from_bits);
        case Type::kS64:
            return from_type<int64_t>(from, to_bits, from_bits);
        case Type::kF16:
            return from_type<F16>(from, to_bits, from_bits);
        case Type::kBf16:
            return from_type<Bf16>(from, to_bits, from_bits);
        case Type::kF32:
            return from_type<float>(from, to_bits, from_bits);
        case Type::kF64:
            return from_type<double>(from, to_bits, from_bits);
        default:
            return nullptr;
    }
}

uint32_t rounding(const Statement &s) {
    if (s.has("rni")) return kNearest;
    if (s.has("rmi") || s.has("rm")) return kDown;
    if (s.has("rpi") || s.has("rp")) return kUp;
    if (s.has("rzi") || s.has("rz")) return kZero;
    return kNone;
}

bool cvt(Builder &b, const Statement &s) {
    if (s.operands.size() != 2 || s.types.size() != 2) return false;
    if (s.has("relu") || s.has("satfinite")) return false;
    const Operand &to = s.operands[0], &from = s.operands[1];
    uint32_t how = rounding(s);
    bool narrow =
        bits_of(s.types[0]) == 16 && (s.types[0] == Type::kF16 || s.types[0] == Type::kBf16);
    if (narrow && how != kNone) s.refuse("only rounding to nearest is known for 16 bits");
    int to_bits = b.width(to);
    int from_bits = from.kind == Operand::kRegister ? b.width(from)
                    : bits_of(s.types[1]) == 64     ? 64
                                                    : 32;
    b.now().run = of_types(s.types[0], s.types[1], to_bits, from_bits);
    if (!b.now().run) return false;
    b.now().flags = how | (s.has("sat") ? kSaturate : 0) | (s.has("ftz") ? kFlush : 0);
    b.write(to, to_bits);
    b.read(from, from_bits);
    return true;
}

// Two numbers into one register, the second operand in its lower half.
template <class To>
void pack_pair(Warp &w, const Instruction &i) {
    const uint32_t *high = w.row<uint32_t>(i.at[1]), *low = w.row<uint32_t>(i.at[2]);
    bool relu = i.flags & 1;
    auto one = [relu](uint32_t bits) {
        float x = f32_of_bits(bits);
        if (relu) x = x > 0 ? x : x != x ? x : 0;
        if constexpr (std::is_same_v<To, F16>)
            return static_cast<uint32_t>(to_f16(x));
        else
            return static_cast<uint32_t>(to_bf16(x));
    };
    w.each(w.row<uint32_t>(i.at[0]), [=](int l) { return one(high[l]) << 16 | one(low[l]); });
}
void pack_e4m3(Warp &w, const Instruction &i) {
    const uint32_t *high = w.row<uint32_t>(i.at[1]), *low = w.row<uint32_t>(i.at[2]);
    w.each(w.row<uint32_t>(i.at[0]), [=](int l) {
        return static_cast<uint32_t>(to_e4m3(f32_of_bits(high[l])) << 8 |
                                     to_e4m3(f32_of_bits(low[l])));
    });
}
// Two fp8 numbers of 16 bits to two f16 numbers of 32: both exact.
template <float (*kFrom)(uint8_t)>
void widen_pair(Warp &w, const Instruction &i) {
    const uint32_t *a = w.row<uint32_t>(i.at[1]);
    w.each(w.row<uint32_t>(i.at[0]), [=](int l) {
        return static_cast<uint32_t>(to_f16(kFrom(static_cast<uint8_t>(a[l] >> 8)))) << 16 |
               to_f16(kFrom(static_cast<uint8_t>(a[l])));
    });
}
bool cvt_pair(Builder &b, const Statement &s) {
    if (s.types.size() != 2) return false;
    Type to = s.types[0], from = s.types[1];
    if (s.operands.size() == 3 && from == Type::kF32) {
        if (!s.has("rn")) return false;
        if (to == Type::kF16x2)
            b.now().run = pack_pair<F16>;
        else if (to == Type::kBf16x2)
            b.now().run = pack_pair<Bf16>;
        else if (to == Type::kE4m3x2 && s.has("satfinite") && !s.has("relu"))
            b.now().run = pack_e4m3;
        else
            return false;
        b.now().flags = s.has("relu");
        b.write(s.operands[0], 32);
        b.read(s.operands[1], 32);
        b.read(s.operands[2], 32);
        return true;
    }
    if (s.operands.size() == 2 && to == Type::kF16x2 && !s.has("relu")) {
        if (from == Type::kE4m3x2)
            b.now().run = widen_pair<from_e4m3>;
        else if (from == Type::kE5m2x2)
            b.now().run = widen_pair<from_e5m2>;
        else
            return false;
        b.write(s.operands[0], 32);
        b.read(s.operands[1], 32);
        return true;
    }
    return false;
}

// Addresses of the spaces are generic addresses less the space's window; device memory is at home.
void moved_address(Warp &w, const Instruction &i) {
    const uint64_t *a = w.row<uint64_t>(i.at[1]);
    uint64_t by = static_cast<uint64_t>(i.offset);
    w.each(w.row<uint64_t>(i.at[0]), [=](int l) { return a[l] + by; });
}
bool cvta(Builder &b, const Statement &s) {
    b.expect_operands(2, 2);
    if (s.type() != Type::kU64) return false;
    uint64_t window = s.has("shared")  ? kSharedWindow
                      : s.has("local") ? kLocalWindow
                      : s.has("param") ? kParameterWindow
                                       : 0;
    b.now().run = moved_address;
    b.now().offset = static_cast<int64_t>(s.has("to") ? 0 - window : window);
    b.write(s.operands[0], 64);
    b.read(s.operands[1], 64);
    return true;
}

}  // namespace

void add_conversions(Decoders &d) {
    d.insert({"cvt", cvt});
    d.insert({"cvt", cvt_pair});
    d.insert({"cvta", cvta});
}

}  // namespace emulated
