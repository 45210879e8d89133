// What kind of device is emulated, how it behaves, and what fails. Set by STEP3_EMULATED_NAME in
// the environment before cuInit, or by step3_emulated_set("NAME", "value") at any time.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "../block.hpp"

namespace emulated {

// Fails at the n-th call from now, with this error.
struct InjectedFailure {
    uint64_t calls_left = 0;
    int code = 0;
};

struct Settings {
    enum Streams { kLate, kEager, kRandom };

    int sm = 90;                          // SM: 80, 86, 89, 90, 100, 120
    int multiprocessors = 132;            // MULTIPROCESSORS
    uint64_t memory = uint64_t{8} << 30;  // MEMORY: bytes of the device
    int driver_version = 13000;           // DRIVER: 12040 is 12.4
    int devices = 1;                      // DEVICES
    bool no_driver = false;               // NONE: cuInit finds no device
    Streams streams = kLate;              // STREAMS: late, eager, random
    Schedule schedule;                    // ORDER, PREEMPT, SEED, COPIES, UNWRITTEN
    int workers = 0;                      // WORKERS; 0: one for each core
    int64_t lost_after = -1;              // LOST_AFTER: launches
    int64_t fail_allocation = -1;         // FAIL_ALLOCATION: the n-th from now, counted from 1
    std::string ptx;                      // PTX: file of the text that stands for fat binaries
    std::map<std::string, InjectedFailure> failures;  // FAIL: function:call[:error],...
    bool quiet = false;                               // QUIET: errors are not written to stderr

    Settings();
    void read_environment();
    // False if there is no such setting or the value is not one of it.
    bool set(const std::string &name, const std::string &value);

    int major() const { return sm / 10; }
    int minor() const { return sm % 10; }
    uint32_t shared_of_block() const;  // that a block may ask for
    uint32_t shared_of_multiprocessor() const;
    int threads_of_multiprocessor() const;
};

}  // namespace emulated
