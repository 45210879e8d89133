// Which thread of which launch has written each word of an allocation last: blocks of a launch must
// not meet in device memory, nor threads of a block without a barrier between.
#pragma once

#include <atomic>
#include <cstdint>

namespace emulated {

// Launch, block, barriers that the block has passed and thread, in 64 bits; 0 for none. Numbers
// that are too great for their bits begin anew, so that a race may go unnoticed there, or, after a
// million launches, an old write be taken for a new one.
class Owner {
public:
    static constexpr int kThreadBits = 10, kEpochBits = 12, kBlockBits = 22;

    Owner() = default;
    explicit Owner(uint64_t bits) : bits_(bits) {}
    Owner(uint64_t launch, uint64_t block, uint64_t epoch, uint64_t thread)
        : bits_((launch % (1u << 20)) << (kThreadBits + kEpochBits + kBlockBits) |
                (block % (1u << kBlockBits)) << (kThreadBits + kEpochBits) |
                (epoch % (1u << kEpochBits)) << kThreadBits | thread) {}

    uint64_t bits() const { return bits_; }
    bool same_launch(Owner o) const {
        return bits_ && !((bits_ ^ o.bits_) >> (kThreadBits + kEpochBits + kBlockBits));
    }
    bool same_block(Owner o) const { return !((bits_ ^ o.bits_) >> (kThreadBits + kEpochBits)); }
    bool same_epoch(Owner o) const { return !((bits_ ^ o.bits_) >> kThreadBits); }
    bool same_warp(Owner o) const { return !((bits_ ^ o.bits_) >> 5); }
    uint64_t block() const {
        return bits_ >> (kThreadBits + kEpochBits) & ((1u << kBlockBits) - 1);
    }
    uint64_t thread() const { return bits_ & ((1u << kThreadBits) - 1); }

private:
    uint64_t bits_ = 0;
};

// A word each for the four-byte words of an allocation; zeros that the system gives when touched.
class Owners {
public:
    Owners() = default;
    ~Owners();
    Owners(const Owners &) = delete;
    Owners &operator=(const Owners &) = delete;

    // Null if no kernel has written there yet.
    std::atomic<uint64_t> *words() const { return words_.load(std::memory_order_acquire); }
    // For an allocation of so many bytes; null if there is no memory for them.
    std::atomic<uint64_t> *make(uint64_t bytes);

private:
    std::atomic<std::atomic<uint64_t> *> words_{nullptr};
    uint64_t size_ = 0;
};

}  // namespace emulated
