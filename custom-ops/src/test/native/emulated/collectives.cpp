// What the lanes of a warp do together: shuffles, votes, matches, reductions, synchronisation.
#include <algorithm>

#include "block.hpp"
#include "builder.hpp"

namespace emulated {
namespace {

enum Mode : uint32_t { kIndex, kUp, kDown, kButterfly };

void shuffle(Warp &w, const Instruction &i) {  // flags: the mode; 4: with a predicate
    int p = i.flags & 4 ? 1 : 0;
    const uint32_t *a = w.row<uint32_t>(i.at[static_cast<size_t>(1 + p)]),
                   *b = w.row<uint32_t>(i.at[static_cast<size_t>(2 + p)]),
                   *c = w.row<uint32_t>(i.at[static_cast<size_t>(3 + p)]);
    uint32_t mode = i.flags & 3, result[kLanes], inside[kLanes];
    int from[kLanes];
    for (int l = 0; l < kLanes; l++) {
        int by = static_cast<int>(b[l] & 31), clamp = static_cast<int>(c[l] & 31),
            segment = static_cast<int>(c[l] >> 8 & 31);
        int first = l & segment, last = first | (clamp & ~segment);
        int at = mode == kUp          ? l - by
                 : mode == kDown      ? l + by
                 : mode == kButterfly ? l ^ by
                                      : first | (by & ~segment);
        inside[l] = mode == kUp ? at >= last : at <= last;
        from[l] = inside[l] ? at : l;
    }
    if (w.active != kEveryLane) {
        w.each_active([&](int l) {
            if (!(w.active >> from[l] & 1))
                w.fail("a shuffle from lane " + std::to_string(from[l]) + ", which takes no part",
                       l);
        });
    }
    for (int l = 0; l < kLanes; l++) result[l] = a[from[l]];
    w.each(w.row<uint32_t>(i.at[0]), [&](int l) { return result[l]; });
    if (p) {
        uint32_t all = 0;
        for (int l = 0; l < kLanes; l++) all |= inside[l] << l;
        w.set_predicate(i.at[1], all);
    }
}
bool shfl(Builder &b, const Statement &s) {
    if (!s.has("sync") || s.operands.size() < 5) return false;
    bool predicate = s.operands.size() == 6;
    b.expect_operands(5, 6);
    b.now().run = shuffle;
    b.now().flow = Flow::kCollective;
    b.now().flags = (s.has("up")     ? kUp
                     : s.has("down") ? kDown
                     : s.has("bfly") ? kButterfly
                                     : kIndex) |
                    (predicate ? 4u : 0u);
    size_t k = 0;
    b.write(s.operands[k++], 32);
    if (predicate) b.write_predicate(s.operands[k++]);
    for (int n = 0; n < 4; n++) b.read(s.operands[k++], 32);
    b.now().members = b.last();
    return true;
}

enum Vote : uint32_t { kAny, kAll, kUniform, kBallot };

void vote_predicate(Warp &w, const Instruction &i) {
    uint32_t p = w.predicate(i, 1) & w.active;
    bool x = i.flags == kAny ? p != 0 : i.flags == kAll ? p == w.active : p == 0 || p == w.active;
    w.set_predicate(i.at[0], x ? kEveryLane : 0);
}
void vote_ballot(Warp &w, const Instruction &i) {
    uint32_t p = w.predicate(i, 1) & w.active;
    w.each(w.row<uint32_t>(i.at[0]), [=](int) { return p; });
}
bool vote(Builder &b, const Statement &s) {
    if (!s.has("sync")) return false;
    b.expect_operands(3, 3);
    bool ballot = s.has("ballot");
    b.now().run = ballot ? vote_ballot : vote_predicate;
    b.now().flow = Flow::kCollective;
    b.now().flags = ballot ? kBallot : s.has("any") ? kAny : s.has("all") ? kAll : kUniform;
    if (ballot)
        b.write(s.operands[0], 32);
    else
        b.write_predicate(s.operands[0]);
    b.read_predicate(s.operands[1]);
    b.read(s.operands[2], 32);
    b.now().members = b.last();
    return true;
}

template <class T>
void match_any(Warp &w, const Instruction &i) {
    const T *a = w.row<T>(i.at[1]);
    uint32_t *to = w.row<uint32_t>(i.at[0]);
    w.each_active([&](int l) {
        uint32_t same = 0;
        w.each_active([&](int k) { same |= static_cast<uint32_t>(a[k] == a[l]) << k; });
        to[l] = same;
    });
}
bool match(Builder &b, const Statement &s) {
    if (!s.has("any") || !s.has("sync")) return false;
    b.expect_operands(3, 3);
    int bits = bits_of(s.type());
    b.now().run = bits == 64 ? match_any<uint64_t> : match_any<uint32_t>;
    b.now().flow = Flow::kCollective;
    b.write(s.operands[0], 32);
    b.read(s.operands[1], bits);
    b.read(s.operands[2], 32);
    b.now().members = b.last();
    return true;
}

enum Reduction : uint32_t { kAdd, kMin, kMax, kAnd, kOr, kXor };

template <class T>
void reduce(Warp &w, const Instruction &i) {
    const uint32_t *a = w.row<uint32_t>(i.at[1]);
    T sum = static_cast<T>(a[__builtin_ctz(w.active)]);
    uint32_t rest = w.active & (w.active - 1);
    for (; rest; rest &= rest - 1) {
        T x = static_cast<T>(a[__builtin_ctz(rest)]);
        switch (i.flags) {
            case kAdd:
                sum = static_cast<T>(static_cast<uint32_t>(sum) + static_cast<uint32_t>(x));
                break;
            case kMin:
                sum = std::min(sum, x);
                break;
            case kMax:
                sum = std::max(sum, x);
                break;
            case kAnd:
                sum &= x;
                break;
            case kOr:
                sum |= x;
                break;
            default:
                sum ^= x;
        }
    }
    w.each(w.row<uint32_t>(i.at[0]), [=](int) { return static_cast<uint32_t>(sum); });
}
bool redux(Builder &b, const Statement &s) {
    if (!s.has("sync") || bits_of(s.type()) != 32 || s.type() == Type::kF32) return false;
    b.expect_operands(3, 3);
    b.now().run = is_signed(s.type()) ? reduce<int32_t> : reduce<uint32_t>;
    b.now().flow = Flow::kCollective;
    b.now().flags = s.has("add")   ? kAdd
                    : s.has("min") ? kMin
                    : s.has("max") ? kMax
                    : s.has("and") ? kAnd
                    : s.has("or")  ? kOr
                                   : kXor;
    b.write(s.operands[0], 32);
    b.read(s.operands[1], 32);
    b.read(s.operands[2], 32);
    b.now().members = b.last();
    return true;
}

// What the lanes did before is ordered before what they do after.
void meet(Warp &w, const Instruction &) {
    w.step++;
}
void nothing(Warp &, const Instruction &) {}

bool bar(Builder &b, const Statement &s) {
    if (s.has("warp")) {
        b.expect_operands(1, 1);
        b.now().run = meet;
        b.now().flow = Flow::kCollective;
        b.read(s.operands[0], 32);
        b.now().members = b.last();
        return true;
    }
    if (!s.has("sync")) return false;
    b.expect_operands(1, 1);  // with a count of threads only some warps would meet: not known
    b.now().run = nothing;
    b.now().flow = Flow::kBarrier;
    b.now().flags = static_cast<uint32_t>(b.constant(s.operands[0]));
    return true;
}

void active_lanes(Warp &w, const Instruction &i) {
    uint32_t lanes = w.active;
    w.each(w.row<uint32_t>(i.at[0]), [=](int) { return lanes; });
}
bool activemask(Builder &b, const Statement &s) {
    b.expect_operands(1, 1);
    b.now().run = active_lanes;
    b.write(s.operands[0], 32);
    return true;
}

// Blocks do not meet within a launch, and memory within a block is ordered by barriers only.
bool fence(Builder &b, const Statement &) {
    b.now().run = nothing;
    return true;
}

}  // namespace

void add_collectives(Decoders &d) {
    d.insert({"shfl", shfl});
    d.insert({"vote", vote});
    d.insert({"match", match});
    d.insert({"redux", redux});
    d.insert({"bar", bar});
    d.insert({"barrier", bar});
    d.insert({"activemask", activemask});
    d.insert({"membar", fence});
    d.insert({"fence", fence});
}

}  // namespace emulated
