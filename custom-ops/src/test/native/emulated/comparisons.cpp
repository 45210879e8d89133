// setp and set: compare two numbers, and join the result with a predicate.
#include "builder.hpp"
#include "numbers.hpp"
#include "warp.hpp"

namespace emulated {
namespace {

// The unordered ones (..u) are true also if a number is NaN.
struct Eq {
    template <class T>
    bool operator()(T a, T b) const {
        return a == b;
    }
};
struct Ne {
    template <class T>
    bool operator()(T a, T b) const {
        return a == a && b == b && a != b;
    }
};
struct Lt {
    template <class T>
    bool operator()(T a, T b) const {
        return a < b;
    }
};
struct Le {
    template <class T>
    bool operator()(T a, T b) const {
        return a <= b;
    }
};
struct Gt {
    template <class T>
    bool operator()(T a, T b) const {
        return a > b;
    }
};
struct Ge {
    template <class T>
    bool operator()(T a, T b) const {
        return a >= b;
    }
};
struct Equ {
    template <class T>
    bool operator()(T a, T b) const {
        return a == b || a != a || b != b;
    }
};
struct Neu {
    template <class T>
    bool operator()(T a, T b) const {
        return a != b;
    }
};
struct Ltu {
    template <class T>
    bool operator()(T a, T b) const {
        return !(a >= b);
    }
};
struct Leu {
    template <class T>
    bool operator()(T a, T b) const {
        return !(a > b);
    }
};
struct Gtu {
    template <class T>
    bool operator()(T a, T b) const {
        return !(a <= b);
    }
};
struct Geu {
    template <class T>
    bool operator()(T a, T b) const {
        return !(a < b);
    }
};
struct Num {
    template <class T>
    bool operator()(T a, T b) const {
        return a == a && b == b;
    }
};
struct NotNum {
    template <class T>
    bool operator()(T a, T b) const {
        return a != a || b != b;
    }
};

enum Join { kAlone, kAnd, kOr, kXor };
enum Flags : uint32_t { kJoin = 3, kHasSecond = 4, kFlush = 8 };

template <class T, class F>
uint32_t compared(Warp &w, uint32_t x, uint32_t y, bool flush) {
    const auto *a = w.row<Cell<T>>(x), *b = w.row<Cell<T>>(y);
    uint32_t bits[kLanes], p = 0;
    if constexpr (std::is_same_v<T, float>) {
        if (flush) {
            for (int l = 0; l < kLanes; l++)
                bits[l] = F()(flushed(loaded<T>(a[l])), flushed(loaded<T>(b[l])));
            for (int l = 0; l < kLanes; l++) p |= bits[l] << l;
            return p;
        }
    }
    for (int l = 0; l < kLanes; l++) bits[l] = F()(loaded<T>(a[l]), loaded<T>(b[l]));
    for (int l = 0; l < kLanes; l++) p |= bits[l] << l;
    return p;
}
uint32_t joined(uint32_t p, uint32_t with, uint32_t how) {
    switch (how) {
        case kAnd:
            return p & with;
        case kOr:
            return p | with;
        case kXor:
            return p ^ with;
        default:
            return p;
    }
}
template <class T, class F>
void set_predicate(Warp &w, const Instruction &i) {
    int second = i.flags & kHasSecond ? 1 : 0;
    uint32_t p = compared<T, F>(w, i.at[static_cast<size_t>(1 + second)],
                                i.at[static_cast<size_t>(2 + second)], i.flags & kFlush);
    uint32_t how = i.flags & kJoin, with = how == kAlone ? 0 : w.predicate(i, 3 + second);
    w.set_predicate(i.at[0], joined(p, with, how));
    if (second) w.set_predicate(i.at[1], joined(~p, with, how));
}
// All bits or none; 1.0 or 0.0 for set.f32 (flags 16).
template <class T, class F>
void set_number(Warp &w, const Instruction &i) {
    uint32_t p = compared<T, F>(w, i.at[1], i.at[2], i.flags & kFlush);
    uint32_t yes = i.flags & 16 ? 0x3f800000 : 0xffffffff;
    w.each(w.row<uint32_t>(i.at[0]), [=](int l) { return p >> l & 1 ? yes : 0; });
}

template <class F>
Handler of_type(Type type, bool number) {
    switch (type) {
        case Type::kB16:
        case Type::kU16:
            return number ? set_number<uint16_t, F> : set_predicate<uint16_t, F>;
        case Type::kS16:
            return number ? set_number<int16_t, F> : set_predicate<int16_t, F>;
        case Type::kB32:
        case Type::kU32:
            return number ? set_number<uint32_t, F> : set_predicate<uint32_t, F>;
        case Type::kS32:
            return number ? set_number<int32_t, F> : set_predicate<int32_t, F>;
        case Type::kB64:
        case Type::kU64:
            return number ? set_number<uint64_t, F> : set_predicate<uint64_t, F>;
        case Type::kS64:
            return number ? set_number<int64_t, F> : set_predicate<int64_t, F>;
        case Type::kF32:
            return number ? set_number<float, F> : set_predicate<float, F>;
        case Type::kF64:
            return number ? set_number<double, F> : set_predicate<double, F>;
        default:
            return nullptr;
    }
}
Handler named(const std::string &name, Type type, bool number) {
    static const std::map<std::string, Handler (*)(Type, bool)> all = {
        {"eq", of_type<Eq>},   {"ne", of_type<Ne>},   {"lt", of_type<Lt>},
        {"le", of_type<Le>},   {"gt", of_type<Gt>},   {"ge", of_type<Ge>},
        {"lo", of_type<Lt>},   {"ls", of_type<Le>},   {"hi", of_type<Gt>},
        {"hs", of_type<Ge>},   {"equ", of_type<Equ>}, {"neu", of_type<Neu>},
        {"ltu", of_type<Ltu>}, {"leu", of_type<Leu>}, {"gtu", of_type<Gtu>},
        {"geu", of_type<Geu>}, {"num", of_type<Num>}, {"nan", of_type<NotNum>},
    };
    auto found = all.find(name);
    return found == all.end() ? nullptr : found->second(type, number);
}

bool setp(Builder &b, const Statement &s) {
    Handler run = s.parts.size() < 2 ? nullptr : named(s.parts[1], s.type(), false);
    if (!run) return false;
    uint32_t how = s.has("and") ? kAnd : s.has("or") ? kOr : s.has("xor") ? kXor : kAlone;
    size_t n = s.operands.size(), without = how == kAlone ? 3 : 4;
    b.expect_operands(without, without + 1);
    bool second = n == without + 1;
    b.now().run = run;
    b.now().flags = how | (second ? kHasSecond : 0u) | (s.has("ftz") ? kFlush : 0u);
    size_t k = 0;
    b.write_predicate(s.operands[k++]);
    if (second) b.write_predicate(s.operands[k++]);
    b.read(s.operands[k++], bits_of(s.type()));
    b.read(s.operands[k++], bits_of(s.type()));
    if (how != kAlone) b.read_predicate(s.operands[k]);
    return true;
}
bool set(Builder &b, const Statement &s) {
    if (s.operands.size() != 3 || s.types.size() != 2 || bits_of(s.types[0]) != 32) return false;
    Handler run = named(s.parts[1], s.type(), true);
    if (!run) return false;
    b.now().run = run;
    b.now().flags = (s.has("ftz") ? kFlush : 0u) | (s.types[0] == Type::kF32 ? 16u : 0u);
    b.write(s.operands[0], 32);
    b.read(s.operands[1], bits_of(s.type()));
    b.read(s.operands[2], bits_of(s.type()));
    return true;
}

}  // namespace

void add_comparisons(Decoders &d) {
    d.insert({"setp", setp});
    d.insert({"set", set});
}

}  // namespace emulated
