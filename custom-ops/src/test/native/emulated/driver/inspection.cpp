// Not of CUDA: what tests set and ask. All are safe at any time and from any thread.
#include <cstdio>

#include "device.hpp"

using namespace emulated;

#define INSPECT extern "C" __attribute__((visibility("default")))

// A setting by its name without STEP3_EMULATED_; 0 if it is not understood.
INSPECT int step3_emulated_set(const char *name, const char *value) {
    Device &d = device();
    std::lock_guard lock(d.mutex);
    return d.settings.set(name, value);
}

// As if the process had just begun: settings of the environment, no memory, no modules, not lost.
// What the host still holds is void.
INSPECT void step3_emulated_reset() {
    Device &d = device();
    std::lock_guard lock(d.mutex);
    d.reset();
}

// From now on a line of a kernel's PTX reads otherwise in every module that is loaded, also after a
// reset; null for the kernel ends that.
INSPECT void step3_emulated_mutate(const char *kernel, uint64_t line, const char *text) {
    Device &d = device();
    std::lock_guard lock(d.mutex);
    d.mutant = kernel ? Mutant{kernel, line, text, 0} : Mutant();
}
// How often it was replaced.
INSPECT uint64_t step3_emulated_mutated() {
    Device &d = device();
    std::lock_guard lock(d.mutex);
    return d.mutant.applied;
}

// The last error that the device has reported, as text; empty if none. Gives its length.
INSPECT size_t step3_emulated_error(char *out, size_t size) {
    Device &d = device();
    std::lock_guard lock(d.mutex);
    if (out && size) snprintf(out, size, "%s", d.last_error.c_str());
    return d.last_error.size();
}

// A counter of a kernel, or of all (null); see counters.cpp for the names. ~0 if there is no such
// one.
INSPECT uint64_t step3_emulated_count(const char *kernel, const char *counter) {
    Device &d = device();
    std::lock_guard lock(d.mutex);
    uint64_t sum = 0, one = 0;
    if (!Counters().named(counter, one)) return ~uint64_t{0};
    for (const auto &[name, counters] : d.counters) {
        if (kernel && name != kernel) continue;
        counters.named(counter, one);
        sum += one;
    }
    return sum;
}

// How often a function of the driver was called ("cuMemAlloc", without _v2), or how many
// "bytes_to_device", "bytes_to_host", "bytes_on_device" were copied by it.
INSPECT uint64_t step3_emulated_calls(const char *function) {
    Device &d = device();
    std::lock_guard lock(d.mutex);
    auto found = d.calls.find(function);
    return found == d.calls.end() ? 0 : found->second;
}

INSPECT void step3_emulated_reset_counts() {
    Device &d = device();
    std::lock_guard lock(d.mutex);
    d.counters.clear();
    d.calls.clear();
}

// What is alive: "allocations", "bytes" (of device and page-locked memory), "streams", "events",
// "modules", "graphs", "contexts". ~0 for another name.
INSPECT uint64_t step3_emulated_live(const char *what) {
    Device &d = device();
    std::lock_guard lock(d.mutex);
    std::string name = what;
    if (name == "allocations") return d.memory.live();
    if (name == "bytes") return d.memory.live_bytes();
    if (name == "streams") return d.streams.size();
    if (name == "events") return d.events.size();
    if (name == "modules") return d.modules.size();
    if (name == "graphs") return d.graphs.size() + d.executables.size();
    if (name == "contexts") return static_cast<uint64_t>(d.contexts);
    return ~uint64_t{0};
}
