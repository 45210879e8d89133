// cp.async: copies from device memory to shared memory that arrive when they are waited for, or
// before.
#include "copies.hpp"

#include <algorithm>

#include "addresses.hpp"
#include "builder.hpp"

namespace emulated {
namespace {

void move_bytes(Warp &w, const PendingCopy &c, int lane) {
    unsigned char *to = w.block->shared.data() + c.to[lane];
    memset(to, 0, c.bytes);
    memcpy(to, reinterpret_cast<const void *>(c.from[lane]), c.valid[lane]);
}

void copy(Warp &w, const Instruction &i) {  // flags: bytes; 0x100: fewer may be valid
    uint32_t bytes = i.flags & 0xff;
    Addresses to(w, i, 0, true);
    const uint64_t *base = w.row<uint64_t>(i.at[1]);
    PendingCopy c;
    c.lanes = w.active;
    c.bytes = static_cast<uint8_t>(bytes);
    c.line = i.line;
    const uint32_t *valid = i.flags & 0x100 ? w.row<uint32_t>(i.at[2]) : nullptr;
    Addresses from(to);
    uint32_t reading = 0;
    w.each_active([&](int l) {
        uint32_t n = valid ? valid[l] : bytes;
        if (n > bytes)
            w.fail("cp.async of " + std::to_string(bytes) + " bytes, and " + std::to_string(n) +
                       " of them valid",
                   l);
        from.of[l] = base[l] + static_cast<uint64_t>(i.second_offset);
        c.to[l] = static_cast<uint32_t>(to.of[l]);
        c.from[l] = from.of[l];
        c.valid[l] = static_cast<uint8_t>(n);
        c.group[l] = w.committed[l] + 1;
        if (n) reading |= 1u << l;
        w.block->shared.depart(w, l, to.of[l], bytes);
    });
    uint32_t all = w.active;
    if (reading) {
        w.activate(reading);
        bool whole = std::all_of(c.valid, c.valid + kLanes, [&, l = 0](uint8_t n) mutable {
            return !(reading >> l++ & 1) || n == bytes;
        });
        if (whole) {
            check_device(w, i, from, bytes, false);
            follow(w, i, from, bytes, false);
        } else {  // only the valid bytes are read
            w.each_active([&](int l) {
                if (from.of[l] % bytes)
                    w.fail("cp.async from an address that is not aligned", l, 716);
                Allocation *own = w.block->launch->memory->find(from.of[l], c.valid[l]);
                if (!own)
                    w.fail("cp.async from outside all device memory: " +
                               w.block->launch->memory->describe(from.of[l]),
                           l, 700);
                if (w.block->launch->schedule.unwritten_is_error &&
                    !own->is_written(from.of[l], c.valid[l])) {
                    w.fail("cp.async of device memory that nobody has written: " +
                               w.block->launch->memory->describe(from.of[l]),
                           l);
                }
            });
        }
        count_sectors(w, from, bytes, false);
        w.block->counters.copied_bytes +=
            static_cast<uint64_t>(__builtin_popcount(reading)) * bytes;
        w.activate(all);
    }
    Schedule::Copies when = w.block->launch->schedule.copies;
    if (when == Schedule::kEarly || (when == Schedule::kAnyTime && w.block->next_random() % 2)) {
        w.each_active([&](int l) { move_bytes(w, c, l); });
    }
    w.copies.push_back(c);
}

void commit(Warp &w, const Instruction &) {
    w.each_active([&](int l) { w.committed[l]++; });
}

void arrive(Warp &w, uint32_t newest_left, bool all) {
    for (PendingCopy &c : w.copies) {
        uint32_t done = 0;
        w.each_active([&](int l) {
            if (c.lanes >> l & 1 && (all || c.group[l] + newest_left <= w.committed[l]))
                done |= 1u << l;
        });
        for (uint32_t m = done; m; m &= m - 1) {
            int l = __builtin_ctz(m);
            move_bytes(w, c, l);
            w.block->shared.arrive(w, l, c.to[l], c.bytes);
        }
        c.lanes &= ~done;
    }
    std::erase_if(w.copies, [](const PendingCopy &c) { return c.lanes == 0; });
}
void wait_group(Warp &w, const Instruction &i) {
    arrive(w, i.flags, false);
}
void wait_all(Warp &w, const Instruction &) {
    arrive(w, 0, true);
}

bool cp(Builder &b, const Statement &s) {
    if (!s.has("async") || s.has("bulk") || s.has("mbarrier")) return false;
    if (s.has("commit_group")) {
        b.now().run = commit;
        return true;
    }
    if (s.has("wait_group")) {
        b.expect_operands(1, 1);
        b.now().run = wait_group;
        b.now().flags = static_cast<uint32_t>(b.constant(s.operands[0]));
        return true;
    }
    if (s.has("wait_all")) {
        b.now().run = wait_all;
        return true;
    }
    b.expect_operands(3, 4);
    uint64_t bytes = b.constant(s.operands[2]);
    if (bytes != 4 && bytes != 8 && bytes != 16) s.refuse("copies of 4, 8 or 16 bytes");
    if (s.has("cg") && bytes != 16) s.refuse(".cg copies 16 bytes");
    b.now().run = copy;
    b.now().flags = static_cast<uint32_t>(bytes) | (s.operands.size() == 4 ? 0x100 : 0);
    Instruction &now = b.now();
    b.address(s.operands[0], 32);
    int64_t to_offset = now.offset;
    b.address(s.operands[1], 64);
    now.second_offset = now.offset;
    now.offset = to_offset;
    if (s.operands.size() == 4) b.read(s.operands[3], 32);
    return true;
}

}  // namespace

void check_copies(const Warp &w) {
    for (const PendingCopy &c : w.copies) {
        if (c.lanes & ~w.alive)
            w.fail("a lane ends with a copy that nobody has waited for, begun at PTX line " +
                       std::to_string(c.line),
                   __builtin_ctz(c.lanes & ~w.alive));
    }
}

void add_copies(Decoders &d) {
    d.insert({"cp", cp});
}

}  // namespace emulated
