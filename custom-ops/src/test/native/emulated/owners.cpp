#include "owners.hpp"

#include <sys/mman.h>

#include <mutex>

namespace emulated {

Owners::~Owners() {
    if (words()) munmap(words(), size_);
}

std::atomic<uint64_t> *Owners::make(uint64_t bytes) {
    static std::mutex making;
    std::lock_guard lock(making);
    if (words()) return words();
    uint64_t size = (bytes + 3) / 4 * sizeof(std::atomic<uint64_t>);
    void *p = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return nullptr;
    size_ = size;
    words_.store(static_cast<std::atomic<uint64_t> *>(p), std::memory_order_release);
    return words();
}

}  // namespace emulated
