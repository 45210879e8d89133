// Device memory, page-locked host memory, copies, fills.
#include <algorithm>

#include "device.hpp"

using namespace emulated;

namespace {

template <class T>
T *at(uint64_t address) {
    return reinterpret_cast<T *>(address);
}
uint64_t address_of(const void *p) {
    return reinterpret_cast<uint64_t>(p);
}

bool is_locked(Device &d, const void *p, uint64_t bytes) {
    uint64_t begin = address_of(p);
    Allocation *a = d.memory.find(begin, bytes);
    if (a && a->pinned) return true;
    auto next = d.registered.upper_bound(begin);
    if (next == d.registered.begin()) return false;
    --next;
    return begin + bytes <= next->first + next->second;
}
// Of device memory, for a copy: null, with a report, if it is not there.
Allocation *place(Device &d, const char *what, uint64_t address, uint64_t bytes) {
    Allocation *a = d.memory.find(address, bytes);
    if (!a)
        d.report(std::string(what) + " of " + std::to_string(bytes) +
                 " bytes: " + d.memory.describe(address));
    return a;
}

int allocate(Device &d, uint64_t *out, uint64_t bytes) {
    if (!bytes || !out) return kInvalidValue;
    if (d.capturing()) return kCaptureUnsupported;
    d.allocations++;
    if (d.settings.fail_allocation > 0 && --d.settings.fail_allocation == 0) return kOutOfMemory;
    uint64_t rounded =
        (bytes + DeviceMemory::kGranule - 1) / DeviceMemory::kGranule * DeviceMemory::kGranule;
    if (d.memory.used() + rounded > d.settings.memory || rounded < bytes) return kOutOfMemory;
    *out = d.memory.allocate(bytes);
    return *out ? kSuccess : kOutOfMemory;
}

int to_device(Device &d, Stream &s, uint64_t to, const void *from, uint64_t bytes) {
    if (!bytes) return kSuccess;
    if (!from || !place(d, "a copy to the device", to, bytes)) return kInvalidValue;
    d.calls["bytes_to_device"] += bytes;
    auto copied = [&d, to, bytes](const void *source) {
        Allocation *a = d.memory.find(to, bytes);
        if (!a) {
            d.lose(kIllegalAddress, "a copy to device memory that has been freed");
            return;
        }
        memcpy(at<void>(to), source, bytes);
        a->overwrite(to, bytes);
    };
    // Page-locked memory is read when the stream comes to it, and so is what a graph copies; other
    // memory before the call returns.
    if (is_locked(d, from, bytes) || s.capture) return d.submit(s, [=] { copied(from); });
    const unsigned char *p = static_cast<const unsigned char *>(from);
    if (s.queue.empty() && d.settings.streams != Settings::kRandom) {  // nothing to wait for
        copied(p);
        return d.lost;
    }
    auto staged = std::make_shared<std::vector<unsigned char>>(p, p + bytes);
    return d.submit(s, [=] { copied(staged->data()); });
}
int to_host(Device &d, Stream &s, void *to, uint64_t from, uint64_t bytes) {
    if (!bytes) return kSuccess;
    if (!to || !place(d, "a copy from the device", from, bytes)) return kInvalidValue;
    d.calls["bytes_to_host"] += bytes;
    int result = d.submit(s, [&d, to, from, bytes] {
        if (!d.memory.find(from, bytes)) {
            d.lose(kIllegalAddress, "a copy from device memory that has been freed");
            return;
        }
        memcpy(to, at<void>(from), bytes);
    });
    // To memory that is not page-locked the call returns when it is done.
    if (result == kSuccess && !s.capture && !is_locked(d, to, bytes)) {
        d.drain(s);
        return d.lost;
    }
    return result;
}
int within(Device &d, Stream &s, uint64_t to, uint64_t from, uint64_t bytes) {
    if (!bytes) return kSuccess;
    if (!place(d, "a copy on the device", from, bytes) ||
        !place(d, "a copy on the device", to, bytes))
        return kInvalidValue;
    d.calls["bytes_on_device"] += bytes;
    return d.submit(s, [&d, to, from, bytes] {
        Allocation *source = d.memory.find(from, bytes), *target = d.memory.find(to, bytes);
        if (!source || !target) {
            d.lose(kIllegalAddress, "a copy of device memory that has been freed");
            return;
        }
        memmove(at<void>(to), at<void>(from), bytes);
        target->copy_written(to, *source, from, bytes);
    });
}
template <class T>
int fill(Device &d, Stream &s, uint64_t to, T value, uint64_t count) {
    uint64_t bytes = count * sizeof(T);
    if (!bytes) return kSuccess;
    if (to % sizeof(T) || !place(d, "a fill", to, bytes)) return kInvalidValue;
    return d.submit(s, [&d, to, value, count, bytes] {
        Allocation *a = d.memory.find(to, bytes);
        if (!a) {
            d.lose(kIllegalAddress, "a fill of device memory that has been freed");
            return;
        }
        std::fill_n(at<T>(to), count, value);
        a->overwrite(to, bytes);
    });
}
int on_stream(const char *function, void *handle,
              const std::function<int(Device &, Stream &)> &body) {
    return call(function, kContext, [&](Device &d) {
        Stream *s = d.stream(handle);
        return s ? body(d, *s) : static_cast<int>(kInvalidHandle);
    });
}
// Calls without a stream come after all that was given before.
int at_once(const char *function, const std::function<int(Device &, Stream &)> &body) {
    return call(function, kContext, [&](Device &d) {
        d.drain_all();
        int result = body(d, d.standard);
        d.drain_all();
        return d.lost ? d.lost : result;
    });
}

}  // namespace

API cuMemGetInfo_v2(size_t *free_bytes, size_t *total) {
    return call("cuMemGetInfo", kContext, [&](Device &d) {
        *total = d.settings.memory;
        *free_bytes = *total > d.memory.used() ? *total - d.memory.used() : 0;
        return kSuccess;
    });
}
API cuMemAlloc_v2(uint64_t *out, size_t bytes) {
    return call("cuMemAlloc", kContext, [&](Device &d) { return allocate(d, out, bytes); });
}
API cuMemFree_v2(uint64_t address) {
    return call("cuMemFree", kContext, [&](Device &d) {
        if (!address) return static_cast<int>(kSuccess);
        if (d.capturing()) return static_cast<int>(kCaptureUnsupported);
        d.drain_all();
        if (d.memory.release(address, false)) return d.lost;
        d.report("cuMemFree: " + d.memory.describe(address));
        return static_cast<int>(kInvalidValue);
    });
}
API cuMemAllocAsync(uint64_t *out, size_t bytes, void *stream) {
    return on_stream("cuMemAllocAsync", stream,
                     [&](Device &d, Stream &) { return allocate(d, out, bytes); });
}
API cuMemFreeAsync(uint64_t address, void *stream) {
    return on_stream("cuMemFreeAsync", stream, [&](Device &d, Stream &s) {
        if (!d.memory.find(address, 1)) return static_cast<int>(kInvalidValue);
        return d.submit(s, [&d, address] {
            if (!d.memory.release(address, false))
                d.lose(kInvalidValue, "cuMemFreeAsync of memory that has been freed");
        });
    });
}
API cuMemHostAlloc(void **out, size_t bytes, unsigned) {
    return call("cuMemHostAlloc", kContext, [&](Device &d) {
        if (!bytes) return kInvalidValue;
        uint64_t p = d.memory.allocate_pinned(bytes);
        if (!p) return kOutOfMemory;
        *out = at<void>(p);
        return kSuccess;
    });
}
API cuMemAllocHost_v2(void **out, size_t bytes) {
    return cuMemHostAlloc(out, bytes, 0);
}
API cuMemFreeHost(void *p) {
    return call("cuMemFreeHost", kContext, [&](Device &d) {
        d.drain_all();
        return d.memory.release(address_of(p), true) ? d.lost : static_cast<int>(kInvalidValue);
    });
}
API cuMemHostGetDevicePointer_v2(uint64_t *out, void *p, unsigned) {
    return call("cuMemHostGetDevicePointer", kContext, [&](Device &d) {
        Allocation *a = d.memory.find(address_of(p), 1);
        if (!a || !a->pinned) return kInvalidValue;
        *out = address_of(p);
        return kSuccess;
    });
}
API cuMemHostRegister_v2(void *p, size_t bytes, unsigned) {
    return call("cuMemHostRegister", kContext, [&](Device &d) {
        if (!p || !bytes) return kInvalidValue;
        if (is_locked(d, p, 1)) return kHostMemoryAlreadyRegistered;
        d.registered[address_of(p)] = bytes;
        return kSuccess;
    });
}
API cuMemHostUnregister(void *p) {
    return call("cuMemHostUnregister", kContext, [&](Device &d) {
        d.drain_all();
        return d.registered.erase(address_of(p)) ? kSuccess : kHostMemoryNotRegistered;
    });
}

API cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, void *stream) {
    return on_stream("cuMemcpyHtoDAsync", stream,
                     [&](Device &d, Stream &s) { return to_device(d, s, to, from, bytes); });
}
API cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, void *stream) {
    return on_stream("cuMemcpyDtoHAsync", stream,
                     [&](Device &d, Stream &s) { return to_host(d, s, to, from, bytes); });
}
API cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void *stream) {
    return on_stream("cuMemcpyDtoDAsync", stream,
                     [&](Device &d, Stream &s) { return within(d, s, to, from, bytes); });
}
API cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t bytes) {
    return at_once("cuMemcpyHtoD",
                   [&](Device &d, Stream &s) { return to_device(d, s, to, from, bytes); });
}
API cuMemcpyDtoH_v2(void *to, uint64_t from, size_t bytes) {
    return at_once("cuMemcpyDtoH",
                   [&](Device &d, Stream &s) { return to_host(d, s, to, from, bytes); });
}
API cuMemcpyDtoD_v2(uint64_t to, uint64_t from, size_t bytes) {
    return at_once("cuMemcpyDtoD",
                   [&](Device &d, Stream &s) { return within(d, s, to, from, bytes); });
}
API cuMemsetD8Async(uint64_t to, unsigned char value, size_t count, void *stream) {
    return on_stream("cuMemsetD8Async", stream,
                     [&](Device &d, Stream &s) { return fill(d, s, to, value, count); });
}
API cuMemsetD16Async(uint64_t to, unsigned short value, size_t count, void *stream) {
    return on_stream("cuMemsetD16Async", stream,
                     [&](Device &d, Stream &s) { return fill(d, s, to, value, count); });
}
API cuMemsetD32Async(uint64_t to, unsigned value, size_t count, void *stream) {
    return on_stream("cuMemsetD32Async", stream,
                     [&](Device &d, Stream &s) { return fill(d, s, to, value, count); });
}
API cuMemsetD8_v2(uint64_t to, unsigned char value, size_t count) {
    return at_once("cuMemsetD8",
                   [&](Device &d, Stream &s) { return fill(d, s, to, value, count); });
}
API cuMemsetD32_v2(uint64_t to, unsigned value, size_t count) {
    return at_once("cuMemsetD32",
                   [&](Device &d, Stream &s) { return fill(d, s, to, value, count); });
}
