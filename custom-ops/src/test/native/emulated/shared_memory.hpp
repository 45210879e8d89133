// The shared memory of a block, and what is known of each of its bytes: who wrote it and when, who
// read it, and whether a copy is on its way to it.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace emulated {

struct Warp;

class SharedMemory {
public:
    // For the next block: nothing has been written. Contents stay; nobody may read them.
    void begin(uint32_t bytes);
    // All warps have met: what was done before is ordered before what follows.
    void barrier() { epoch_++; }

    unsigned char *data() { return data_.get(); }
    uint32_t bytes() const { return bytes_; }

    // A lane's access of 1, 2, 4, 8 or 16 bytes; faults are thrown. `everyone`: the whole warp
    // reads.
    void read(const Warp &w, int lane, uint64_t at, uint32_t bytes, bool everyone = false);
    void write(const Warp &w, int lane, uint64_t at, uint32_t bytes);
    // Atomics of different lanes meet without harm.
    void update(const Warp &w, int lane, uint64_t at, uint32_t bytes);
    // A copy of 4, 8 or 16 bytes begins, and ends.
    void depart(const Warp &w, int lane, uint64_t at, uint32_t bytes);
    void arrive(const Warp &w, int lane, uint64_t at, uint32_t bytes);

private:
    enum Flags : uint16_t { kInFlight = 1, kSplit = 2, kAtomic = 4 };
    struct State {
        uint32_t write_epoch = 0, write_step = 0;
        uint32_t read_epoch = 0, read_step = 0;
        uint32_t reading_warps = 0, reading_lanes = 0;  // lanes of the warp that read last
        uint16_t writer = 0, flags = 0;
        uint8_t last_reading_warp = 0;
    };
    void check(const Warp &w, int lane, uint64_t at, uint32_t bytes) const;
    [[noreturn]] void refuse(const Warp &w, int lane, uint64_t at, uint32_t bytes) const;
    State *bytes_of(uint64_t word);
    template <class F>
    void visit(uint64_t at, uint32_t bytes, F f);
    void reads(State &s, const Warp &w, int lane, bool everyone) const;
    void writes(State &s, const Warp &w, int lane, uint16_t flags) const;

    struct Free {
        void operator()(unsigned char *p) const { free(p); }
    };
    std::unique_ptr<unsigned char[], Free> data_;
    uint32_t bytes_ = 0, capacity_ = 0;
    std::vector<State> words_;
    std::vector<State> split_;  // four for each word that lanes write in parts
    uint32_t epoch_ = 1, first_epoch_ = 1;
};

}  // namespace emulated
