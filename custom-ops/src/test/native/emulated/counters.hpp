// What is counted while kernels run.
#pragma once

#include <cstdint>

namespace emulated {

struct Counters {
    uint64_t launches = 0, blocks = 0;
    uint64_t instructions = 0;  // of warps
    uint64_t collectives = 0, barriers = 0;
    uint64_t shared_accesses = 0;               // of warps, in passes of 128 bytes
    uint64_t bank_conflicts = 0;                // passes beyond those
    uint64_t read_bytes = 0, read_sectors = 0;  // of device memory; sectors of 32 bytes
    uint64_t written_bytes = 0, written_sectors = 0;
    uint64_t copied_bytes = 0;  // by cp.async, also among the bytes read

    void add(const Counters &o);
    // By name, as a test asks; false if there is no such counter.
    bool named(const char *name, uint64_t &value) const;
};

}  // namespace emulated
