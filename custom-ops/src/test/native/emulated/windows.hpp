// Where the state spaces lie among generic addresses. Device memory lies between kDeviceFrom and
// kDeviceTo; the others are far from all that a process maps.
#pragma once

#include <cstdint>

namespace emulated {

constexpr uint64_t kSharedWindow = 0x0fff'0000'0000'0000;
constexpr uint64_t kLocalWindow = 0x0ffe'0000'0000'0000;
constexpr uint64_t kParameterWindow = 0x0ffd'0000'0000'0000;
constexpr uint64_t kWindowBytes = uint64_t{1} << 32;

inline bool in_window(uint64_t address, uint64_t window) {
    return address - window < kWindowBytes;
}

}  // namespace emulated
