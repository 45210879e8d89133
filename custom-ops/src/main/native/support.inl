#pragma once

namespace step3 {
namespace {

// An exponential costs about as much as so many multiplications.
constexpr int64_t kExpCost = 16;

inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t round_up(int64_t n, int64_t to) { return ceil_div(n, to) * to; }

// A product of sizes, or INT64_MAX where it is beyond: what a job costs may be.
template <class... Factors>
inline int64_t product(int64_t first, Factors... factors) {
    const int64_t others[] = {factors...};
    for (int64_t factor : others) {
        if (__builtin_mul_overflow(first, factor, &first)) return INT64_MAX;
    }
    return first;
}

inline int64_t plus(int64_t a, int64_t b) {
    return __builtin_add_overflow(a, b, &a) ? INT64_MAX : a;
}

// Runs body(task) for each task; see parallel() in core.hpp.
template <class Body>
void for_each(Pool &pool, int64_t tasks, int64_t cost, const Body &body) {
    parallel(
        pool, tasks, cost,
        [](void *job, int64_t task) { (*static_cast<const Body *>(job))(task); },
        const_cast<Body *>(&body));
}

// Memory for the time of a call.
class Floats {
   public:
    explicit Floats(int64_t n) : data_(static_cast<float *>(allocate(n * 4))) {}
    ~Floats() { release(data_); }
    Floats(const Floats &) = delete;
    Floats &operator=(const Floats &) = delete;
    operator float *() const { return data_; }
    bool missing() const { return data_ == nullptr; }

   private:
    float *data_;
};

inline int no_memory() { return fail(STEP3_NO_MEMORY, "There is not enough memory."); }

// e^x within 2 units in the last place; 0 below -87.3, 2^127 or so above 88.3; NaN stays NaN.
// Range reduction and polynomial are those of expf in Moshier's Cephes library.
inline Vec exp(Vec x) {
    Vec clamped = min(broadcast(88.3f), max(broadcast(-88.f), x));
    // Adding 1.5 * 2^23 leaves the nearest integer in the lowest bits.
    Vec shifted = fma(clamped, broadcast(1.44269504088896341f), broadcast(0x1.8p23f));
    Vec n = shifted - broadcast(0x1.8p23f);
    Vec r = fma(n, broadcast(-0.693359375f), clamped);
    r = fma(n, broadcast(2.12194440e-4f), r);
    Vec p = broadcast(1.9875691500e-4f);
    p = fma(p, r, broadcast(1.3981999507e-3f));
    p = fma(p, r, broadcast(8.3334519073e-3f));
    p = fma(p, r, broadcast(4.1665795894e-2f));
    p = fma(p, r, broadcast(1.6666665459e-1f));
    p = fma(p, r, broadcast(5.0000001201e-1f));
    p = fma(p, r * r, r) + broadcast(1);
    Vec scaled = (Vec)((IntVec)p + ((IntVec)shifted << 23));
    Vec kept = x < broadcast(-87.3f) ? broadcast(0) : scaled;
    return x == x ? kept : x;
}

}  // namespace
}  // namespace step3
