// atom and red on device and shared memory. Lanes act one after the other, in the order of their
// numbers.
#include <algorithm>

#include "addresses.hpp"
#include "builder.hpp"
#include "numbers.hpp"

namespace emulated {
namespace {

enum Operation : uint32_t {
    kAdd,
    kMin,
    kMax,
    kAnd,
    kOr,
    kXor,
    kExchange,
    kCompare,
    kIncrement,
    kDecrement
};
constexpr uint32_t kOperationShift = 3, kNoResult = 1u << 8;  // flags, with the space

template <class T>
T applied(Operation o, T old, T b, T c) {
    if constexpr (std::is_floating_point_v<T>) {
        return o == kAdd ? old + b : b;
    } else {
        using U = std::make_unsigned_t<T>;
        switch (o) {
            case kAdd:
                return static_cast<T>(static_cast<U>(old) + static_cast<U>(b));
            case kMin:
                return std::min(old, b);
            case kMax:
                return std::max(old, b);
            case kAnd:
                return old & b;
            case kOr:
                return old | b;
            case kXor:
                return old ^ b;
            case kCompare:
                return old == b ? c : old;
            case kIncrement:
                return static_cast<U>(old) >= static_cast<U>(b) ? 0 : old + 1;
            case kDecrement:
                return old == 0 || static_cast<U>(old) > static_cast<U>(b) ? b : old - 1;
            default:
                return b;
        }
    }
}

template <class T>
void atomic(Warp &w, const Instruction &i) {
    using C = Cell<T>;
    Space space = static_cast<Space>(i.flags & 7);
    Operation operation = static_cast<Operation>(i.flags >> kOperationShift & 15);
    bool result = !(i.flags & kNoResult);
    size_t k = result ? 1 : 0;
    Addresses a(w, i, static_cast<int>(k), space == Space::kShared);
    if (space == Space::kGeneric) {
        space = space_of(w, a);
        if (space == Space::kShared) {
            for (uint64_t &at : a.of) at -= kSharedWindow;
        }
    }
    C *to = result ? w.row<C>(i.at[0]) : nullptr;
    const C *b = w.row<C>(i.at[k + 1]), *c = operation == kCompare ? w.row<C>(i.at[k + 2]) : b;
    if (space == Space::kShared) {
        w.each_active([&](int l) { w.block->shared.update(w, l, a.of[l], sizeof(T)); });
        count_banks(w, a, sizeof(T));
    } else if (space == Space::kGlobal) {
        check_device(w, i, a, sizeof(T), false);
        count_sectors(w, a, sizeof(T), true);
    } else {
        w.fail("an atomic operation on memory of one lane");
    }
    w.each_active([&](int l) {
        C *place = reinterpret_cast<C *>(space == Space::kShared
                                             ? w.block->shared.data() + a.of[l]
                                             : reinterpret_cast<unsigned char *>(a.of[l]));
        C old = __atomic_load_n(place, __ATOMIC_SEQ_CST), now;
        do now = stored<T>(applied<T>(operation, loaded<T>(old), loaded<T>(b[l]), loaded<T>(c[l])));
        while (!__atomic_compare_exchange_n(place, &old, now, false, __ATOMIC_SEQ_CST,
                                            __ATOMIC_SEQ_CST));
        if (to) to[l] = old;
    });
}

bool atom(Builder &b, const Statement &s) {
    static const std::map<std::string, Operation> operations = {
        {"add", kAdd},       {"min", kMin},      {"max", kMax},       {"and", kAnd},
        {"or", kOr},         {"xor", kXor},      {"exch", kExchange}, {"cas", kCompare},
        {"inc", kIncrement}, {"dec", kDecrement}};
    const Operation *operation = nullptr;
    for (const std::string &part : s.parts) {
        auto found = operations.find(part);
        if (found != operations.end()) operation = &found->second;
    }
    if (!operation) return false;
    bool result = s.head() == "atom", is_float = s.type() == Type::kF32 || s.type() == Type::kF64;
    if (is_float && *operation != kAdd && *operation != kExchange) return false;
    size_t n = (result ? 3u : 2u) + (*operation == kCompare ? 1u : 0u);
    b.expect_operands(n, n);
    int bits = bits_of(s.type());
    switch (s.type()) {
        case Type::kB32:
        case Type::kU32:
            b.now().run = atomic<uint32_t>;
            break;
        case Type::kS32:
            b.now().run = atomic<int32_t>;
            break;
        case Type::kB64:
        case Type::kU64:
            b.now().run = atomic<uint64_t>;
            break;
        case Type::kS64:
            b.now().run = atomic<int64_t>;
            break;
        case Type::kF32:
            b.now().run = atomic<float>;
            break;
        case Type::kF64:
            b.now().run = atomic<double>;
            break;
        default:
            return false;
    }
    Space space = s.has("shared")   ? Space::kShared
                  : s.has("global") ? Space::kGlobal
                                    : Space::kGeneric;
    b.now().flags = static_cast<uint32_t>(space) |
                    static_cast<uint32_t>(*operation) << kOperationShift | (result ? 0 : kNoResult);
    size_t k = 0;
    if (result) b.write(s.operands[k++], bits);
    b.address(s.operands[k++], space == Space::kShared ? 32 : 64);
    for (; k < n; k++) b.read(s.operands[k], bits);
    return true;
}

}  // namespace

void add_atomics(Decoders &d) {
    d.insert({"atom", atom});
    d.insert({"red", atom});
}

}  // namespace emulated
