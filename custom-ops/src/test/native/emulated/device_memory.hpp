// Memory of the device: allocations far apart, each with a note of which bytes have been written.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "owners.hpp"

namespace emulated {

struct Allocation {
    uint64_t begin = 0, bytes = 0;
    bool pinned = false;  // host memory that the device reaches too
    // A bit for each byte; null if all of it is written.
    std::unique_ptr<std::atomic<uint8_t>[]> written;
    Owners owners;

    bool holds(uint64_t at, uint64_t n) const {
        return at - begin < bytes && n <= bytes - (at - begin);
    }
    bool is_written(uint64_t at, uint64_t n) const;
    void set_written(uint64_t at, uint64_t n);
    // The same between kernels, where the note may go altogether.
    void overwrite(uint64_t at, uint64_t n);
    void copy_written(uint64_t to, const Allocation &other, uint64_t from, uint64_t n);
};

class DeviceMemory {
public:
    DeviceMemory() = default;
    ~DeviceMemory();
    DeviceMemory(const DeviceMemory &) = delete;
    DeviceMemory &operator=(const DeviceMemory &) = delete;

    // Zero if the process has no such memory. Filled with NaN, up to kFilled bytes.
    uint64_t allocate(uint64_t bytes);
    uint64_t allocate_pinned(uint64_t bytes);
    bool release(uint64_t begin, bool pinned);
    void clear();
    // The allocation that holds these bytes, or null.
    Allocation *find(uint64_t at, uint64_t bytes);
    // What lies or lay there, for messages.
    std::string describe(uint64_t at) const;

    uint64_t used() const { return used_; }
    size_t live() const { return allocations_.size(); }
    uint64_t live_bytes() const;

    static constexpr uint64_t kFilled = uint64_t{256} << 20;
    static constexpr uint64_t kGranule = 512;  // of accounting, as real devices align allocations

private:
    uint64_t reserve(uint64_t bytes);
    uint64_t add(uint64_t begin, uint64_t bytes, bool pinned);

    std::map<uint64_t, Allocation> allocations_;
    std::map<uint64_t, uint64_t> released_;
    uint64_t next_ = 0, end_ = 0, used_ = 0;
};

}  // namespace emulated
