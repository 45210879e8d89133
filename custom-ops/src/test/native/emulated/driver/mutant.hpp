// One line of PTX that is replaced in every module that is loaded, to see who notices.
#pragma once

#include <cstdint>
#include <string>

namespace emulated {

struct Mutant {
    std::string kernel;  // empty: nothing is replaced
    uint64_t line = 0;   // of the module's text, from 1
    std::string text;
    uint64_t applied = 0;

    // Replaces the line if it is one of this kernel in this text.
    void apply(std::string &ptx);

    // A kernel that has lost a bound may never end: instructions of a warp after which it is
    // stopped.
    static constexpr uint64_t kMostInstructions = 20'000'000;
};

}  // namespace emulated
