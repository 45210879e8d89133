// mov, logic, shifts, bit fields, bytes, selections.
#include "builder.hpp"
#include "warp.hpp"

namespace emulated {
namespace {

struct And {
    template <class T>
    T operator()(T a, T b) const {
        return static_cast<T>(a & b);
    }
};
struct Or {
    template <class T>
    T operator()(T a, T b) const {
        return static_cast<T>(a | b);
    }
};
struct Xor {
    template <class T>
    T operator()(T a, T b) const {
        return static_cast<T>(a ^ b);
    }
};
struct Not {
    template <class T>
    T operator()(T a) const {
        return static_cast<T>(~a);
    }
};
struct Same {
    template <class T>
    T operator()(T a) const {
        return a;
    }
};

template <class F>
void of_predicates(Warp &w, const Instruction &i) {
    w.set_predicate(i.at[0], F()(w.predicate(i, 1), w.predicate(i, 2)));
}
void not_predicate(Warp &w, const Instruction &i) {
    w.set_predicate(i.at[0], ~w.predicate(i, 1));
}
void move_predicate(Warp &w, const Instruction &i) {
    w.set_predicate(i.at[0], w.predicate(i, 1));
}

template <class F>
bool logic(Builder &b, const Statement &s) {
    b.expect_operands(3, 3);
    int bits = bits_of(s.type());
    if (s.type() == Type::kPredicate) {
        b.now().run = of_predicates<F>;
        b.write_predicate(s.operands[0]);
        b.read_predicate(s.operands[1]);
        b.read_predicate(s.operands[2]);
        return true;
    }
    b.now().run = bits == 64   ? binary<uint64_t, F>
                  : bits == 16 ? binary<uint16_t, F>
                               : binary<uint32_t, F>;
    b.write(s.operands[0], bits);
    b.read(s.operands[1], bits);
    b.read(s.operands[2], bits);
    return true;
}
bool negation(Builder &b, const Statement &s) {
    b.expect_operands(2, 2);
    int bits = bits_of(s.type());
    if (s.type() == Type::kPredicate) {
        b.now().run = not_predicate;
        b.write_predicate(s.operands[0]);
        b.read_predicate(s.operands[1]);
        return true;
    }
    b.now().run = bits == 64   ? unary<uint64_t, Not>
                  : bits == 16 ? unary<uint16_t, Not>
                               : unary<uint32_t, Not>;
    b.write(s.operands[0], bits);
    b.read(s.operands[1], bits);
    return true;
}

template <class T>
void unpack(Warp &w, const Instruction &i) {  // flags: the parts
    const auto *a = w.row<Cell<T>>(i.at[i.flags]);
    int bits = static_cast<int>(8 * sizeof(T) / i.flags);
    for (uint32_t p = 0; p < i.flags; p++) {
        uint64_t mask = (uint64_t{1} << bits) - 1;
        int shift = bits * static_cast<int>(p);
        w.each(w.row<uint32_t>(i.at[p]),
               [=](int l) { return static_cast<uint32_t>(a[l] >> shift & mask); });
    }
}
template <class T>
void pack(Warp &w, const Instruction &i) {
    const uint32_t *parts[8];
    for (uint32_t p = 0; p < i.flags; p++) parts[p] = w.row<uint32_t>(i.at[1 + p]);
    int bits = static_cast<int>(8 * sizeof(T) / i.flags);
    uint64_t mask = (uint64_t{1} << bits) - 1;
    w.each(w.row<Cell<T>>(i.at[0]), [&](int l) {
        uint64_t x = 0;
        for (uint32_t p = 0; p < i.flags; p++)
            x |= (parts[p][l] & mask) << (bits * static_cast<int>(p));
        return static_cast<Cell<T>>(x);
    });
}
bool move(Builder &b, const Statement &s) {
    b.expect_operands(2, 2);
    int bits = bits_of(s.type());
    const Operand &to = s.operands[0], &from = s.operands[1];
    bool wide = bits == 64;
    if (s.type() == Type::kPredicate) {
        b.now().run = move_predicate;
        b.write_predicate(to);
        b.read_predicate(from);
    } else if (to.kind == Operand::kVector) {
        size_t n = to.parts.size();
        b.now().flags = static_cast<uint32_t>(n);
        b.now().run = wide ? unpack<uint64_t> : bits == 16 ? unpack<uint16_t> : unpack<uint32_t>;
        for (const Operand &p : to.parts) b.write(p, bits / static_cast<int>(n));
        b.read(from, bits);
    } else if (from.kind == Operand::kVector) {
        size_t n = from.parts.size();
        b.now().flags = static_cast<uint32_t>(n);
        b.now().run = wide ? pack<uint64_t> : bits == 16 ? pack<uint16_t> : pack<uint32_t>;
        b.write(to, bits);
        for (const Operand &p : from.parts) b.read(p, bits / static_cast<int>(n));
    } else {
        b.now().run = wide         ? unary<uint64_t, Same>
                      : bits == 16 ? unary<uint16_t, Same>
                                   : unary<uint32_t, Same>;
        b.write(to, bits);
        b.read(from, bits);
    }
    return true;
}

// Shifts by more than the width give zero, or the sign.
template <class T>
void shift_left(Warp &w, const Instruction &i) {
    const auto *a = w.row<Cell<T>>(i.at[1]);
    const auto *n = w.row<uint32_t>(i.at[2]);
    constexpr uint32_t bits = 8 * sizeof(T);
    w.each(w.row<Cell<T>>(i.at[0]), [=](int l) {
        Cell<T> x = a[l] << (n[l] & (sizeof(Cell<T>) * 8 - 1));
        return n[l] >= bits ? Cell<T>{0} : stored<T>(static_cast<T>(x));
    });
}
template <class T>
void shift_right(Warp &w, const Instruction &i) {
    const auto *a = w.row<Cell<T>>(i.at[1]);
    const auto *n = w.row<uint32_t>(i.at[2]);
    constexpr uint32_t bits = 8 * sizeof(T);
    w.each(w.row<Cell<T>>(i.at[0]), [=](int l) {
        T x = loaded<T>(a[l]);
        if constexpr (std::is_signed_v<T>) {
            return stored<T>(static_cast<T>(x >> (n[l] >= bits ? bits - 1 : n[l])));
        } else {
            return n[l] >= bits ? Cell<T>{0} : stored<T>(static_cast<T>(x >> (n[l] & (bits - 1))));
        }
    });
}
bool shift(Builder &b, const Statement &s) {
    b.expect_operands(3, 3);
    bool left = s.head() == "shl";
    int bits = bits_of(s.type());
    bool with_sign = is_signed(s.type());
    if (left)
        b.now().run = bits == 64   ? shift_left<uint64_t>
                      : bits == 32 ? shift_left<uint32_t>
                                   : shift_left<uint16_t>;
    else if (with_sign)
        b.now().run = bits == 64   ? shift_right<int64_t>
                      : bits == 32 ? shift_right<int32_t>
                                   : shift_right<int16_t>;
    else
        b.now().run = bits == 64   ? shift_right<uint64_t>
                      : bits == 32 ? shift_right<uint32_t>
                                   : shift_right<uint16_t>;
    b.write(s.operands[0], bits);
    b.read(s.operands[1], bits);
    b.read(s.operands[2], 32);
    return true;
}

void funnel(Warp &w, const Instruction &i) {  // flags: 1 right, 2 clamp
    const uint32_t *low = w.row<uint32_t>(i.at[1]), *high = w.row<uint32_t>(i.at[2]),
                   *count = w.row<uint32_t>(i.at[3]);
    bool right = i.flags & 1, clamp = i.flags & 2;
    w.each(w.row<uint32_t>(i.at[0]), [=](int l) {
        uint64_t both = static_cast<uint64_t>(high[l]) << 32 | low[l];
        uint32_t n = clamp ? (count[l] > 32 ? 32 : count[l]) : count[l] & 31;
        return static_cast<uint32_t>(right ? both >> n : both << n >> 32);
    });
}
bool funnel_shift(Builder &b, const Statement &s) {
    b.expect_operands(4, 4);
    b.now().run = funnel;
    b.now().flags = (s.has("r") ? 1u : 0u) | (s.has("clamp") ? 2u : 0u);
    b.write(s.operands[0], 32);
    for (size_t k = 1; k < 4; k++) b.read(s.operands[k], 32);
    return true;
}

// Bit 4 a + 2 b + c of the table is the result for those bits.
void logic_of_three(Warp &w, const Instruction &i) {
    const uint32_t *a = w.row<uint32_t>(i.at[1]), *b = w.row<uint32_t>(i.at[2]),
                   *c = w.row<uint32_t>(i.at[3]);
    uint32_t use[8];
    for (uint32_t p = 0; p < 8; p++) use[p] = 0 - (i.flags >> p & 1);
    w.each(w.row<uint32_t>(i.at[0]), [=](int l) {
        uint32_t x = 0;
        for (uint32_t p = 0; p < 8; p++)
            x |= use[p] & (p & 4 ? a[l] : ~a[l]) & (p & 2 ? b[l] : ~b[l]) & (p & 1 ? c[l] : ~c[l]);
        return x;
    });
}
bool lop3(Builder &b, const Statement &s) {
    if (s.operands.size() != 5) return false;
    b.now().run = logic_of_three;
    b.now().flags = static_cast<uint32_t>(b.constant(s.operands[4]));
    b.write(s.operands[0], 32);
    for (size_t k = 1; k < 4; k++) b.read(s.operands[k], 32);
    return true;
}

// Byte i of the result is byte (selector >> 4 i) & 7 of b:a, or its sign eight times over.
void permute_bytes(Warp &w, const Instruction &i) {
    const uint32_t *a = w.row<uint32_t>(i.at[1]), *b = w.row<uint32_t>(i.at[2]),
                   *s = w.row<uint32_t>(i.at[3]);
    w.each(w.row<uint32_t>(i.at[0]), [=](int l) {
        uint64_t both = static_cast<uint64_t>(b[l]) << 32 | a[l];
        uint32_t x = 0;
        for (int k = 0; k < 4; k++) {
            uint32_t selector = s[l] >> (4 * k);
            uint32_t byte = static_cast<uint32_t>(both >> (8 * (selector & 7))) & 0xff;
            x |= (selector & 8 ? (0 - (byte >> 7)) & 0xff : byte) << (8 * k);
        }
        return x;
    });
}
bool prmt(Builder &b, const Statement &s) {
    if (s.parts.size() != 2) return false;  // the modes f4e and so on
    b.expect_operands(4, 4);
    b.now().run = permute_bytes;
    b.write(s.operands[0], 32);
    for (size_t k = 1; k < 4; k++) b.read(s.operands[k], 32);
    return true;
}

template <class T>
void extract(Warp &w, const Instruction &i) {
    const auto *a = w.row<Cell<T>>(i.at[1]);
    const uint32_t *from = w.row<uint32_t>(i.at[2]), *count = w.row<uint32_t>(i.at[3]);
    constexpr uint32_t bits = 8 * sizeof(T);
    w.each(w.row<Cell<T>>(i.at[0]), [=](int l) {
        uint32_t at = from[l] & 0xff, n = count[l] & 0xff;
        uint64_t x = static_cast<uint64_t>(static_cast<std::make_unsigned_t<T>>(a[l]));
        if (n == 0) return Cell<T>{0};
        uint32_t top = at + n - 1 < bits - 1 ? at + n - 1 : bits - 1;
        uint64_t sign = std::is_signed_v<T> ? 0 - (x >> top & 1) : 0;
        uint64_t field = at >= bits ? sign : x >> at;
        if (at < bits && at + n > bits) field |= bits - at < 64 ? sign << (bits - at) : 0;
        uint64_t mask = n >= 64 ? ~uint64_t{0} : (uint64_t{1} << n) - 1;
        return static_cast<Cell<T>>((field & mask) | (sign & ~mask));
    });
}
template <class T>
void insert(Warp &w, const Instruction &i) {
    const T *a = w.row<T>(i.at[1]), *b = w.row<T>(i.at[2]);
    const uint32_t *from = w.row<uint32_t>(i.at[3]), *count = w.row<uint32_t>(i.at[4]);
    constexpr uint32_t bits = 8 * sizeof(T);
    w.each(w.row<T>(i.at[0]), [=](int l) {
        uint32_t at = from[l] & 0xff, n = count[l] & 0xff;
        if (at >= bits) return b[l];
        T mask = static_cast<T>((n >= bits ? ~T{0} : (T{1} << n) - 1) << at);
        return static_cast<T>((b[l] & ~mask) | (a[l] << at & mask));
    });
}
bool field(Builder &b, const Statement &s) {
    bool into = s.head() == "bfi";
    int bits = bits_of(s.type());
    if (bits != 32 && bits != 64) return false;
    b.expect_operands(into ? 5 : 4, into ? 5 : 4);
    if (into)
        b.now().run = bits == 64 ? insert<uint64_t> : insert<uint32_t>;
    else if (is_signed(s.type()))
        b.now().run = bits == 64 ? extract<int64_t> : extract<int32_t>;
    else
        b.now().run = bits == 64 ? extract<uint64_t> : extract<uint32_t>;
    b.write(s.operands[0], bits);
    b.read(s.operands[1], bits);
    if (into) b.read(s.operands[2], bits);
    b.read(s.operands[into ? 3 : 2], 32);
    b.read(s.operands[into ? 4 : 3], 32);
    return true;
}

template <class T>
void count_ones(Warp &w, const Instruction &i) {
    const T *a = w.row<T>(i.at[1]);
    w.each(w.row<uint32_t>(i.at[0]),
           [=](int l) { return static_cast<uint32_t>(__builtin_popcountll(a[l])); });
}
template <class T>
void count_leading(Warp &w, const Instruction &i) {
    const T *a = w.row<T>(i.at[1]);
    w.each(w.row<uint32_t>(i.at[0]), [=](int l) {
        uint32_t n = static_cast<uint32_t>(a[l] ? __builtin_clzll(a[l]) : 64);
        return n - (64 - 8 * static_cast<uint32_t>(sizeof(T)));
    });
}
template <class T>
void highest(Warp &w, const Instruction &i) {
    const T *a = w.row<T>(i.at[1]);
    w.each(w.row<uint32_t>(i.at[0]), [=](int l) {
        using U = std::make_unsigned_t<T>;
        U x = static_cast<U>(std::is_signed_v<T> && a[l] < 0 ? ~a[l] : a[l]);
        uint32_t at = x ? 63 - static_cast<uint32_t>(__builtin_clzll(x)) : kEveryLane;
        return i.flags && x ? 8 * static_cast<uint32_t>(sizeof(T)) - 1 - at : at;
    });
}
struct Reverse {
    template <class T>
    T operator()(T a) const {
        T x = 0;
        for (size_t k = 0; k < 8 * sizeof(T); k++)
            x |= static_cast<T>((a >> k & 1) << (8 * sizeof(T) - 1 - k));
        return x;
    }
};
bool counting(Builder &b, const Statement &s) {
    b.expect_operands(2, 2);
    bool wide = bits_of(s.type()) == 64;
    if (s.head() == "popc")
        b.now().run = wide ? count_ones<uint64_t> : count_ones<uint32_t>;
    else if (s.head() == "clz")
        b.now().run = wide ? count_leading<uint64_t> : count_leading<uint32_t>;
    else if (is_signed(s.type()))
        b.now().run = wide ? highest<int64_t> : highest<int32_t>;
    else
        b.now().run = wide ? highest<uint64_t> : highest<uint32_t>;
    b.now().flags = s.has("shiftamt");
    b.write(s.operands[0], 32);
    b.read(s.operands[1], wide ? 64 : 32);
    return true;
}
bool reversal(Builder &b, const Statement &s) {
    b.expect_operands(2, 2);
    bool wide = bits_of(s.type()) == 64;
    b.now().run = wide ? unary<uint64_t, Reverse> : unary<uint32_t, Reverse>;
    b.write(s.operands[0], wide ? 64 : 32);
    b.read(s.operands[1], wide ? 64 : 32);
    return true;
}

template <class T>
void select(Warp &w, const Instruction &i) {
    const T *a = w.row<T>(i.at[1]), *b = w.row<T>(i.at[2]);
    uint32_t p = w.predicate(i, 3);
    w.each(w.row<T>(i.at[0]), [=](int l) { return p >> l & 1 ? a[l] : b[l]; });
}
bool selp(Builder &b, const Statement &s) {
    b.expect_operands(4, 4);
    int bits = bits_of(s.type());
    b.now().run = bits == 64 ? select<uint64_t> : select<uint32_t>;
    b.write(s.operands[0], bits);
    b.read(s.operands[1], bits);
    b.read(s.operands[2], bits);
    b.read_predicate(s.operands[3]);
    return true;
}

}  // namespace

void add_bits(Decoders &d) {
    d.insert({"mov", move});
    d.insert({"and", logic<And>});
    d.insert({"or", logic<Or>});
    d.insert({"xor", logic<Xor>});
    d.insert({"not", negation});
    d.insert({"shl", shift});
    d.insert({"shr", shift});
    d.insert({"shf", funnel_shift});
    d.insert({"lop3", lop3});
    d.insert({"prmt", prmt});
    d.insert({"bfe", field});
    d.insert({"bfi", field});
    d.insert({"popc", counting});
    d.insert({"clz", counting});
    d.insert({"bfind", counting});
    d.insert({"brev", reversal});
    d.insert({"selp", selp});
}

}  // namespace emulated
