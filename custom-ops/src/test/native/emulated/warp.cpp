// How a warp goes through its program. Lanes at the same place go together; where they part, those
// at the lowest place go first, so that they meet again as soon as they can.
#include <algorithm>

#include "block.hpp"
#include "copies.hpp"

namespace emulated {

void Warp::begin(Block &owner, int warp, uint32_t with_lanes) {
    block = &owner;
    number = warp;
    lanes = alive = with_lanes;
    waiting = at_barrier = 0;
    step = 1;
    active = 0;
    std::fill(std::begin(selected), std::end(selected), 0);
    std::fill(std::begin(place), std::end(place), 0);
    std::fill(std::begin(committed), std::end(committed), 0);
    copies.clear();
    local.assign(size_t{owner.launch->program->local_bytes} * kLanes, 0xff);
}

Warp::Stop Warp::run() {
    const std::vector<Instruction> &code = block->launch->program->code;
    for (;;) {
        uint32_t ready = alive & ~waiting & ~at_barrier;
        if (!ready) {
            if (waiting) deadlock();
            return alive ? Stop::kAtBarrier : Stop::kEnded;
        }
        uint32_t at = ~0u, others = ~0u, group = 0;
        for (uint32_t m = ready; m; m &= m - 1) at = std::min(at, place[__builtin_ctz(m)]);
        for (uint32_t m = ready; m; m &= m - 1) {
            int l = __builtin_ctz(m);
            if (place[l] == at)
                group |= 1u << l;
            else
                others = std::min(others, place[l]);
        }
        bool parted = false, lost_turn = false;
        while (!parted && at < others) {
            const Instruction &i = code[at];
            uint32_t mask = group;
            if (i.guard != Instruction::kNone)
                mask &= i.guard_negated ? ~words[i.guard] : words[i.guard];
            line = i.line;
            executed++;
            switch (i.flow) {
                case Flow::kPlain:
                    if (mask) {
                        activate(mask);
                        i.run(*this, i);
                    }
                    at++;
                    break;
                case Flow::kBranch:
                    if (executed > block->launch->schedule.most_instructions)
                        fail("a warp that does not end");
                    if (mask == group) {
                        at = i.target;
                    } else {
                        at++;
                        if (mask) {
                            for (uint32_t m = mask; m; m &= m - 1)
                                place[__builtin_ctz(m)] = i.target;
                            group &= ~mask;
                            parted = true;
                        }
                    }
                    break;
                case Flow::kEnd:
                    alive &= ~mask;
                    group &= ~mask;
                    at++;
                    if (mask) {
                        if (!copies.empty()) check_copies(*this);
                        parted = true;
                    }
                    break;
                case Flow::kCollective:
                case Flow::kBarrier:
                    if (mask) {
                        parted = collective(i, at, group, mask);
                        if (parted)
                            group &= ~mask;
                        else if (block->chance(block->launch->schedule.preempt))
                            parted = lost_turn = true;
                    }
                    at++;
                    break;
            }
        }
        for (uint32_t m = group; m; m &= m - 1) place[__builtin_ctz(m)] = at;
        if (lost_turn) return Stop::kLostTurn;
    }
}

// The lanes of `mask` reach a collective. False if it is done and they go on; true if they wait for
// others, or if others that had waited go on as well.
bool Warp::collective(const Instruction &i, uint32_t at, uint32_t group, uint32_t mask) {
    uint32_t needed = alive;
    if (i.flow == Flow::kCollective && i.members != Instruction::kNone) {
        const uint32_t *members = row<uint32_t>(i.members);
        uint32_t first = members[__builtin_ctz(mask)];
        for (uint32_t m = mask; m; m &= m - 1) {
            int l = __builtin_ctz(m);
            if (members[l] != first)
                fail("the lanes of a warp name different lanes for one collective", l);
            if (!(first >> l & 1))
                fail("a lane takes part in a collective that does not name it", l);
        }
        needed &= first;
    } else if (alive != lanes) {
        fail(i.flow == Flow::kBarrier
                 ? "a barrier that lanes which have ended never reach"
                 : "a collective of the whole warp that lanes which have ended never reach",
             __builtin_ctz(lanes & ~alive));
    }
    uint32_t arrived = mask;
    for (uint32_t m = waiting; m; m &= m - 1) {
        int l = __builtin_ctz(m);
        if (place[l] == at) arrived |= 1u << l;
    }
    if ((arrived & needed) != needed) {
        waiting |= mask;
        for (uint32_t m = mask; m; m &= m - 1) place[__builtin_ctz(m)] = at;
        return true;
    }
    block->counters.collectives++;
    activate(arrived);
    i.run(*this, i);
    if (i.flow == Flow::kBarrier) {
        at_barrier = arrived;
        barrier = i.flags;
        waiting = 0;
        step++;
        for (uint32_t m = arrived; m; m &= m - 1) place[__builtin_ctz(m)] = at + 1;
        return true;
    }
    if (arrived == mask && mask == group) return false;
    waiting &= ~arrived;
    for (uint32_t m = arrived; m; m &= m - 1) place[__builtin_ctz(m)] = at + 1;
    return true;
}

void Warp::deadlock() {
    int lane = __builtin_ctz(waiting);
    line = block->launch->program->code[place[lane]].line;
    throw Fault{"lanes wait in " + block->launch->program->words[place[lane]] +
                    " for others that " +
                    (at_barrier ? "wait at a barrier of the block" : "never come"),
                lane};
}

}  // namespace emulated
