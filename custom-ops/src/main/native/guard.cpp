#include "guard.hpp"

#include <dlfcn.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <new>

#include "core.hpp"

#if !defined(MAP_NORESERVE)
#define MAP_NORESERVE 0
#endif

namespace step3 {

namespace {

std::atomic<step3_guard *> guards{nullptr};
std::atomic<int> lost_guards{0};
std::mutex mutex;  // of those who change the list

struct sigaction previous;
bool installed = false;  // under mutex

// Read by the handler, but only for addresses in a guarded mapping: those are touched by threads
// that have this variable already, because they compute, or hold no lock of the memory allocator.
thread_local volatile bool t_computing = false;

uintptr_t page_size() {
    static const uintptr_t size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    return size;
}

bool covers(const step3_guard &guard, uintptr_t address) {
    uintptr_t start = guard.start.load(std::memory_order_acquire);
    return start != 0 && address >= start && address < guard.end.load(std::memory_order_relaxed);
}

// Puts zeros in the place of every guarded mapping that holds the address; false if there is none.
// Only calls what a signal handler may: atomics, and mmap, which is a bare system call.
bool lose(uintptr_t address) {
    bool found = false;
    for (step3_guard *g = guards.load(std::memory_order_acquire); g != nullptr; g = g->next) {
        if (!covers(*g, address) || !t_computing) continue;
        // First, so that whoever reads a zero also finds this mark at the end of its call.
        if (!g->lost.exchange(true)) lost_guards.fetch_add(1);
        found = true;
    }
    if (!found) return false;
    for (step3_guard *g = guards.load(std::memory_order_acquire); g != nullptr; g = g->next) {
        if (!covers(*g, address)) continue;
        uintptr_t start = g->start.load(), end = g->end.load();
        void *zeros = mmap(reinterpret_cast<void *>(start), end - start, PROT_READ,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
        if (zeros == MAP_FAILED) return false;
    }
    return true;
}

// Faults that are not ours go to whom they would have gone to without us: Java's own handler, which
// turns them into an InternalError or a crash report.
void on_bus_error(int signal, siginfo_t *info, void *context) {
    int error = errno;
    bool from_kernel = info->si_code > 0;
    bool ours = from_kernel && lose(reinterpret_cast<uintptr_t>(info->si_addr));
    errno = error;
    if (ours) return;
    if ((previous.sa_flags & SA_SIGINFO) != 0) {
        previous.sa_sigaction(signal, info, context);
    } else if (previous.sa_handler == SIG_DFL) {
        sigaction(signal, &previous, nullptr);  // the instruction is tried again, and ends it
    } else if (previous.sa_handler != SIG_IGN) {
        previous.sa_handler(signal);
    }
}

// The handler must outlive this library's users: the library stays loaded from here on.
bool stay_loaded() {
    Dl_info self;
    return dladdr(reinterpret_cast<void *>(&on_bus_error), &self) != 0 &&
           dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE) != nullptr;
}

bool install() {
    if (installed) return true;
    if (sigaction(SIGBUS, nullptr, &previous) != 0 || !stay_loaded()) return false;
    page_size();
    struct sigaction action = previous;
    action.sa_flags = (previous.sa_flags | SA_SIGINFO) & ~static_cast<int>(SA_RESETHAND);
    action.sa_sigaction = on_bus_error;
    installed = sigaction(SIGBUS, &action, nullptr) == 0;
    return installed;
}

bool is_lost(const void *p) {
    uintptr_t address = reinterpret_cast<uintptr_t>(p);
    for (step3_guard *g = guards.load(std::memory_order_acquire); g != nullptr; g = g->next) {
        if (covers(*g, address) && g->lost.load()) return true;
    }
    return false;
}

// An unused guard, or a new one.
step3_guard *take() {
    for (step3_guard *g = guards.load(); g != nullptr; g = g->next) {
        if (g->start.load() == 0) return g;
    }
    step3_guard *fresh = new step3_guard;
    fresh->next = guards.load();
    guards.store(fresh, std::memory_order_release);
    return fresh;
}

}  // namespace

Computing::Computing() : before_(t_computing) { t_computing = true; }
Computing::~Computing() { t_computing = before_; }

bool is_lost(const step3_weight &weight) {
    if (lost_guards.load() == 0) return false;
    return is_lost(weight.data) || (weight.block_rows > 0 && is_lost(weight.scales));
}

}  // namespace step3

using step3::fail;

int step3_guard_create(step3_guard **guard, const void *start, int64_t bytes) {
    if (guard == nullptr) return fail(STEP3_INVALID, "guard: null");
    *guard = nullptr;
    if (start == nullptr || bytes < 1) return fail(STEP3_INVALID, "start: null, or no bytes");
    std::lock_guard<std::mutex> lock(step3::mutex);
    if (!step3::install()) return fail(STEP3_NO_MEMORY, "SIGBUS cannot be handled.");
    uintptr_t page = step3::page_size(), first = reinterpret_cast<uintptr_t>(start);
    if (first % page != 0) return fail(STEP3_INVALID, "start: not the start of a page");
    try {
        step3_guard *taken = step3::take();
        uintptr_t pages = (static_cast<uintptr_t>(bytes) + page - 1) / page;
        taken->lost.store(false);
        taken->end.store(first + pages * page);
        taken->start.store(first, std::memory_order_release);
        *guard = taken;
        return STEP3_OK;
    } catch (const std::bad_alloc &) {
        return fail(STEP3_NO_MEMORY, "There is not enough memory.");
    }
}

int step3_guard_lost(const step3_guard *guard) { return guard != nullptr && guard->lost.load(); }

int step3_guard_destroy(step3_guard *guard) {
    if (guard == nullptr) return STEP3_OK;
    std::lock_guard<std::mutex> lock(step3::mutex);
    guard->start.store(0);
    if (guard->lost.exchange(false)) step3::lost_guards.fetch_sub(1);
    return STEP3_OK;
}
