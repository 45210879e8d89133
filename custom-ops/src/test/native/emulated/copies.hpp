#pragma once

namespace emulated {

struct Warp;

// Throws if a lane has ended with copies under way.
void check_copies(const Warp &w);

}  // namespace emulated
