#include "shared_memory.hpp"

#include <cstdlib>

#include "warp.hpp"

namespace emulated {

void SharedMemory::begin(uint32_t bytes) {
    if (bytes > capacity_) {
        capacity_ = (bytes + 1023) / 1024 * 1024;
        data_.reset(static_cast<unsigned char *>(aligned_alloc(1024, capacity_)));
        words_.assign(capacity_ / 4, State());
        split_.clear();
        epoch_ = 1;
    }
    if (epoch_ >
        0xfff0'0000) {  // epochs go on from block to block, so that no state need be cleared
        words_.assign(words_.size(), State());
        epoch_ = 1;
    }
    bytes_ = bytes;
    epoch_++;
    first_epoch_ = epoch_;
}

void SharedMemory::check(const Warp &w, int lane, uint64_t at, uint32_t bytes) const {
    if (at + bytes <= bytes_ && at <= bytes_ && !(at & (bytes - 1))) return;
    refuse(w, lane, at, bytes);
}
void SharedMemory::refuse(const Warp &w, int lane, uint64_t at, uint32_t bytes) const {
    std::string what = "an access of " + std::to_string(bytes) + " bytes to shared memory at " +
                       std::to_string(static_cast<int64_t>(at));
    if (at + bytes <= bytes_ && at <= bytes_) w.fail(what + ", which is not aligned", lane, 716);
    w.fail(what + ", outside the block's " + std::to_string(bytes_) + " bytes", lane, 700);
}

SharedMemory::State *SharedMemory::bytes_of(uint64_t word) {
    if (split_.size() < words_.size() * 4) split_.resize(words_.size() * 4);
    State &whole = words_[word];
    State *parts = &split_[word * 4];
    if (!(whole.flags & kSplit) || whole.write_epoch < first_epoch_) {
        if (whole.write_epoch < first_epoch_) whole = State();
        whole.flags &= static_cast<uint16_t>(~kSplit);
        for (int b = 0; b < 4; b++) parts[b] = whole;
        whole.flags |= kSplit;
        whole.write_epoch = epoch_;
    }
    return parts;
}

// f for the state of each word; of each byte where lanes share a word.
template <class F>
void SharedMemory::visit(uint64_t at, uint32_t bytes, F f) {
    if (bytes < 4) {
        State *parts = bytes_of(at / 4);
        for (uint32_t b = 0; b < bytes; b++) f(parts[at % 4 + b]);
        return;
    }
    for (uint64_t word = at / 4; word < (at + bytes) / 4; word++) {
        State &whole = words_[word];
        if (whole.flags & kSplit && whole.write_epoch >= first_epoch_) {
            State *parts = &split_[word * 4];
            for (int b = 0; b < 4; b++) f(parts[b]);
        } else {
            whole.flags &= static_cast<uint16_t>(~kSplit);
            f(whole);
        }
    }
}

void SharedMemory::reads(State &s, const Warp &w, int lane, bool everyone) const {
    if (s.write_epoch < first_epoch_)
        w.fail("a read of shared memory that nobody has written", lane);
    if (s.flags & kInFlight)
        w.fail("a read of shared memory that a copy is still on its way to", lane);
    if (s.write_epoch == epoch_) {
        if (s.writer / kLanes != w.number) {
            w.fail("a race: thread " + std::to_string(s.writer) +
                       " has written this shared memory since the last barrier",
                   lane);
        }
        if (s.write_step == w.step && (everyone || s.writer % kLanes != lane)) {
            w.fail("a race: thread " + std::to_string(s.writer) +
                       " of the same warp has written this shared memory, and they have not "
                       "synchronised",
                   lane);
        }
    }
    if (s.read_epoch != epoch_) {
        s.read_epoch = epoch_;
        s.reading_warps = 0;
        s.reading_lanes = 0;
    }
    if (s.last_reading_warp != w.number || s.read_step != w.step) s.reading_lanes = 0;
    s.reading_warps |= 1u << w.number;
    s.reading_lanes |= everyone ? kEveryLane : 1u << lane;
    s.last_reading_warp = static_cast<uint8_t>(w.number);
    s.read_step = w.step;
}

void SharedMemory::writes(State &s, const Warp &w, int lane, uint16_t flags) const {
    if (s.write_epoch >= first_epoch_ && s.flags & kInFlight)
        w.fail("a write to shared memory that a copy is still on its way to", lane);
    if (s.read_epoch == epoch_) {
        if (s.reading_warps & ~(1u << w.number))
            w.fail("a race: another warp has read this shared memory since the last barrier", lane);
        if (s.last_reading_warp == w.number && s.read_step == w.step &&
            s.reading_lanes & ~(1u << lane)) {
            w.fail(
                "a race: another lane of the warp has read this shared memory, and they have not "
                "synchronised",
                lane);
        }
    }
    bool both_atomic = flags & kAtomic && s.flags & kAtomic;
    if (s.write_epoch == epoch_ && !both_atomic) {
        if (s.writer / kLanes != w.number)
            w.fail("a race: thread " + std::to_string(s.writer) + " writes this shared memory too",
                   lane);
        if (s.writer % kLanes != lane && s.write_step == w.step) {
            w.fail("a race: thread " + std::to_string(s.writer) +
                       " of the same warp writes this shared memory too",
                   lane);
        }
    }
    s.write_epoch = epoch_;
    s.write_step = w.step;
    s.writer = static_cast<uint16_t>(w.thread(lane));
    s.flags = flags;
}

void SharedMemory::read(const Warp &w, int lane, uint64_t at, uint32_t bytes, bool everyone) {
    check(w, lane, at, bytes);
    if (bytes >=
        4) {  // almost always: written before the last barrier, and read as by the lane before
        State *s = &words_[at / 4], *end = s + bytes / 4;
        uint32_t lanes = everyone ? kEveryLane : 1u << lane;
        while (s < end && !s->flags && s->write_epoch >= first_epoch_ && s->write_epoch < epoch_ &&
               s->read_epoch == epoch_ && s->last_reading_warp == w.number &&
               s->read_step == w.step) {
            s->reading_lanes |= lanes;
            s++;
        }
        if (s == end) return;
    }
    visit(at, bytes, [&](State &s) { reads(s, w, lane, everyone); });
}
void SharedMemory::write(const Warp &w, int lane, uint64_t at, uint32_t bytes) {
    check(w, lane, at, bytes);
    visit(at, bytes, [&](State &s) { writes(s, w, lane, 0); });
}
void SharedMemory::update(const Warp &w, int lane, uint64_t at, uint32_t bytes) {
    check(w, lane, at, bytes);
    visit(at, bytes, [&](State &s) {
        if (s.write_epoch < first_epoch_)
            w.fail("an atomic operation on shared memory that nobody has written", lane);
        writes(s, w, lane, kAtomic);
    });
}
void SharedMemory::depart(const Warp &w, int lane, uint64_t at, uint32_t bytes) {
    check(w, lane, at, bytes);
    visit(at, bytes, [&](State &s) { writes(s, w, lane, kInFlight); });
}
void SharedMemory::arrive(const Warp &w, int lane, uint64_t at, uint32_t bytes) {
    visit(at, bytes, [&](State &s) {
        s.flags &= static_cast<uint16_t>(~kInFlight);
        s.write_epoch = epoch_;
        s.write_step = w.step;
        s.writer = static_cast<uint16_t>(w.thread(lane));
    });
}

}  // namespace emulated
