#include "addresses.hpp"

#include <algorithm>

namespace emulated {

Addresses::Addresses(Warp &w, const Instruction &i, int operand, bool narrow) {
    uint64_t offset = static_cast<uint64_t>(i.offset);
    uint32_t at = i.at[static_cast<size_t>(operand)];
    if (!narrow) {
        const uint64_t *base = w.row<uint64_t>(at);
        for (int l = 0; l < kLanes; l++) of[l] = base[l] + offset;
    } else if (i.flags >> 31) {
        const uint64_t *base = w.row<uint64_t>(at);
        for (int l = 0; l < kLanes; l++) of[l] = (base[l] + offset) & 0xffffffff;
    } else {
        const uint32_t *base = w.row<uint32_t>(at);
        for (int l = 0; l < kLanes; l++) of[l] = (base[l] + offset) & 0xffffffff;
    }
}

Space space_of(const Warp &w, const Addresses &a) {
    auto of = [](uint64_t at) {
        return in_window(at, kSharedWindow)      ? Space::kShared
               : in_window(at, kLocalWindow)     ? Space::kLocal
               : in_window(at, kParameterWindow) ? Space::kParameter
                                                 : Space::kGlobal;
    };
    Space first = of(a.of[__builtin_ctz(w.active)]);
    for (uint32_t m = w.active; m; m &= m - 1) {
        if (of(a.of[__builtin_ctz(m)]) != first)
            w.fail("one access to several state spaces is not known", __builtin_ctz(m));
    }
    return first;
}

namespace {

// What a lane writes or reads, against who has written there in this launch. Parts of a word are
// not followed, nor is what only atomics write.
void meet(Warp &w, Allocation &in, int lane, uint64_t at, uint32_t bytes, bool write, Owner me) {
    if (bytes < 4) return;
    std::atomic<uint64_t> *words = in.owners.words();
    if (!words) {
        if (!write || !(words = in.owners.make(in.bytes))) return;
    }
    words += (at - in.begin) / 4;
    for (uint32_t k = 0; k < bytes / 4; k++) {
        Owner other(words[k].load(std::memory_order_relaxed));
        if (other.same_launch(me) && other.bits() != me.bits()) {
            const char *what =
                write ? " writes this device memory too" : " writes what is read here";
            if (!other.same_block(me)) {
                w.fail("a race: block " + std::to_string(other.block()) + what + " (byte " +
                           std::to_string(at - in.begin) + " of " + std::to_string(in.bytes) + ")",
                       lane);
            }
            if (other.same_epoch(me) &&
                (write ? other.thread() != me.thread() : !other.same_warp(me))) {
                w.fail("a race: thread " + std::to_string(other.thread()) + " of the same block" +
                           what + ", with no barrier between",
                       lane);
            }
        }
        if (write) words[k].store(me.bits(), std::memory_order_relaxed);
    }
}

}  // namespace

void follow(Warp &w, const Instruction &i, const Addresses &a, uint32_t bytes, bool write) {
    Block &block = *w.block;
    Allocation *near = block.near[static_cast<size_t>(&i - block.launch->program->code.data())];
    if (near && !write && !near->owners.words()) return;
    w.each_active([&](int l) {
        Allocation *own =
            near && near->holds(a.of[l], bytes) ? near : block.launch->memory->find(a.of[l], bytes);
        meet(w, *own, l, a.of[l], bytes, write,
             Owner(block.launch->number, block.number, block.barriers,
                   static_cast<uint64_t>(w.thread(l))));
    });
}

void check_device(Warp &w, const Instruction &i, const Addresses &a, uint32_t bytes, bool write) {
    Block &block = *w.block;
    uint64_t low = ~uint64_t{0}, high = 0, together = 0;
    const uint64_t some = a.of[__builtin_ctz(w.active)];
    for (int l = 0; l < kLanes; l++) {
        uint64_t at = w.selected[l] ? a.of[l] : some;
        low = std::min(low, at);
        high = std::max(high, at);
        together |= at;
    }
    if (together & (bytes - 1)) {
        w.each_active([&](int l) {
            if (a.of[l] % bytes)
                w.fail("an access of " + std::to_string(bytes) +
                           " bytes to device memory that is not aligned",
                       l, 716);
        });
    }
    Allocation *&near = block.near[static_cast<size_t>(&i - block.launch->program->code.data())];
    bool strict = block.launch->schedule.unwritten_is_error;
    auto unwritten = [&](int l) {
        w.fail("a read of " + std::to_string(bytes) +
                   " bytes of device memory that nobody has written: " +
                   block.launch->memory->describe(a.of[l]),
               l);
    };
    if (!near || !near->holds(low, high - low + bytes)) {
        near = block.launch->memory->find(low, high - low + bytes);
        if (!near) {  // perhaps of several allocations
            w.each_active([&](int l) {
                Allocation *own = block.launch->memory->find(a.of[l], bytes);
                if (!own) {
                    w.fail(std::string(write ? "a write" : "a read") + " of " +
                               std::to_string(bytes) + " bytes outside all device memory: " +
                               block.launch->memory->describe(a.of[l]),
                           l, 700);
                }
                if (write)
                    own->set_written(a.of[l], bytes);
                else if (strict && !own->is_written(a.of[l], bytes))
                    unwritten(l);
            });
            return;
        }
    }
    if (!near->written) return;
    if (write) {
        w.each_active([&](int l) { near->set_written(a.of[l], bytes); });
    } else if (strict && (high - low > 2048 || !near->is_written(low, high - low + bytes))) {
        w.each_active([&](int l) {
            if (!near->is_written(a.of[l], bytes)) unwritten(l);
        });
    }
}

void count_sectors(Warp &w, const Addresses &a, uint32_t bytes, bool write) {
    uint64_t lanes = static_cast<uint64_t>(__builtin_popcount(w.active)), sectors = 0;
    bool in_order = w.active == kEveryLane;
    for (uint64_t l = 0; l < kLanes; l++) in_order &= a.of[l] == a.of[0] + l * bytes;
    if (in_order) {
        sectors = (a.of[kLanes - 1] + bytes - 1) / 32 - a.of[0] / 32 + 1;
    } else {
        uint64_t seen[kLanes];
        for (uint32_t m = w.active; m; m &= m - 1) {
            uint64_t sector = a.of[__builtin_ctz(m)] / 32;
            bool found = false;
            for (uint64_t k = sectors; k-- > 0 && !found;) found = seen[k] == sector;
            if (!found) seen[sectors++] = sector;
        }
    }
    Counters &c = w.block->counters;
    (write ? c.written_bytes : c.read_bytes) += lanes * bytes;
    (write ? c.written_sectors : c.read_sectors) += sectors;
}

// In one pass 128 bytes of different banks, or the same words, can be reached: of all lanes for up
// to 4 bytes each, of half of them for 8, of a quarter for 16.
void count_banks(Warp &w, const Addresses &a, uint32_t bytes) {
    const uint32_t unit_bits = static_cast<uint32_t>(__builtin_ctz(std::max(bytes, 4u))),
                   lanes = 128u >> unit_bits;
    uint64_t unit[kLanes];
    for (int l = 0; l < kLanes; l++) unit[l] = a.of[l] >> unit_bits;
    Counters &c = w.block->counters;
    for (uint32_t first = 0; first < kLanes; first += lanes) {
        uint32_t mask = w.active >> first & (lanes == 32 ? kEveryLane : (1u << lanes) - 1);
        if (!mask) continue;
        c.shared_accesses++;
        uint64_t out_of_order = 0, different = 0;
        for (uint32_t l = 0; l < lanes; l++) {
            out_of_order |= unit[first + l] ^ (unit[first] + l);
            different |= unit[first + l] ^ unit[first];
        }
        if (!out_of_order || !different) continue;
        uint64_t words[kLanes][kLanes];  // the different ones of each bank
        uint32_t in_bank[kLanes] = {}, most = 1;
        for (uint32_t m = mask; m; m &= m - 1) {
            uint64_t word = unit[first + static_cast<uint32_t>(__builtin_ctz(m))],
                     bank = word & (lanes - 1);
            bool found = false;
            for (uint32_t k = 0; k < in_bank[bank] && !found; k++) found = words[bank][k] == word;
            if (found) continue;
            words[bank][in_bank[bank]++] = word;
            most = std::max(most, in_bank[bank]);
        }
        c.bank_conflicts += most - 1;
    }
}

unsigned char *local_bytes(Warp &w, int lane, uint64_t at, uint32_t bytes) {
    uint32_t size = w.block->launch->program->local_bytes;
    if (at > size || bytes > size - at)
        w.fail("an access outside the lane's " + std::to_string(size) + " bytes of local memory",
               lane, 700);
    if (at % bytes) w.fail("an access to local memory that is not aligned", lane, 716);
    return w.local.data() + static_cast<size_t>(lane) * size + at;
}

const unsigned char *parameter_bytes(Warp &w, int lane, uint64_t at, uint32_t bytes) {
    const std::vector<unsigned char> &arguments = w.block->launch->arguments;
    if (at > arguments.size() || bytes > arguments.size() - at)
        w.fail("a read outside the kernel's arguments", lane, 700);
    return arguments.data() + at;
}

}  // namespace emulated
