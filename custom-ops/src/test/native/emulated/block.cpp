#include "block.hpp"

#include <algorithm>

namespace emulated {

uint64_t Block::next_random() {  // xorshift64*
    random ^= random >> 12;
    random ^= random << 25;
    random ^= random >> 27;
    return random * 2685821657736338717ull;
}

void Block::enter(const Launch &l) {
    launch = &l;
    const Program &p = *l.program;
    size_t warp_count = static_cast<size_t>((l.block.count() + kLanes - 1) / kLanes);
    if (warps.size() < warp_count) warps.resize(warp_count);
    size_t words = p.register_words;
    registers.assign(warp_count * words + 16, 0xdeadbeef);
    uintptr_t start = (reinterpret_cast<uintptr_t>(registers.data()) + 63) / 64 * 64;
    for (size_t w = 0; w < warp_count; w++)
        warps[w].words = reinterpret_cast<uint32_t *>(start) + w * words;
    near.assign(p.code.size(), nullptr);
}

void Block::preset(Warp &w) {
    const Dim &size = launch->block, &grid = launch->grid;
    for (const Preset &p : launch->program->presets) {
        if (p.bits == 1) {
            w.words[p.at] = static_cast<uint32_t>(p.value);
            continue;
        }
        for (int l = 0; l < kLanes; l++) {
            uint32_t thread = static_cast<uint32_t>(w.thread(l));
            uint64_t x = 0;
            switch (p.kind) {
                case Preset::kConstant:
                    x = p.value;
                    break;
                case Preset::kThreadX:
                    x = thread % size.x;
                    break;
                case Preset::kThreadY:
                    x = thread / size.x % size.y;
                    break;
                case Preset::kThreadZ:
                    x = thread / size.x / size.y;
                    break;
                case Preset::kSizeX:
                    x = size.x;
                    break;
                case Preset::kSizeY:
                    x = size.y;
                    break;
                case Preset::kSizeZ:
                    x = size.z;
                    break;
                case Preset::kBlockX:
                    x = at.x;
                    break;
                case Preset::kBlockY:
                    x = at.y;
                    break;
                case Preset::kBlockZ:
                    x = at.z;
                    break;
                case Preset::kGridX:
                    x = grid.x;
                    break;
                case Preset::kGridY:
                    x = grid.y;
                    break;
                case Preset::kGridZ:
                    x = grid.z;
                    break;
                case Preset::kLane:
                    x = static_cast<uint32_t>(l);
                    break;
                case Preset::kWarp:
                    x = static_cast<uint32_t>(w.number);
                    break;
                case Preset::kWarps:
                    x = (size.count() + kLanes - 1) / kLanes;
                    break;
                case Preset::kLanesBelow:
                    x = (1u << l) - 1;
                    break;
                case Preset::kLanesUpTo:
                    x = (2u << l) - 1;
                    break;
                case Preset::kLanesAbove:
                    x = ~((2u << l) - 1);
                    break;
                case Preset::kLanesFrom:
                    x = ~((1u << l) - 1);
                    break;
                case Preset::kOwnLane:
                    x = 1u << l;
                    break;
                case Preset::kDynamicShared:
                    x = launch->dynamic_bytes;
                    break;
            }
            if (p.bits == 64)
                w.row<uint64_t>(p.at)[l] = x;
            else
                w.row<uint32_t>(p.at)[l] = static_cast<uint32_t>(x);
        }
    }
}

void Block::run(uint64_t block_number) {
    const Launch &l = *launch;
    at = {static_cast<uint32_t>(block_number % l.grid.x),
          static_cast<uint32_t>(block_number / l.grid.x % l.grid.y),
          static_cast<uint32_t>(block_number / l.grid.x / l.grid.y)};
    number = block_number;
    barriers = 0;
    random = (l.schedule.seed + 1) * 0x9e3779b97f4a7c15ull + block_number * 0xbf58476d1ce4e5b9ull;
    if (!random) random = 1;
    shared.begin(l.shared_bytes);
    uint32_t threads = static_cast<uint32_t>(l.block.count());
    size_t count = (threads + kLanes - 1) / kLanes;
    std::vector<size_t> order(count);
    for (size_t w = 0; w < count; w++) {
        uint32_t rest = threads - static_cast<uint32_t>(w) * kLanes;
        warps[w].begin(*this, static_cast<int>(w), rest >= kLanes ? kEveryLane : (1u << rest) - 1);
        preset(warps[w]);
        order[w] = l.schedule.order == Schedule::kDescending ? count - 1 - w : w;
    }
    counters.blocks++;
    for (;;) {
        if (l.schedule.order == Schedule::kRandom) {
            for (size_t k = count; k > 1; k--) std::swap(order[k - 1], order[next_random() % k]);
        }
        bool ran = false;
        for (size_t k : order) {
            Warp &w = warps[k];
            if (!(w.alive & ~w.at_barrier)) continue;
            ran = true;
            try {
                w.run();
            } catch (const Fault &f) {
                fail(w, f);
            }
        }
        if (!ran && !release_barrier()) break;
    }
    for (size_t w = 0; w < count; w++) {
        counters.instructions += warps[w].executed;
        warps[w].executed = 0;
    }
}

// All warps have ended or wait. False if all have ended.
bool Block::release_barrier() {
    size_t count = static_cast<size_t>((launch->block.count() + kLanes - 1) / kLanes);
    const Warp *waits = nullptr, *ended = nullptr;
    for (size_t k = 0; k < count; k++) {
        Warp &w = warps[k];
        if (!w.alive) {
            ended = &w;
        } else if (waits && waits->barrier != w.barrier) {
            fail(w, Fault{"warps wait at different barriers", __builtin_ctz(w.alive)});
        } else {
            waits = &w;
        }
    }
    if (!waits) return false;
    if (ended)
        fail(*waits, Fault{"a barrier that warp " + std::to_string(ended->number) +
                               ", which has ended, never reaches",
                           __builtin_ctz(waits->alive)});
    shared.barrier();
    barriers++;
    counters.barriers++;
    for (size_t k = 0; k < count; k++) warps[k].at_barrier = 0;
    return true;
}

std::string Block::place(const Warp &w, int lane) const {
    std::string s = ", PTX line " + std::to_string(w.line) + " (block " + std::to_string(at.x) +
                    "," + std::to_string(at.y) + "," + std::to_string(at.z);
    s += lane < 0 ? ", warp " + std::to_string(w.number)
                  : ", thread " + std::to_string(w.thread(lane));
    return s + ")";
}

void Block::fail(const Warp &w, const Fault &f) const {
    throw Failure{launch->program->name + ": " + f.what + place(w, f.lane), f.code};
}

}  // namespace emulated
