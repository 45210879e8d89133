// A block: the warps that share memory and barriers, and where they run.
#pragma once

#include <memory>
#include <vector>

#include "counters.hpp"
#include "device_memory.hpp"
#include "shared_memory.hpp"
#include "warp.hpp"

namespace emulated {

struct Dim {
    uint32_t x = 1, y = 1, z = 1;
    uint64_t count() const { return uint64_t{x} * y * z; }
};

// Every order is one that a real device may choose.
struct Schedule {
    enum Order { kAscending, kDescending, kRandom } order = kAscending;
    enum Copies { kLate, kEarly, kAnyTime } copies = kLate;
    double preempt = 0;  // chance that a warp loses its turn at a collective
    uint64_t seed = 1;
    uint64_t most_instructions = ~uint64_t{0};  // of a warp
    bool unwritten_is_error = true;             // reads of device memory that nobody has written
};

struct Launch {
    const Program *program = nullptr;
    std::vector<unsigned char> arguments;
    Dim grid, block;
    uint32_t shared_bytes = 0;  // with the static ones
    uint32_t dynamic_bytes = 0;
    DeviceMemory *memory = nullptr;
    uint64_t number = 0;  // of the device's launches
    Schedule schedule;
};

// What a worker keeps from block to block.
struct Block {
    const Launch *launch = nullptr;
    Dim at;
    uint64_t number = 0;    // of the launch's blocks
    uint64_t barriers = 0;  // passed
    std::vector<Warp> warps;
    std::vector<uint32_t> registers;  // of all warps
    SharedMemory shared;
    std::vector<Allocation *> near;  // for each instruction, where it last was
    Counters counters;
    uint64_t random = 1;

    // Prepares for the blocks of a launch.
    void enter(const Launch &l);
    // Runs one; throws Failure.
    void run(uint64_t number);

    uint64_t next_random();
    bool chance(double p) {
        return p > 0 && static_cast<double>(next_random() >> 11) * 0x1p-53 < p;
    }
    std::string place(const Warp &w, int lane) const;

private:
    void preset(Warp &w);
    bool release_barrier();
    void fail(const Warp &w, const Fault &f) const;
};

// A launch that went wrong: the message names kernel, line, block and thread.
struct Failure {
    std::string what;
    int code = 719;
};

}  // namespace emulated
