#include "cpu.hpp"

#include <cstdint>
#include <cstdio>
#include <set>
#include <thread>
#include <utility>

#include "step3_ops.h"

#if defined(__linux__)
#include <sched.h>
#endif
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace step3 {

#if defined(__x86_64__)

// The bits are those of Intel's Software Developer's Manual, volume 2, CPUID.
int cpu_tier() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return STEP3_TIER_SCALAR;
    auto bit = [](unsigned word, int i) { return (word >> i & 1) != 0; };
    bool fma = bit(c, 12), os_saves = bit(c, 27), f16c = bit(c, 29);
    if (!fma || !os_saves || !f16c) return STEP3_TIER_SCALAR;

    // Also the operating system must save the registers: XCR0 says which.
    uint32_t low = 0, high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    constexpr uint32_t ymm = 0x6, zmm = 0xe6;
    if ((low & ymm) != ymm) return STEP3_TIER_SCALAR;

    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return STEP3_TIER_SCALAR;
    bool avx2 = bit(b, 5), vbmi = bit(c, 1);
    bool avx512 = bit(b, 16) && bit(b, 17) && bit(b, 30) && bit(b, 31);  // F, DQ, BW, VL
    if (!avx2) return STEP3_TIER_SCALAR;
    if (!avx512 || (low & zmm) != zmm) return STEP3_TIER_AVX2;
    return vbmi ? STEP3_TIER_AVX512_VBMI : STEP3_TIER_AVX512;
}

#else

int cpu_tier() { return STEP3_TIER_SCALAR; }

#endif

#if defined(__linux__)

static int topology(int cpu, const char *name) {
    char path[96];
    std::snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/%s", cpu, name);
    int value = -1;
    if (std::FILE *file = std::fopen(path, "r")) {
        if (std::fscanf(file, "%d", &value) != 1) value = -1;
        std::fclose(file);
    }
    return value;
}

static int cores_of_topology() {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 0;
    std::set<std::pair<int, int>> cores;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &allowed)) continue;
        int package = topology(cpu, "physical_package_id");
        int core = topology(cpu, "core_id");
        if (core < 0) return 0;
        cores.emplace(package, core);
    }
    return static_cast<int>(cores.size());
}

#else

static int cores_of_topology() { return 0; }

#endif

int physical_cores() {
    int cores = cores_of_topology();
    if (cores == 0) cores = static_cast<int>(std::thread::hardware_concurrency());
    return cores > 0 ? cores : 1;
}

}  // namespace step3
