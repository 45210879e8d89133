#include "workers.hpp"

#include <algorithm>

namespace emulated {

Workers::Workers(int count) {
    for (int i = 1; i < count; i++) threads_.emplace_back([this] { help(); });
}

Workers::~Workers() {
    {
        std::lock_guard lock(mutex_);
        closing_ = true;
    }
    wake_.notify_all();
    for (std::thread &t : threads_) t.join();
}

// Takes blocks until none is left, or one has failed.
void Workers::work(Block &block) {
    const Launch &launch = *launch_;
    uint64_t blocks = launch.grid.count(), at = 0;
    std::string error;
    int code = 0;
    block.counters = Counters();
    try {
        bool entered = false;
        for (uint64_t i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < blocks;) {
            at = launch.schedule.order == Schedule::kDescending ? blocks - 1 - i : i;
            if (!entered) block.enter(launch);
            entered = true;
            block.run(at);
        }
    } catch (const Failure &f) {
        error = f.what;
        code = f.code;
    } catch (const std::bad_alloc &) {
        error = launch.program->name + ": no memory for its registers";
        code = 719;
    }
    std::lock_guard lock(mutex_);
    if (!error.empty()) {
        next_.store(blocks, std::memory_order_relaxed);
        if (at < failed_block_) {
            failed_block_ = at;
            outcome_.error = error;
            outcome_.code = code;
        }
    }
    outcome_.counters.add(block.counters);
}

void Workers::help() {
    Block block;
    uint64_t seen = 0;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return closing_ || round_ != seen; });
            if (closing_) return;
            seen = round_;
            if (!launch_) continue;
            working_++;
        }
        work(block);
        {
            std::lock_guard lock(mutex_);
            working_--;
        }
        done_.notify_all();
    }
}

Outcome Workers::run(const Launch &launch) {
    {
        std::lock_guard lock(mutex_);
        outcome_ = Outcome();
        outcome_.counters.launches = 1;
        failed_block_ = ~uint64_t{0};
        next_.store(0, std::memory_order_relaxed);
        launch_ = &launch;
        round_++;
    }
    // A single block, or a handful of small ones, is done before a thread wakes up.
    if (launch.grid.count() > 1) wake_.notify_all();
    work(own_);
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return working_ == 0; });
    launch_ = nullptr;  // whoever wakes up now finds nothing to do
    return outcome_;
}

}  // namespace emulated
