// Graphs, by capture of a stream.
#include "device.hpp"

using namespace emulated;

API cuStreamBeginCapture_v2(void *handle, int) {
    return call("cuStreamBeginCapture", kContext, [&](Device &d) {
        Stream *s = d.stream(handle);
        if (!s) return kInvalidHandle;
        if (s == &d.standard) return kCaptureUnsupported;
        if (s->capture) return kInvalidValue;
        s->capture = std::make_shared<Graph>();
        s->origin = true;
        return kSuccess;
    });
}
API cuStreamEndCapture(void *handle, void **graph) {
    return call("cuStreamEndCapture", kContext, [&](Device &d) {
        Stream *s = d.stream(handle);
        *graph = nullptr;
        if (!s) return kInvalidHandle;
        if (!s->capture || !s->origin) return kInvalidValue;
        std::shared_ptr<Graph> g = s->capture;
        for (Stream *other : d.streams) {
            if (other->capture == g) other->capture = nullptr;
        }
        s->origin = false;
        if (g->broken) return kCaptureInvalidated;
        d.graphs.insert(g.get());
        d.owned[g.get()] = g;
        *graph = g.get();
        return kSuccess;
    });
}
API cuStreamIsCapturing(void *handle, int *status) {
    return call("cuStreamIsCapturing", kContext, [&](Device &d) {
        Stream *s = d.stream(handle);
        if (!s) return kInvalidHandle;
        *status = !s->capture ? 0 : s->capture->broken ? 2 : 1;
        return kSuccess;
    });
}
API cuGraphInstantiateWithFlags(void **out, void *handle, unsigned long long) {
    return call("cuGraphInstantiate", kContext, [&](Device &d) {
        Graph *g = static_cast<Graph *>(handle);
        if (!d.graphs.contains(g)) return kInvalidHandle;
        auto executable = std::make_shared<Graph>(*g);
        d.executables.insert(executable.get());
        d.owned[executable.get()] = executable;
        *out = executable.get();
        return kSuccess;
    });
}
API cuGraphLaunch(void *handle, void *stream) {
    return call("cuGraphLaunch", kContext, [&](Device &d) {
        Graph *g = static_cast<Graph *>(handle);
        Stream *s = d.stream(stream);
        if (!d.executables.contains(g) || !s) return static_cast<int>(kInvalidHandle);
        std::shared_ptr<Graph> keep = d.owned[g];
        return d.submit(*s, [&d, keep] {
            for (const Work &w : keep->work) {
                if (d.lost) return;
                w();
            }
        });
    });
}
API cuGraphGetNodes(void *handle, void **, size_t *count) {
    return call("cuGraphGetNodes", kContext, [&](Device &d) {
        Graph *g = static_cast<Graph *>(handle);
        if (!d.graphs.contains(g)) return kInvalidHandle;
        *count = g->work.size();
        return kSuccess;
    });
}
API cuGraphDestroy(void *handle) {
    return call("cuGraphDestroy", kContext, [&](Device &d) {
        Graph *g = static_cast<Graph *>(handle);
        if (!d.graphs.erase(g)) return kInvalidHandle;
        d.owned.erase(g);
        return kSuccess;
    });
}
API cuGraphExecDestroy(void *handle) {
    return call("cuGraphExecDestroy", kContext, [&](Device &d) {
        Graph *g = static_cast<Graph *>(handle);
        if (!d.executables.erase(g)) return kInvalidHandle;
        d.owned.erase(g);
        return kSuccess;
    });
}
