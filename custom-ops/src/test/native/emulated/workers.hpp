// Threads that run the blocks of launches.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "block.hpp"

namespace emulated {

struct Outcome {
    std::string error;  // empty if all went well
    int code = 0;
    Counters counters;
};

class Workers {
public:
    explicit Workers(int count);
    ~Workers();
    Workers(const Workers &) = delete;
    Workers &operator=(const Workers &) = delete;

    // Runs all blocks; one launch at a time.
    Outcome run(const Launch &launch);
    int count() const { return static_cast<int>(threads_.size()) + 1; }

private:
    void work(Block &block);
    void help();

    std::vector<std::thread> threads_;
    std::mutex mutex_;
    std::condition_variable wake_, done_;
    const Launch *launch_ = nullptr;
    uint64_t round_ = 0;
    int working_ = 0;
    bool closing_ = false;
    std::atomic<uint64_t> next_{0};
    Block own_;
    Outcome outcome_;
    uint64_t failed_block_ = ~uint64_t{0};
};

}  // namespace emulated
