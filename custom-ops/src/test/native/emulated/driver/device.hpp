// The emulated device as the driver's functions see it.
#pragma once

#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "../device_memory.hpp"
#include "../workers.hpp"
#include "mutant.hpp"
#include "results.hpp"
#include "settings.hpp"

#define API extern "C" __attribute__((visibility("default"))) int

namespace emulated {

struct Module {
    std::map<std::string, std::unique_ptr<struct Function>> functions;
    std::map<std::string, std::unique_ptr<Program>> programs;
    std::map<std::string, std::pair<uint64_t, uint64_t>> globals;  // address, bytes
};
struct Function {
    const Program *program;
    uint32_t dynamic_limit = 0;  // bytes of shared memory that a launch may ask for
};

// Something a stream does when its turn comes.
using Work = std::function<void()>;
struct Graph {
    std::vector<Work> work;
    bool broken = false;  // something was called that cannot be captured
};
struct Stream {
    std::deque<Work> queue;
    std::shared_ptr<Graph> capture;
    bool origin = false;  // of the capture
};
// A record of an event: what waits for it is right also if the event is recorded anew.
struct Record {
    Stream *stream = nullptr;
    std::shared_ptr<Graph> capture;
    bool done = false;
    double at = 0;  // milliseconds
};
struct Event {
    bool timed = true;
    std::shared_ptr<Record> record;
};

struct Device {
    std::recursive_mutex mutex;
    Settings settings;
    Mutant mutant;  // outlives reset()
    bool initialized = false;
    int lost = kSuccess;
    int contexts = 0;  // times the primary context is retained
    DeviceMemory memory;
    std::map<uint64_t, uint64_t> registered;  // pages that were locked by cuMemHostRegister
    std::set<Module *> modules;
    std::set<Function *> functions;
    std::set<Stream *> streams;
    std::set<Event *> events;
    std::set<Graph *> graphs, executables;
    std::map<Graph *, std::shared_ptr<Graph>> owned;  // by the two above
    Stream standard;
    std::unique_ptr<Workers> workers;
    std::map<std::string, Counters> counters;
    std::map<std::string, uint64_t> calls;  // of each function, and bytes moved
    std::mt19937_64 random{1};
    std::string last_error;
    uint64_t launches = 0, allocations = 0;

    void report(const std::string &what);
    void lose(int code, const std::string &what);
    Workers &running();

    // Gives work to a stream; it runs when the settings say so, at the latest when somebody waits.
    int submit(Stream &s, Work work);
    void drain(Stream &s);
    void drain_all();
    // Null if there is no such stream.
    Stream *stream(void *handle);
    bool capturing() const;
    void reset();
};

Device &device();

enum Needs { kNothing, kInitialized, kContext };
// What every function of the driver does: one at a time, counted, with its injected failure, and
// with the error of a lost device.
int call(const char *function, Needs needs, const std::function<int(Device &)> &body);

// The context that this thread has made current.
bool &has_context();

}  // namespace emulated
