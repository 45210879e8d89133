#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "core.hpp"

namespace step3 {

// Threads that help callers with their jobs. A caller always works on its own job too, so any
// number of callers make progress at the same time, even without a single helper.
class Pool {
   public:
    // `threads` counts the caller too. Throws std::system_error where threads cannot be had.
    explicit Pool(int threads);
    ~Pool();
    Pool(const Pool &) = delete;
    Pool &operator=(const Pool &) = delete;

    int threads() const { return static_cast<int>(helpers_.size()) + 1; }
    void run(int64_t n, Task task, void *job);

   private:
    // A run of neighbouring tasks. Each thread begins with a part of its own, the same one at every
    // job, so that a core finds the weights of a small model in its own cache again; then it helps
    // with the others'.
    struct alignas(64) Part {
        std::atomic<int64_t> next;
        int64_t end;
    };
    static constexpr int kMostParts = 16;

    struct Job {
        Job(int64_t tasks, int threads, Task task, void *argument);
        bool is_taken() const;

        Task task;
        void *argument;
        int part_count;
        Part parts[kMostParts];
        std::atomic<int> helpers{0};  // raised only under mutex_ while listed
        Job *before = nullptr;        // under mutex_
        Job *after = nullptr;         // under mutex_
    };

    void close();
    void help(int thread);
    void list(Job &job);
    void unlist(Job &job);
    Job *join();
    bool await_work(uint64_t seen);
    static void work(Job &job, int thread);

    std::mutex mutex_;
    std::condition_variable wake_;
    Job *oldest_ = nullptr;              // under mutex_
    Job *newest_ = nullptr;              // under mutex_
    int sleepers_ = 0;                   // under mutex_
    std::atomic<uint64_t> arrivals_{0};  // of jobs; raised under mutex_
    std::atomic<bool> closing_{false};
    std::vector<std::thread> helpers_;
};

}  // namespace step3
