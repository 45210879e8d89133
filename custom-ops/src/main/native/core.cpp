#include "core.hpp"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace step3 {

namespace {

thread_local char t_error[256] = "";

struct E4m3Values {
    float of[256] = {};
    constexpr E4m3Values() {
        for (int code = 0; code < 256; code++) {
            int exponent = code >> 3 & 15, fraction = code & 7;
            float value = static_cast<float>(exponent == 0 ? fraction : 8 + fraction);
            for (int e = exponent == 0 ? 1 : exponent; e < 10; e++) value /= 2;
            for (int e = exponent; e > 10; e--) value *= 2;
            if ((code & 0x7f) == 0x7f) value = __builtin_nanf("");
            of[code] = code < 128 ? value : -value;
        }
    }
};
constexpr E4m3Values kValues;

constexpr int64_t kLine = 64;

}  // namespace

const float *const kE4m3 = kValues.of;

int fail(step3_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(t_error, sizeof t_error, format, arguments);
    va_end(arguments);
    return status;
}

void *allocate(int64_t bytes) {
    if (bytes < 0 || bytes > INT64_MAX - kLine) return nullptr;
    return std::aligned_alloc(kLine, static_cast<size_t>((bytes + kLine) / kLine * kLine));
}

void release(void *memory) { std::free(memory); }

bool experts_scratch(int64_t rows, int64_t k, int64_t experts, int64_t hidden, int64_t width,
                     ExpertsScratch *scratch) {
    if (rows < 0 || k < 1 || experts < 1 || hidden < 1 || width < 1) return false;
    int64_t end = 0;
    bool fits = true;
    auto part = [&](int64_t n, int64_t m) {
        int64_t start = end, bytes;
        fits = fits && !__builtin_mul_overflow(n, m, &bytes) &&
               !__builtin_mul_overflow(bytes, 4, &bytes) &&
               !__builtin_add_overflow(bytes, kLine - 1, &bytes) &&
               !__builtin_add_overflow(start, bytes / kLine * kLine, &end);
        return start;
    };
    int64_t chosen;
    fits = !__builtin_mul_overflow(rows, k, &chosen) && chosen <= INT32_MAX && experts < INT32_MAX;
    if (!fits) return false;
    scratch->order = part(chosen, 1);
    scratch->offsets = part(experts + 1, 1);
    scratch->used = part(experts, 1);
    scratch->quantized = part(rows, hidden);
    scratch->gate = part(chosen, width);
    scratch->up = part(chosen, width);
    scratch->results = part(chosen, hidden);
    scratch->bytes = end;
    return fits;
}

}  // namespace step3

const char *step3_last_error(void) { return step3::t_error; }
