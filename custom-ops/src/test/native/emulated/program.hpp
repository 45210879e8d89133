// PTX made executable: one compact instruction for each statement.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ptx.hpp"

namespace emulated {

constexpr int kLanes = 32;
constexpr uint32_t kEveryLane = 0xffffffff;

struct Warp;
struct Instruction;
// Does what an instruction says, for the lanes of the warp that are active.
using Handler = void (*)(Warp &, const Instruction &);

enum class Flow : uint8_t {
    kPlain,       // the lanes go on to the next
    kBranch,      // the active ones go to the target
    kEnd,         // the active ones end
    kCollective,  // waits for the lanes it names
    kBarrier,     // waits for the block
};

// Operands are places in the warp's registers, counted in words. A register of up to 32 bits is 32
// words, one for each lane; one of 64 bits is 64; a predicate is one word, a bit for each lane.
struct Instruction {
    static constexpr uint32_t kNone = 0xffffffff;
    Handler run = nullptr;
    std::array<uint32_t, 18> at{};  // destinations first
    uint32_t guard = kNone;
    uint32_t target = 0;        // of a branch
    int64_t offset = 0;         // of an address
    int64_t second_offset = 0;  // of the source of a copy
    uint32_t negated = 0;       // bit for each operand: a predicate that is to be negated
    uint32_t members = kNone;   // where a collective's mask of lanes is; kNone: every lane
    uint32_t flags = 0;         // what else the handler must know
    uint32_t line = 0;
    Flow flow = Flow::kPlain;
    bool guard_negated = false;
    bool whole_warp = false;  // a collective that no lane may miss, ended ones neither
};

// A register that has its value before the first instruction.
struct Preset {
    enum Kind : uint8_t {
        kConstant,
        kThreadX,
        kThreadY,
        kThreadZ,
        kSizeX,
        kSizeY,
        kSizeZ,
        kBlockX,
        kBlockY,
        kBlockZ,
        kGridX,
        kGridY,
        kGridZ,
        kLane,
        kWarp,
        kWarps,
        kLanesBelow,
        kLanesUpTo,
        kLanesAbove,
        kLanesFrom,
        kOwnLane,
        kDynamicShared
    };
    Kind kind = kConstant;
    int bits = 32;  // 1, 32 or 64
    uint32_t at = 0;
    uint64_t value = 0;  // of a constant
};

struct Program {
    std::string name;
    std::vector<Instruction> code;
    std::vector<std::string> words;  // the mnemonic of each instruction
    std::vector<Preset> presets;
    std::vector<Parameter> parameters;
    uint32_t parameter_bytes = 0;
    uint32_t register_words = 0;
    uint32_t static_shared = 0;  // bytes
    uint32_t local_bytes = 0;    // of a lane
    int max_threads = 1024;
    int required_threads[3] = {0, 0, 0};
};

// Throws PtxError. `globals` are the addresses of the module's variables by name.
std::unique_ptr<Program> compile(const ModuleText &module, const FunctionText &function,
                                 const std::map<std::string, uint64_t> &globals);

}  // namespace emulated
