#include "pool.hpp"

#include <algorithm>

#include "guard.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace step3 {

// Between the operations of a layer a helper rather spins for some ten microseconds than sleeps:
// waking it again would cost as much.
static constexpr int kSpins = 2000;

// Jobs below this many multiplications take a core about ten microseconds, and wake nobody.
static constexpr int64_t kWorthSharing = 1 << 18;

static void pause() {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

Pool::Pool(int threads) {
    try {
        for (int i = 1; i < threads; i++) helpers_.emplace_back([this, i] { help(i); });
    } catch (...) {
        close();
        throw;
    }
}

Pool::~Pool() { close(); }

void Pool::close() {
    {
        std::lock_guard<std::mutex> lock(mutex_);
        closing_ = true;
    }
    wake_.notify_all();
    for (std::thread &helper : helpers_) helper.join();
}

Pool::Job::Job(int64_t tasks, int threads, Task task, void *argument)
    : task(task), argument(argument), part_count(std::min(threads, kMostParts)) {
    int64_t end = 0;
    for (int i = 0; i < part_count; i++) {
        parts[i].next.store(end, std::memory_order_relaxed);
        end += tasks / part_count + (i < tasks % part_count ? 1 : 0);
        parts[i].end = end;
    }
}

// Whether there is no task left that nobody has begun.
bool Pool::Job::is_taken() const {
    for (int i = 0; i < part_count; i++) {
        if (parts[i].next.load(std::memory_order_relaxed) < parts[i].end) return false;
    }
    return true;
}

void Pool::work(Job &job, int thread) {
    Computing computing;
    for (int i = 0; i < job.part_count; i++) {
        Part &part = job.parts[(thread + i) % job.part_count];
        int64_t task;
        while (part.next.load(std::memory_order_relaxed) < part.end &&
               (task = part.next.fetch_add(1, std::memory_order_relaxed)) < part.end) {
            job.task(job.argument, task);
        }
    }
}

// Jobs are chained to one another, not put into a container: nothing is allocated, nothing throws.
void Pool::list(Job &job) {
    job.before = newest_;
    (newest_ != nullptr ? newest_->after : oldest_) = &job;
    newest_ = &job;
}

void Pool::unlist(Job &job) {
    (job.before != nullptr ? job.before->after : oldest_) = job.after;
    (job.after != nullptr ? job.after->before : newest_) = job.before;
}

void Pool::run(int64_t n, Task task, void *argument) {
    Job job(n, threads(), task, argument);
    int asleep;
    {
        std::lock_guard<std::mutex> lock(mutex_);
        list(job);
        arrivals_.fetch_add(1, std::memory_order_release);
        asleep = sleepers_;
    }
    for (int64_t i = std::min<int64_t>(asleep, n - 1); i > 0; i--) wake_.notify_one();
    work(job, 0);
    {
        std::lock_guard<std::mutex> lock(mutex_);
        unlist(job);
    }
    // Nobody joins any more; those who have are in their last task.
    for (int spin = 0; job.helpers.load(std::memory_order_acquire) != 0; spin++) {
        if (spin < kSpins) {
            pause();
        } else {
            std::this_thread::yield();
        }
    }
}

void Pool::help(int thread) {
    while (true) {
        uint64_t seen = arrivals_.load(std::memory_order_acquire);
        if (Job *job = join()) {
            work(*job, thread);
            job->helpers.fetch_sub(1, std::memory_order_release);
        } else if (!await_work(seen)) {
            return;
        }
    }
}

Pool::Job *Pool::join() {
    std::lock_guard<std::mutex> lock(mutex_);
    for (Job *job = oldest_; job != nullptr; job = job->after) {
        if (!job->is_taken()) {
            job->helpers++;
            return job;
        }
    }
    return nullptr;
}

// Until a job has come since `seen` arrivals; false when closing.
bool Pool::await_work(uint64_t seen) {
    for (int spin = 0; spin < kSpins; spin++) {
        if (closing_) return false;
        if (arrivals_.load(std::memory_order_acquire) != seen) return true;
        pause();
    }
    std::unique_lock<std::mutex> lock(mutex_);
    sleepers_++;
    wake_.wait(lock, [&] { return closing_ || arrivals_.load() != seen; });
    sleepers_--;
    return !closing_;
}

void parallel(Pool &pool, int64_t n, int64_t cost, Task task, void *job) {
    if (n > 1 && cost >= kWorthSharing && pool.threads() > 1) {
        pool.run(n, task, job);
    } else {
        for (int64_t i = 0; i < n; i++) task(job, i);
    }
}

// Without a destructor, so that threads may outlive the library.
alignas(64) static thread_local float t_workspace[kWorkspaceFloats];

float *workspace() { return t_workspace; }

}  // namespace step3
