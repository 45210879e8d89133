// The addresses of the lanes of a warp in one access: checked once, counted once.
#pragma once

#include "block.hpp"
#include "windows.hpp"

namespace emulated {

enum class Space : uint32_t { kGeneric, kGlobal, kShared, kLocal, kParameter };

struct Addresses {
    uint64_t of[kLanes];

    // operand: the place of the base among those of the instruction; narrow: offsets in a space.
    Addresses(Warp &w, const Instruction &i, int operand, bool narrow);
};

// Device memory: throws if a lane's bytes are in no allocation, not aligned, or not written before
// a read.
void check_device(Warp &w, const Instruction &i, const Addresses &a, uint32_t bytes, bool write);
// The same lanes, checked before, against the other threads of the launch.
void follow(Warp &w, const Instruction &i, const Addresses &a, uint32_t bytes, bool write);
// The window of all active lanes' generic addresses; they must not differ.
Space space_of(const Warp &w, const Addresses &a);
void count_sectors(Warp &w, const Addresses &a, uint32_t bytes, bool write);
void count_banks(Warp &w, const Addresses &a, uint32_t bytes);
unsigned char *local_bytes(Warp &w, int lane, uint64_t at, uint32_t bytes);
const unsigned char *parameter_bytes(Warp &w, int lane, uint64_t at, uint32_t bytes);

}  // namespace emulated
