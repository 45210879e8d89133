// ld and st in every state space, of one number or of a vector.
#include "addresses.hpp"
#include "builder.hpp"

namespace emulated {
namespace {

constexpr uint32_t kSpaceBits = 7, kNumbersShift = 3;  // flags: the space, and how many numbers

// Calls f(lane, bytes of that lane) for each active lane, when all have been checked.
template <class F>
void at_each(Warp &w, const Instruction &i, int operand, uint32_t bytes, bool write, F f) {
    Space space = static_cast<Space>(i.flags & kSpaceBits);
    Addresses a(w, i, operand, space != Space::kGeneric && space != Space::kGlobal);
    if (space == Space::kGeneric) {
        space = space_of(w, a);
        uint64_t window = space == Space::kShared      ? kSharedWindow
                          : space == Space::kLocal     ? kLocalWindow
                          : space == Space::kParameter ? kParameterWindow
                                                       : 0;
        for (uint64_t &at : a.of) at -= window;
    }
    switch (space) {
        case Space::kShared: {
            SharedMemory &shared = w.block->shared;
            w.each_active([&](int l) {
                if (write)
                    shared.write(w, l, a.of[l], bytes);
                else
                    shared.read(w, l, a.of[l], bytes);
            });
            count_banks(w, a, bytes);
            w.each_active([&](int l) { f(l, shared.data() + a.of[l]); });
            break;
        }
        case Space::kLocal:
            w.each_active([&](int l) { f(l, local_bytes(w, l, a.of[l], bytes)); });
            break;
        case Space::kParameter:
            if (write) w.fail("a write to the kernel's arguments");
            w.each_active([&](int l) {
                f(l, const_cast<unsigned char *>(parameter_bytes(w, l, a.of[l], bytes)));
            });
            break;
        default:
            check_device(w, i, a, bytes, write);
            follow(w, i, a, bytes, write);
            count_sectors(w, a, bytes, write);
            if (w.active == kEveryLane) {
                for (int l = 0; l < kLanes; l++) f(l, reinterpret_cast<unsigned char *>(a.of[l]));
            } else {
                w.each_active([&](int l) { f(l, reinterpret_cast<unsigned char *>(a.of[l])); });
            }
    }
}

template <class T, class D, int kNumbers>
void load(Warp &w, const Instruction &i) {
    D *to[kNumbers];
    for (int n = 0; n < kNumbers; n++) to[n] = w.row<D>(i.at[static_cast<size_t>(n)]);
    at_each(w, i, kNumbers, sizeof(T) * kNumbers, false, [&](int l, const unsigned char *p) {
        T x[kNumbers];
        memcpy(x, p, sizeof x);
        for (int n = 0; n < kNumbers; n++)
            to[n][l] = static_cast<D>(x[n]);  // a signed number fills its register
    });
}
template <class T, class D, int kNumbers>
void store(Warp &w, const Instruction &i) {
    const D *from[kNumbers];
    for (int n = 0; n < kNumbers; n++) from[n] = w.row<D>(i.at[static_cast<size_t>(n + 1)]);
    at_each(w, i, 0, sizeof(T) * kNumbers, true, [&](int l, unsigned char *p) {
        T x[kNumbers];
        for (int n = 0; n < kNumbers; n++) x[n] = static_cast<T>(from[n][l]);
        memcpy(p, x, sizeof x);
    });
}

template <class T, class D>
Handler of_count(bool write, size_t numbers) {
    switch (numbers) {
        case 1:
            return write ? store<T, D, 1> : load<T, D, 1>;
        case 2:
            return write ? store<T, D, 2> : load<T, D, 2>;
        case 4:
            return write ? store<T, D, 4> : load<T, D, 4>;
        default:
            return nullptr;
    }
}
Handler of_type(Type type, bool write, size_t numbers, int register_bits) {
    bool wide = register_bits == 64;
    switch (bits_of(type)) {
        case 8:
            if (wide)
                return is_signed(type) && !write ? of_count<int8_t, uint64_t>(write, numbers)
                                                 : of_count<uint8_t, uint64_t>(write, numbers);
            return is_signed(type) && !write ? of_count<int8_t, uint32_t>(write, numbers)
                                             : of_count<uint8_t, uint32_t>(write, numbers);
        case 16:
            if (wide)
                return is_signed(type) && !write ? of_count<int16_t, uint64_t>(write, numbers)
                                                 : of_count<uint16_t, uint64_t>(write, numbers);
            return is_signed(type) && !write ? of_count<int16_t, uint32_t>(write, numbers)
                                             : of_count<uint16_t, uint32_t>(write, numbers);
        case 32:
            if (wide)
                return is_signed(type) && !write ? of_count<int32_t, uint64_t>(write, numbers)
                                                 : of_count<uint32_t, uint64_t>(write, numbers);
            return of_count<uint32_t, uint32_t>(write, numbers);
        case 64:
            return wide ? of_count<uint64_t, uint64_t>(write, numbers) : nullptr;
        default:
            return nullptr;
    }
}

Space space_named(const Statement &s) {
    if (s.has("shared")) return Space::kShared;
    if (s.has("param")) return Space::kParameter;
    if (s.has("local")) return Space::kLocal;
    if (s.has("global") || s.has("const")) return Space::kGlobal;
    return Space::kGeneric;
}

bool access(Builder &b, const Statement &s) {
    b.expect_operands(2, 2);
    bool write = s.head() == "st";
    const Operand &numbers = s.operands[write ? 1 : 0], &place = s.operands[write ? 0 : 1];
    const std::vector<Operand> one{numbers};
    const std::vector<Operand> &all = numbers.kind == Operand::kVector ? numbers.parts : one;
    size_t named = s.has("v2") ? 2 : s.has("v4") ? 4 : s.has("v8") ? 8 : 1;
    if (named != all.size()) s.refuse("a vector of " + std::to_string(all.size()));
    int bits = bits_of(s.type()) == 64 ? 64 : 32;
    for (const Operand &o : all) {
        if (o.kind == Operand::kRegister) bits = b.width(o);
    }
    b.now().run = of_type(s.type(), write, named, bits);
    if (!b.now().run) return false;
    if (bits_of(s.type()) / 8 * static_cast<int>(named) > 16)
        s.refuse("more than 16 bytes at once");
    Space space = space_named(s);
    b.now().flags = static_cast<uint32_t>(space) | static_cast<uint32_t>(named) << kNumbersShift;
    auto address = [&] {
        b.address(place, space == Space::kGeneric || space == Space::kGlobal ? 64 : 32);
    };
    if (write) address();
    for (const Operand &o : all) {
        if (write)
            b.read(o, bits);
        else
            b.write(o, bits);
    }
    if (!write) address();
    return true;
}

// A hint to the caches.
void nothing(Warp &, const Instruction &) {}
bool prefetch(Builder &b, const Statement &) {
    b.now().run = nothing;
    return true;
}

}  // namespace

void add_accesses(Decoders &d) {
    d.insert({"ld", access});
    d.insert({"ldu", access});
    d.insert({"st", access});
    d.insert({"prefetch", prefetch});
    d.insert({"prefetchu", prefetch});
}

}  // namespace emulated
