#include "device_memory.hpp"

#include <sys/mman.h>

#include <cstring>
#include <string>

namespace emulated {
namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kSpace = uint64_t{1} << 42;  // addresses that are ours, and never used twice
constexpr uint64_t kGap = 64 * kPage;

uint64_t pages(uint64_t bytes) {
    return (bytes + kPage - 1) / kPage * kPage;
}

}  // namespace

bool Allocation::is_written(uint64_t at, uint64_t n) const {
    if (!written) return true;
    for (uint64_t i = at - begin, end = i + n; i < end;) {
        uint64_t bit = i % 8, count = end - i < 8 - bit ? end - i : 8 - bit;
        uint8_t mask = static_cast<uint8_t>(((1u << count) - 1) << bit);
        if ((written[i / 8].load(std::memory_order_relaxed) & mask) != mask) return false;
        i += count;
    }
    return true;
}

void Allocation::set_written(uint64_t at, uint64_t n) {
    if (!written) return;
    for (uint64_t i = at - begin, end = i + n; i < end;) {
        uint64_t bit = i % 8, count = end - i < 8 - bit ? end - i : 8 - bit;
        uint8_t mask = static_cast<uint8_t>(((1u << count) - 1) << bit);
        std::atomic<uint8_t> &byte = written[i / 8];
        if ((byte.load(std::memory_order_relaxed) & mask) != mask)
            byte.fetch_or(mask, std::memory_order_relaxed);
        i += count;
    }
}

void Allocation::overwrite(uint64_t at, uint64_t n) {
    if (n == bytes)
        written.reset();
    else
        set_written(at, n);
}

void Allocation::copy_written(uint64_t to, const Allocation &other, uint64_t from, uint64_t n) {
    if (other.is_written(from, n)) {
        overwrite(to, n);
        return;
    }
    if (!written) {
        uint64_t words = (bytes + 7) / 8;
        written.reset(new std::atomic<uint8_t>[words]);
        for (uint64_t i = 0; i < words; i++) written[i].store(0xff, std::memory_order_relaxed);
    }
    for (uint64_t i = 0; i < n; i++) {
        uint64_t at = to - begin + i;
        uint8_t mask = static_cast<uint8_t>(1u << at % 8);
        if (other.is_written(from + i, 1))
            written[at / 8].fetch_or(mask, std::memory_order_relaxed);
        else
            written[at / 8].fetch_and(static_cast<uint8_t>(~mask), std::memory_order_relaxed);
    }
}

DeviceMemory::~DeviceMemory() {
    clear();
}

void DeviceMemory::clear() {
    while (!allocations_.empty()) {
        const Allocation &a = allocations_.begin()->second;
        release(a.begin, a.pinned);
    }
    released_.clear();
}

uint64_t DeviceMemory::reserve(uint64_t bytes) {
    if (!next_) {
        void *p =
            mmap(nullptr, kSpace, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p == MAP_FAILED) return 0;
        next_ = reinterpret_cast<uint64_t>(p) + kGap;
        end_ = reinterpret_cast<uint64_t>(p) + kSpace;
    }
    uint64_t size = pages(bytes);
    if (size > end_ - next_ || end_ - next_ - size < kGap) return 0;
    void *p = mmap(reinterpret_cast<void *>(next_), size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    if (p == MAP_FAILED) return 0;
    next_ += size + kGap;
    return reinterpret_cast<uint64_t>(p);
}

uint64_t DeviceMemory::add(uint64_t begin, uint64_t bytes, bool pinned) {
    if (!begin) return 0;
    memset(reinterpret_cast<void *>(begin), 0xff,
           bytes < kFilled ? bytes : kFilled);  // NaN in every type
    Allocation &a = allocations_[begin];
    a.begin = begin;
    a.bytes = bytes;
    a.pinned = pinned;
    if (!pinned) {
        // Zeros that the system gives when they are touched.
        a.written.reset(new std::atomic<uint8_t>[(bytes + 7) / 8]());
        used_ += (bytes + kGranule - 1) / kGranule * kGranule;
    }
    return begin;
}

uint64_t DeviceMemory::allocate(uint64_t bytes) {
    return add(reserve(bytes), bytes, false);
}
uint64_t DeviceMemory::allocate_pinned(uint64_t bytes) {
    return add(reserve(bytes), bytes, true);
}

bool DeviceMemory::release(uint64_t begin, bool pinned) {
    auto found = allocations_.find(begin);
    if (found == allocations_.end() || found->second.pinned != pinned) return false;
    uint64_t bytes = found->second.bytes;
    if (!pinned) used_ -= (bytes + kGranule - 1) / kGranule * kGranule;
    mmap(reinterpret_cast<void *>(begin), pages(bytes), PROT_NONE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    released_[begin] = bytes;
    if (released_.size() > 4096) released_.erase(released_.begin());
    allocations_.erase(found);
    return true;
}

Allocation *DeviceMemory::find(uint64_t at, uint64_t bytes) {
    auto next = allocations_.upper_bound(at);
    if (next == allocations_.begin()) return nullptr;
    Allocation &a = std::prev(next)->second;
    return a.holds(at, bytes) ? &a : nullptr;
}

std::string DeviceMemory::describe(uint64_t at) const {
    auto near = [at](const auto &map, auto bytes_of) -> std::pair<uint64_t, uint64_t> {
        auto next = map.upper_bound(at);
        if (next == map.begin()) return {0, 0};
        --next;
        return {next->first, bytes_of(next->second)};
    };
    auto [begin, bytes] = near(allocations_, [](const Allocation &a) { return a.bytes; });
    auto [gone, gone_bytes] = near(released_, [](uint64_t b) { return b; });
    if (gone && gone >= begin && at - gone < gone_bytes) {
        return "byte " + std::to_string(at - gone) + " of " + std::to_string(gone_bytes) +
               " that were freed";
    }
    if (begin && at - begin < bytes + kGap)
        return "byte " + std::to_string(at - begin) + " of an allocation of " +
               std::to_string(bytes);
    return "no allocation";
}

uint64_t DeviceMemory::live_bytes() const {
    uint64_t sum = 0;
    for (const auto &[begin, a] : allocations_) sum += a.bytes;
    return sum;
}

}  // namespace emulated
