#include "device.hpp"

#include <algorithm>
#include <cstdio>

namespace emulated {

Device &device() {
    // Never destroyed: a thread may still be in a call when the process ends.
    static Device *d = new Device;
    return *d;
}

bool &has_context() {
    thread_local bool current = false;
    return current;
}

int call(const char *function, Needs needs, const std::function<int(Device &)> &body) {
    Device &d = device();
    std::lock_guard lock(d.mutex);
    d.calls[function]++;
    auto failing = d.settings.failures.find(function);
    if (failing != d.settings.failures.end() && --failing->second.calls_left == 0) {
        int code = failing->second.code;
        d.settings.failures.erase(failing);
        return code;
    }
    if (needs >= kInitialized && !d.initialized) return kNotInitialized;
    if (needs == kContext && d.lost) return d.lost;
    if (needs == kContext && (!has_context() || !d.contexts)) return kInvalidContext;
    try {
        return body(d);
    } catch (const std::bad_alloc &) {
        return kOutOfMemory;
    }
}

void Device::report(const std::string &what) {
    last_error = what;
    if (!settings.quiet) fprintf(stderr, "emulated device: %s\n", what.c_str());
}

void Device::lose(int code, const std::string &what) {
    report(what);
    lost = code;
}

Workers &Device::running() {
    int wanted = settings.workers
                     ? settings.workers
                     : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    if (!workers || workers->count() != wanted) workers = std::make_unique<Workers>(wanted);
    return *workers;
}

void Device::drain(Stream &s) {
    while (!s.queue.empty()) {
        Work w = std::move(s.queue.front());
        s.queue.pop_front();
        if (!lost) w();
    }
}
void Device::drain_all() {
    drain(standard);
    for (Stream *s : streams) drain(*s);
}

int Device::submit(Stream &s, Work work) {
    if (lost) return lost;
    if (s.capture) {
        s.capture->work.push_back(std::move(work));
        return kSuccess;
    }
    s.queue.push_back(std::move(work));
    if (settings.streams == Settings::kEager ||
        (settings.streams == Settings::kRandom && random() % 2))
        drain(s);
    return kSuccess;
}

Stream *Device::stream(void *handle) {
    // 0, 1 and 2 are the default streams, which are one here.
    if (reinterpret_cast<uintptr_t>(handle) <= 2) return &standard;
    Stream *s = static_cast<Stream *>(handle);
    return streams.contains(s) ? s : nullptr;
}

bool Device::capturing() const {
    return std::any_of(streams.begin(), streams.end(),
                       [](const Stream *s) { return s->capture != nullptr; });
}

void Device::reset() {
    standard = Stream();
    for (Stream *s : streams) delete s;
    for (Event *e : events) delete e;
    for (Module *m : modules) delete m;
    streams.clear();
    events.clear();
    modules.clear();
    functions.clear();
    graphs.clear();
    executables.clear();
    owned.clear();
    registered.clear();
    counters.clear();
    calls.clear();
    memory.clear();
    settings = Settings();
    initialized = false;
    lost = kSuccess;
    contexts = 0;
    last_error.clear();
    launches = allocations = 0;
    random.seed(settings.schedule.seed);
}

}  // namespace emulated
