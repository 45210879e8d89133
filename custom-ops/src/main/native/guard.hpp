// What happens when a mapped file loses pages while kernels read them: it was cut, or its disk or
// network drive went away. The system then sends SIGBUS, which ends the process. Where the address
// lies in a guarded mapping and the thread is computing, zeros take the mapping's place instead,
// the kernel goes on with them to its end, and the call that it belongs to is refused.
#pragma once

#include <atomic>
#include <cstdint>

#include "step3_ops.h"

// Never freed but used again, so that the signal handler may walk the list at any time.
struct step3_guard {
    std::atomic<uintptr_t> start{0};  // of the first page; 0 while not in use
    std::atomic<uintptr_t> end{0};    // of the last page
    std::atomic<bool> lost{false};
    step3_guard *next = nullptr;
};

namespace step3 {

// Marks the calling thread as one that reads weights.
class Computing {
   public:
    Computing();
    ~Computing();
    Computing(const Computing &) = delete;
    Computing &operator=(const Computing &) = delete;

   private:
    bool before_;
};

// Whether this weight lies in a mapping that has lost pages. Costs nothing while none has.
bool is_lost(const step3_weight &weight);

}  // namespace step3
