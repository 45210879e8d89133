// cuLaunchKernel: limits are checked at once, the kernel runs when its stream comes to it.
#include <algorithm>

#include "device.hpp"

using namespace emulated;

namespace {

// As cuLaunchKernelEx takes it.
struct LaunchConfiguration {
    unsigned grid_x, grid_y, grid_z, block_x, block_y, block_z, shared_bytes;
    void *stream;
    void *attributes;
    unsigned attribute_count;
};

// The arguments as one piece: from a pointer for each, or from the buffer that `extra` names.
bool gather(Device &d, const Program &p, void **parameters, void **extra,
            std::vector<unsigned char> &to) {
    to.assign(p.parameter_bytes, 0);
    if (extra) {
        const void *buffer = nullptr;
        size_t size = ~size_t{0};
        for (; *extra; extra += 2) {
            uintptr_t key = reinterpret_cast<uintptr_t>(*extra);
            if (key == 1)
                buffer = extra[1];
            else if (key == 2)
                size = *static_cast<size_t *>(extra[1]);
            else
                return false;
        }
        if (!buffer || size != p.parameter_bytes) {
            d.report(p.name + " takes " + std::to_string(p.parameter_bytes) +
                     " bytes of arguments, not " + std::to_string(size));
            return false;
        }
        memcpy(to.data(), buffer, size);
        return true;
    }
    if (!parameters) return p.parameters.empty();
    for (size_t k = 0; k < p.parameters.size(); k++) {
        if (!parameters[k]) return false;
        memcpy(to.data() + p.parameters[k].offset, parameters[k], p.parameters[k].bytes);
    }
    return true;
}

void run(Device &d, const Launch &launch) {
    if (d.settings.lost_after >= 0 && d.settings.lost_after-- == 0) {
        d.settings.lost_after = -1;
        d.lose(kLaunchFailed, "the device is lost, as was asked for");
        return;
    }
    d.launches++;
    Launch now = launch;
    now.schedule = d.settings.schedule;
    now.number = d.launches;
    now.schedule.seed += d.launches;
    if (d.mutant.applied) now.schedule.most_instructions = Mutant::kMostInstructions;
    Outcome o = d.running().run(now);
    d.counters[launch.program->name].add(o.counters);
    if (!o.error.empty()) d.lose(o.code, o.error);
}

int launch(Device &d, void *function, const LaunchConfiguration &c, void **parameters,
           void **extra) {
    Function *f = static_cast<Function *>(function);
    if (!d.functions.contains(f)) return kInvalidHandle;
    const Program &p = *f->program;
    Stream *s = d.stream(c.stream);
    if (!s) return kInvalidHandle;
    auto refuse = [&](const std::string &why) {
        d.report(p.name + ": " + why);
        return kInvalidValue;
    };
    if (!c.grid_x || !c.grid_y || !c.grid_z || !c.block_x || !c.block_y || !c.block_z)
        return refuse("a grid or block without extent");
    if (c.grid_x > 0x7fffffff || c.grid_y > 65535 || c.grid_z > 65535)
        return refuse("a grid of too many blocks");
    uint64_t threads = uint64_t{c.block_x} * c.block_y * c.block_z;
    if (threads > 1024 || c.block_z > 64 || threads > static_cast<uint64_t>(p.max_threads)) {
        return refuse(std::to_string(threads) + " threads, of which it takes " +
                      std::to_string(p.max_threads));
    }
    const int *required = p.required_threads;
    if (required[0] &&
        (static_cast<int>(c.block_x) != required[0] || static_cast<int>(c.block_y) != required[1] ||
         static_cast<int>(c.block_z) != required[2])) {
        return refuse("not the threads that it requires");
    }
    if (c.shared_bytes > f->dynamic_limit) {
        return refuse(std::to_string(c.shared_bytes) + " bytes of shared memory, where " +
                      std::to_string(f->dynamic_limit) + " are allowed");
    }
    auto l = std::make_shared<Launch>();
    if (!gather(d, p, parameters, extra, l->arguments))
        return refuse("the arguments are not as it declares them");
    l->program = &p;
    l->grid = {c.grid_x, c.grid_y, c.grid_z};
    l->block = {c.block_x, c.block_y, c.block_z};
    l->dynamic_bytes = c.shared_bytes;
    l->shared_bytes = c.shared_bytes + p.static_shared;
    l->memory = &d.memory;
    return d.submit(*s, [&d, l] { run(d, *l); });
}

}  // namespace

API cuLaunchKernel(void *function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                   unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,
                   void *stream, void **parameters, void **extra) {
    return call("cuLaunchKernel", kContext, [&](Device &d) {
        return launch(
            d, function,
            {grid_x, grid_y, grid_z, block_x, block_y, block_z, shared_bytes, stream, nullptr, 0},
            parameters, extra);
    });
}
API cuLaunchKernelEx(const LaunchConfiguration *c, void *function, void **parameters,
                     void **extra) {
    return call("cuLaunchKernel", kContext, [&](Device &d) {
        return c ? launch(d, function, *c, parameters, extra) : static_cast<int>(kInvalidValue);
    });
}
API cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, void *function, int threads,
                                                size_t shared_bytes) {
    return call("cuOccupancyMaxActiveBlocksPerMultiprocessor", kContext, [&](Device &d) {
        Function *f = static_cast<Function *>(function);
        if (!d.functions.contains(f)) return kInvalidHandle;
        if (threads < 1 || threads > f->program->max_threads) return kInvalidValue;
        uint64_t shared = shared_bytes + f->program->static_shared + 1024;
        uint64_t by_shared = d.settings.shared_of_multiprocessor() / shared;
        uint64_t by_threads = static_cast<uint64_t>(d.settings.threads_of_multiprocessor() /
                                                    ((threads + 31) / 32 * 32));
        *blocks = static_cast<int>(std::min<uint64_t>({by_shared, by_threads, 32}));
        return kSuccess;
    });
}
