// Branches, ends, and what stops a kernel.
#include "builder.hpp"
#include "warp.hpp"

namespace emulated {
namespace {

void nothing(Warp &, const Instruction &) {}
void stop(Warp &w, const Instruction &) {
    w.fail("trap: the kernel has stopped itself");
}

bool bra(Builder &b, const Statement &s) {
    b.expect_operands(1, 1);
    b.now().run = nothing;
    b.now().flow = Flow::kBranch;
    b.now().target = b.label(s.operands[0]);
    return true;
}
bool end(Builder &b, const Statement &) {
    b.now().run = nothing;
    b.now().flow = Flow::kEnd;
    return true;
}
bool trap(Builder &b, const Statement &) {
    b.now().run = stop;
    return true;
}

}  // namespace

void add_control(Decoders &d) {
    d.insert({"bra", bra});
    d.insert({"ret", end});
    d.insert({"exit", end});
    d.insert({"trap", trap});
}

}  // namespace emulated
