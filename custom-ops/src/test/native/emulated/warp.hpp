// A warp: 32 lanes that execute one program, together where they are at the same place.
#pragma once

#include <cstring>
#include <type_traits>
#include <vector>

#include "program.hpp"

namespace emulated {

struct Block;

// What stops a launch. The place is added where it is caught.
struct Fault {
    std::string what;
    int lane = -1;
    int code = 719;  // CUDA_ERROR_LAUNCH_FAILED
};

// A cp.async of a warp that is under way.
struct PendingCopy {
    uint32_t lanes;
    uint32_t to[kLanes];  // in shared memory
    uint64_t from[kLanes];
    uint32_t group[kLanes];  // the number of the group that it belongs to, of the lane's groups
    uint8_t valid[kLanes];   // bytes read; the rest is zeros
    uint8_t bytes;
    uint32_t line;
};

struct Warp {
    uint32_t *words = nullptr;  // registers
    Block *block = nullptr;
    int number = 0;
    uint32_t active = 0;        // lanes of the present instruction
    uint32_t selected[kLanes];  // the same, all bits or none for each lane
    uint32_t lanes = 0;         // at the beginning
    uint32_t alive = 0;
    uint32_t waiting = 0;     // in a collective, for others
    uint32_t at_barrier = 0;  // of the block
    uint32_t barrier = 0;     // its number
    uint32_t place[kLanes];   // where each lane goes on
    uint32_t step = 1;        // bar.warp.sync and barriers of the block so far
    std::vector<PendingCopy> copies;
    uint32_t committed[kLanes];
    std::vector<unsigned char> local;  // of all lanes

    template <class T>
    T *row(uint32_t at) {
        return reinterpret_cast<T *>(words + at);
    }
    uint32_t predicate(const Instruction &i, int operand) const {
        uint32_t p = words[i.at[static_cast<size_t>(operand)]];
        return i.negated >> operand & 1 ? ~p : p;
    }
    void set_predicate(uint32_t at, uint32_t value) {
        words[at] = (words[at] & ~active) | (value & active);
    }

    void activate(uint32_t mask) {
        if (mask == active) return;
        active = mask;
        for (int l = 0; l < kLanes; l++) selected[l] = 0 - (mask >> l & 1);
    }

    // Computes f(lane) for each active lane. f must be harmless for the others.
    template <class T, class F>
    void each(T *to, F f) {
        if (active == kEveryLane) {
#pragma GCC ivdep
            for (int l = 0; l < kLanes; l++) to[l] = f(l);
        } else {
#pragma GCC ivdep
            for (int l = 0; l < kLanes; l++) {
                T x = f(l);
                to[l] = selected[l] ? x : to[l];
            }
        }
    }
    // The same for each active lane only.
    template <class F>
    void each_active(F f) {
        for (uint32_t m = active; m; m &= m - 1) f(__builtin_ctz(m));
    }

    [[noreturn]] void fail(const std::string &what, int lane = -1, int code = 719) const {
        throw Fault{what, lane, code};
    }
    int thread(int lane) const {
        return number * kLanes + lane;
    }

    enum class Stop { kEnded, kAtBarrier, kLostTurn };
    // Until all lanes have ended, or wait at a barrier, or the warp loses its turn.
    Stop run();
    void begin(Block &owner, int warp, uint32_t with_lanes);

    uint32_t line = 0;  // of the present instruction
    uint64_t executed = 0;

private:
    bool collective(const Instruction &i, uint32_t at, uint32_t group, uint32_t mask);
    [[noreturn]] void deadlock();
};

// How a number lies in a row: 32 and 64 bits as they are, less in the lower bits of 32.
template <class T>
using Cell = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
template <class T>
inline T loaded(Cell<T> c) {
    if constexpr (sizeof(T) == sizeof(Cell<T>)) {
        T x;
        __builtin_memcpy(&x, &c, sizeof x);
        return x;
    } else {
        return static_cast<T>(c);
    }
}
template <class T>
inline Cell<T> stored(T x) {
    if constexpr (sizeof(T) == sizeof(Cell<T>)) {
        Cell<T> c;
        __builtin_memcpy(&c, &x, sizeof x);
        return c;
    } else {
        return static_cast<std::make_unsigned_t<T>>(x);
    }
}

template <class T, class F>
void unary(Warp &w, const Instruction &i) {
    const auto *a = w.row<Cell<T>>(i.at[1]);
    w.each(w.row<Cell<T>>(i.at[0]), [=](int l) { return stored<T>(F()(loaded<T>(a[l]))); });
}
template <class T, class F>
void binary(Warp &w, const Instruction &i) {
    const auto *a = w.row<Cell<T>>(i.at[1]), *b = w.row<Cell<T>>(i.at[2]);
    w.each(w.row<Cell<T>>(i.at[0]),
           [=](int l) { return stored<T>(F()(loaded<T>(a[l]), loaded<T>(b[l]))); });
}
template <class T, class F>
void ternary(Warp &w, const Instruction &i) {
    const auto *a = w.row<Cell<T>>(i.at[1]), *b = w.row<Cell<T>>(i.at[2]),
               *c = w.row<Cell<T>>(i.at[3]);
    w.each(w.row<Cell<T>>(i.at[0]), [=](int l) {
        return stored<T>(F()(loaded<T>(a[l]), loaded<T>(b[l]), loaded<T>(c[l])));
    });
}

}  // namespace emulated
