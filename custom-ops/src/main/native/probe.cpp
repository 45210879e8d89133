// What the machine itself can do, for benchmarks to set their figures beside: reading memory, and
// multiplying in registers. One thread each: the caller starts as many as it wants to measure.
#include <cstdint>
#include <cstring>

#include "cpu.hpp"
#include "step3_ops.h"

#if defined(STEP3_X86_TIERS)
#include <immintrin.h>
#endif

namespace step3 {
namespace {

constexpr int kAccumulators = 16;  // two multiply-adds a cycle, each four or five cycles long
constexpr int64_t kLine = 64;
constexpr int64_t kPage = 4096;

// Sums of several streams read side by side: the prefetcher of each starts anew at every page.
template <int Streams>
int64_t read_plain(const uint8_t *data, int64_t bytes) {
    int64_t each = bytes / Streams / kPage * kPage;
    uint64_t sums[Streams][4] = {};
    for (int64_t i = 0; i < each; i += kLine / 2) {
        for (int s = 0; s < Streams; s++) {
            uint64_t words[4];
            std::memcpy(words, data + s * each + i, sizeof words);
            for (int j = 0; j < 4; j++) sums[s][j] += words[j];
        }
    }
    uint64_t sum = 0;
    for (auto &stream : sums) {
        for (uint64_t word : stream) sum += word;
    }
    return static_cast<int64_t>(sum);
}

int64_t multiply_plain(int64_t rounds, float *result) {
    constexpr int lanes = 4;
    float sums[kAccumulators * lanes] = {};
    for (int64_t i = 0; i < rounds; i++) {
        for (float &sum : sums) sum = sum * 0.999f + 0.001f;
    }
    *result = 0;
    for (float sum : sums) *result += sum;
    return rounds * kAccumulators * lanes * 2;
}

#if defined(STEP3_X86_TIERS)

template <int Streams>
__attribute__((target("avx2"))) int64_t read_avx2(const uint8_t *data, int64_t bytes) {
    int64_t each = bytes / Streams / kPage * kPage;
    __m256i sums[Streams][2];
    for (auto &stream : sums) stream[0] = stream[1] = _mm256_setzero_si256();
    for (int64_t i = 0; i < each; i += kLine) {
        for (int s = 0; s < Streams; s++) {
            auto *at = reinterpret_cast<const __m256i *>(data + s * each + i);
            sums[s][0] = _mm256_add_epi64(sums[s][0], _mm256_loadu_si256(at));
            sums[s][1] = _mm256_add_epi64(sums[s][1], _mm256_loadu_si256(at + 1));
        }
    }
    __m256i sum = _mm256_setzero_si256();
    for (auto &stream : sums) {
        sum = _mm256_add_epi64(sum, _mm256_add_epi64(stream[0], stream[1]));
    }
    int64_t words[4];
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(words), sum);
    return words[0] + words[1] + words[2] + words[3];
}

__attribute__((target("avx2,fma"))) int64_t multiply_avx2(int64_t rounds, float *result) {
    constexpr int accumulators = 12;  // of sixteen registers
    __m256 sums[accumulators];
    for (auto &sum : sums) sum = _mm256_setzero_ps();
    __m256 factor = _mm256_set1_ps(0.999f), term = _mm256_set1_ps(0.001f);
    for (int64_t i = 0; i < rounds; i++) {
        for (auto &sum : sums) sum = _mm256_fmadd_ps(sum, factor, term);
    }
    *result = 0;
    for (auto &sum : sums) *result += _mm256_cvtss_f32(sum);
    return rounds * accumulators * 8 * 2;
}

__attribute__((target("avx512f"))) int64_t multiply_avx512(int64_t rounds, float *result) {
    __m512 sums[kAccumulators];
    for (auto &sum : sums) sum = _mm512_setzero_ps();
    __m512 factor = _mm512_set1_ps(0.999f), term = _mm512_set1_ps(0.001f);
    for (int64_t i = 0; i < rounds; i++) {
        for (auto &sum : sums) sum = _mm512_fmadd_ps(sum, factor, term);
    }
    *result = 0;
    for (auto &sum : sums) *result += _mm512_cvtss_f32(sum);
    return rounds * kAccumulators * 16 * 2;
}

#endif

}  // namespace
}  // namespace step3

int64_t step3_probe_read(const void *data, int64_t bytes, int64_t streams) {
    auto *at = static_cast<const uint8_t *>(data);
#if defined(STEP3_X86_TIERS)
    if (step3::cpu_tier() >= STEP3_TIER_AVX2) {
        return streams == 1 ? step3::read_avx2<1>(at, bytes) : step3::read_avx2<4>(at, bytes);
    }
#endif
    return streams == 1 ? step3::read_plain<1>(at, bytes) : step3::read_plain<4>(at, bytes);
}

int64_t step3_probe_multiply(int64_t rounds, float *result) {
#if defined(STEP3_X86_TIERS)
    if (step3::cpu_tier() >= STEP3_TIER_AVX512) return step3::multiply_avx512(rounds, result);
    if (step3::cpu_tier() >= STEP3_TIER_AVX2) return step3::multiply_avx2(rounds, result);
#endif
    return step3::multiply_plain(rounds, result);
}
