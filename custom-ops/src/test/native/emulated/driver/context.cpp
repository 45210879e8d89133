// cuInit, the driver's version, devices and their attributes, the primary context.
#include <algorithm>
#include <cstdio>

#include "device.hpp"

using namespace emulated;

namespace {

bool attribute(const Settings &s, int which, int &value) {
    switch (which) {
        case 1:
        case 2:
        case 3:
            value = 1024;
            break;  // threads of a block, in x, in y
        case 4:
            value = 64;
            break;  // in z
        case 5:
            value = 0x7fffffff;
            break;  // blocks of a grid in x
        case 6:
        case 7:
            value = 65535;
            break;
        case 8:
            value = 48 * 1024;
            break;  // shared memory of a block without opting in
        case 9:
            value = 64 * 1024;
            break;  // constant memory
        case 10:
            value = kLanes;
            break;
        case 11:
            value = 0x7fffffff;
            break;  // pitch
        case 12:
        case 82:
            value = 65536;
            break;  // registers
        case 13:
            value = 1'755'000;
            break;  // clock in kHz
        case 16:
            value = s.multiprocessors;
            break;
        case 17:
        case 18:
        case 20:
        case 32:
        case 83:
            value = 0;
            break;  // timeout, integrated, compute mode, ECC, managed memory
        case 19:
        case 31:
        case 41:
        case 95:
        case 115:
            value = 1;
            break;  // maps host memory, concurrent kernels, one address space, cooperative launch,
                    // pools
        case 33:
        case 34:
        case 50:
            value = 0;
            break;  // PCI
        case 36:
            value = 2'619'000;
            break;  // memory clock in kHz
        case 37:
            value = 5120;
            break;  // memory bus in bits
        case 38:
            value = 50 << 20;
            break;  // L2
        case 39:
            value = s.threads_of_multiprocessor();
            break;
        case 40:
            value = 2;
            break;  // copy engines
        case 75:
            value = s.major();
            break;
        case 76:
            value = s.minor();
            break;
        case 81:
            value = static_cast<int>(s.shared_of_multiprocessor());
            break;
        case 97:
            value = static_cast<int>(s.shared_of_block());
            break;
        case 106:
            value = 32;
            break;  // blocks of a multiprocessor
        case 111:
            value = 1024;
            break;  // shared memory that the system keeps of a block
        default:
            return false;
    }
    return true;
}

}  // namespace

API cuInit(unsigned flags) {
    return call("cuInit", kNothing, [&](Device &d) {
        if (flags) return kInvalidValue;
        if (d.settings.no_driver || d.settings.devices < 1) return kNoDevice;
        d.initialized = true;
        return kSuccess;
    });
}
API cuDriverGetVersion(int *version) {
    return call("cuDriverGetVersion", kNothing, [&](Device &d) {
        *version = d.settings.driver_version;
        return kSuccess;
    });
}
API cuDeviceGetCount(int *count) {
    return call("cuDeviceGetCount", kInitialized, [&](Device &d) {
        *count = d.settings.devices;
        return kSuccess;
    });
}
API cuDeviceGet(int *out, int ordinal) {
    return call("cuDeviceGet", kInitialized, [&](Device &d) {
        if (ordinal < 0 || ordinal >= d.settings.devices) return kInvalidDevice;
        *out = ordinal;
        return kSuccess;
    });
}
API cuDeviceGetName(char *name, int length, int) {
    return call("cuDeviceGetName", kInitialized, [&](Device &d) {
        if (length < 1) return kInvalidValue;
        snprintf(name, static_cast<size_t>(length), "emulated sm_%d", d.settings.sm);
        return kSuccess;
    });
}
API cuDeviceGetUuid_v2(unsigned char *uuid, int) {
    return call("cuDeviceGetUuid", kInitialized, [&](Device &) {
        memcpy(uuid, "step3 emulated \0", 16);
        return kSuccess;
    });
}
API cuDeviceTotalMem_v2(size_t *bytes, int) {
    return call("cuDeviceTotalMem", kInitialized, [&](Device &d) {
        *bytes = d.settings.memory;
        return kSuccess;
    });
}
API cuDeviceGetAttribute(int *value, int which, int) {
    return call("cuDeviceGetAttribute", kInitialized, [&](Device &d) {
        return attribute(d.settings, which, *value) ? kSuccess : kInvalidValue;
    });
}

// There is one context, the primary one; its handle is the device.
API cuDevicePrimaryCtxRetain(void **context, int) {
    return call("cuDevicePrimaryCtxRetain", kInitialized, [&](Device &d) {
        if (d.lost) return static_cast<Result>(d.lost);
        d.contexts++;
        *context = &d;
        return kSuccess;
    });
}
API cuDevicePrimaryCtxRelease_v2(int) {
    return call("cuDevicePrimaryCtxRelease", kInitialized, [&](Device &d) {
        if (!d.contexts) return kInvalidContext;
        d.contexts--;
        return kSuccess;
    });
}
API cuDevicePrimaryCtxGetState(int, unsigned *flags, int *active) {
    return call("cuDevicePrimaryCtxGetState", kInitialized, [&](Device &d) {
        *flags = 0;
        *active = d.contexts > 0;
        return kSuccess;
    });
}
API cuCtxSetCurrent(void *context) {
    return call("cuCtxSetCurrent", kInitialized, [&](Device &d) {
        if (context && context != &d) return kInvalidContext;
        has_context() = context != nullptr;
        return kSuccess;
    });
}
API cuCtxGetCurrent(void **context) {
    return call("cuCtxGetCurrent", kInitialized, [&](Device &d) {
        *context = has_context() ? &d : nullptr;
        return kSuccess;
    });
}
API cuCtxPushCurrent_v2(void *context) {
    return cuCtxSetCurrent(context);
}
API cuCtxPopCurrent_v2(void **context) {
    return call("cuCtxPopCurrent", kInitialized, [&](Device &d) {
        if (!has_context()) return kInvalidContext;
        if (context) *context = &d;
        has_context() = false;
        return kSuccess;
    });
}
API cuCtxGetDevice(int *out) {
    return call("cuCtxGetDevice", kContext, [&](Device &) {
        *out = 0;
        return kSuccess;
    });
}
API cuCtxSynchronize() {
    return call("cuCtxSynchronize", kContext, [&](Device &d) {
        if (d.capturing()) return static_cast<int>(kCaptureUnsupported);
        d.drain_all();
        return d.lost;
    });
}
