// Streams and events.
#include <chrono>

#include "device.hpp"

using namespace emulated;

namespace {

double now() {
    return std::chrono::duration<double, std::milli>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}
// Lets the stream of a record go on until it is done.
void reach(Device &d, const std::shared_ptr<Record> &r) {
    while (r && !r->done && !d.lost && r->stream && !r->stream->queue.empty()) {
        Work w = std::move(r->stream->queue.front());
        r->stream->queue.pop_front();
        w();
    }
}
int on_stream(const char *function, void *handle,
              const std::function<int(Device &, Stream &)> &body) {
    return call(function, kContext, [&](Device &d) {
        Stream *s = d.stream(handle);
        return s ? body(d, *s) : static_cast<int>(kInvalidHandle);
    });
}
int on_event(const char *function, void *handle,
             const std::function<int(Device &, Event &)> &body) {
    return call(function, kContext, [&](Device &d) {
        Event *e = static_cast<Event *>(handle);
        return d.events.contains(e) ? body(d, *e) : static_cast<int>(kInvalidHandle);
    });
}

}  // namespace

API cuStreamCreate(void **out, unsigned) {
    return call("cuStreamCreate", kContext, [&](Device &d) {
        Stream *s = new Stream;
        d.streams.insert(s);
        *out = s;
        return kSuccess;
    });
}
API cuStreamCreateWithPriority(void **out, unsigned flags, int) {
    return cuStreamCreate(out, flags);
}
API cuStreamDestroy_v2(void *handle) {
    return call("cuStreamDestroy", kContext, [&](Device &d) {
        Stream *s = static_cast<Stream *>(handle);
        if (!d.streams.contains(s)) return static_cast<int>(kInvalidHandle);
        d.drain(*s);
        for (Event *e : d.events) {
            if (e->record && e->record->stream == s) e->record->stream = nullptr;
        }
        d.streams.erase(s);
        delete s;
        return d.lost;
    });
}
API cuStreamSynchronize(void *handle) {
    return on_stream("cuStreamSynchronize", handle, [&](Device &d, Stream &s) {
        if (s.capture) {
            s.capture->broken = true;
            return static_cast<int>(kCaptureUnsupported);
        }
        d.drain(s);
        return d.lost;
    });
}
API cuStreamQuery(void *handle) {
    return on_stream("cuStreamQuery", handle, [&](Device &d, Stream &s) {
        if (s.capture) {
            s.capture->broken = true;
            return kCaptureUnsupported;
        }
        // Who asks again and again must be answered one day.
        if (!s.queue.empty()) {
            Work w = std::move(s.queue.front());
            s.queue.pop_front();
            w();
            if (d.lost) return static_cast<Result>(d.lost);
        }
        return s.queue.empty() ? kSuccess : kNotReady;
    });
}
API cuStreamWaitEvent(void *handle, void *event, unsigned) {
    return on_stream("cuStreamWaitEvent", handle, [&](Device &d, Stream &s) {
        Event *e = static_cast<Event *>(event);
        if (!d.events.contains(e)) return static_cast<int>(kInvalidHandle);
        std::shared_ptr<Record> r = e->record;
        if (!r) return static_cast<int>(kSuccess);  // never recorded: nothing to wait for
        if (r->capture) {                           // the stream joins the capture
            if (s.capture && s.capture != r->capture) return static_cast<int>(kCaptureUnsupported);
            s.capture = r->capture;
            return static_cast<int>(kSuccess);
        }
        return d.submit(s, [&d, r] { reach(d, r); });
    });
}

API cuEventCreate(void **out, unsigned flags) {
    return call("cuEventCreate", kContext, [&](Device &d) {
        Event *e = new Event;
        e->timed = !(flags & 2);
        d.events.insert(e);
        *out = e;
        return kSuccess;
    });
}
API cuEventDestroy_v2(void *handle) {
    return call("cuEventDestroy", kContext, [&](Device &d) {
        Event *e = static_cast<Event *>(handle);
        if (!d.events.erase(e)) return kInvalidHandle;
        delete e;
        return kSuccess;
    });
}
API cuEventRecord(void *handle, void *stream) {
    return on_event("cuEventRecord", handle, [&](Device &d, Event &e) {
        Stream *s = d.stream(stream);
        if (!s) return static_cast<int>(kInvalidHandle);
        auto r = std::make_shared<Record>();
        r->stream = s;
        e.record = r;
        if (s->capture) {
            r->capture = s->capture;
            return static_cast<int>(kSuccess);
        }
        return d.submit(*s, [r] {
            r->done = true;
            r->at = now();
        });
    });
}
API cuEventSynchronize(void *handle) {
    return on_event("cuEventSynchronize", handle, [&](Device &d, Event &e) {
        if (e.record && e.record->capture) return static_cast<int>(kCaptureUnsupported);
        reach(d, e.record);
        return d.lost;
    });
}
API cuEventQuery(void *handle) {
    return on_event("cuEventQuery", handle, [&](Device &d, Event &e) {
        if (!e.record || e.record->done) return static_cast<int>(kSuccess);
        if (e.record->stream && !e.record->stream->queue.empty()) {
            Work w = std::move(e.record->stream->queue.front());
            e.record->stream->queue.pop_front();
            w();
        }
        if (d.lost) return d.lost;
        return static_cast<int>(e.record->done ? kSuccess : kNotReady);
    });
}
API cuEventElapsedTime(float *milliseconds, void *from, void *to) {
    return on_event("cuEventElapsedTime", from, [&](Device &d, Event &first) {
        Event *second = static_cast<Event *>(to);
        if (!d.events.contains(second) || !first.timed || !second->timed || !first.record ||
            !second->record)
            return kInvalidHandle;
        if (!first.record->done || !second->record->done) return kNotReady;
        *milliseconds = static_cast<float>(second->record->at - first.record->at);
        return kSuccess;
    });
}
API cuEventElapsedTime_v2(float *milliseconds, void *from, void *to) {
    return cuEventElapsedTime(milliseconds, from, to);
}
