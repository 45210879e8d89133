// All inline assembly of the kernels, and what the compiler offers under other names: each instruction is one
// function, named for what it does, with the section of the PTX ISA that defines it. Warp functions are called by
// all 32 lanes. Nothing here depends on __CUDA_ARCH__: what runs on the emulated device is what every cubin was
// made from; all of it exists from sm_80 on.
#pragma once

#include <stdint.h>

#define DEVICE __device__ __forceinline__
#define UNROLL _Pragma("unroll")
#define ROLLED _Pragma("unroll 1")

// KERNEL(name, Arguments, threads, blocks on a multiprocessor) { body, which sees `a` }
#define KERNEL(name, Arguments, threads, blocks) \
    extern "C" __global__ void __launch_bounds__(threads, blocks) name(const __grid_constant__ Arguments a)

struct alignas(16) Bytes16 {
    uint32_t x, y, z, w;
};

DEVICE int lane_id() { return static_cast<int>(threadIdx.x & 31); }
DEVICE int warp_id() { return static_cast<int>(threadIdx.x >> 5); }
DEVICE int thread_id() { return static_cast<int>(threadIdx.x); }
DEVICE int block_x() { return static_cast<int>(blockIdx.x); }
DEVICE int block_y() { return static_cast<int>(blockIdx.y); }
DEVICE int block_z() { return static_cast<int>(blockIdx.z); }

// The one dynamic shared block of a kernel.
template <class T>
DEVICE T &shared_memory() {
    extern __shared__ __align__(1024) unsigned char step3_shared[];
    return *reinterpret_cast<T *>(step3_shared);
}

DEVICE void sync_block() { __syncthreads(); }
DEVICE float shuffle_xor(float x, int mask) { return __shfl_xor_sync(0xffffffffu, x, mask); }
DEVICE int shuffle_up(int x, int by) { return __shfl_up_sync(0xffffffffu, x, by); }
DEVICE bool any_lane(bool x) { return __any_sync(0xffffffffu, x) != 0; }

// What every lane of a warp gets: the largest, or the sum in a fixed order.
DEVICE float warp_max(float x) {
    UNROLL
    for (int m = 16; m > 0; m /= 2) x = fmaxf(x, shuffle_xor(x, m));
    return x;
}
DEVICE float warp_sum(float x) {
    UNROLL
    for (int m = 16; m > 0; m /= 2) x += shuffle_xor(x, m);
    return x;
}

DEVICE uint32_t shared_address(const void *p) { return static_cast<uint32_t>(__cvta_generic_to_shared(p)); }

// cp.async: 16 bytes from global to shared memory, or 16 zeros if not valid; both aligned to 16.
DEVICE void copy_async(void *to, const void *from, bool valid) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from),
                 "r"(valid ? 16 : 0)
                 : "memory");
}
DEVICE void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// Waits for this thread's copies, but for those of its newest groups.
template <int kNewest>
DEVICE void wait_copies() {
    asm volatile("cp.async.wait_group %0;" ::"n"(kNewest) : "memory");
}

// ldmatrix: four 8x8 matrices of 16-bit numbers; lane 8 i + r names row r of matrix i. Lane (g = lane / 4,
// t = lane % 4) gets numbers 2 t and 2 t + 1 of row g of each matrix; of column g if transposed.
DEVICE void load_matrices(uint32_t (&r)[4], const void *base, uint32_t offset) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(shared_address(base) + offset)
                 : "memory");
}
DEVICE void load_matrices_transposed(uint32_t (&r)[4], const void *base, uint32_t offset) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(shared_address(base) + offset)
                 : "memory");
}

// mma.m16n8k16: d[16,8] += a[16,16] b[16,8], float32 sums. Lane (g, t) holds
//   a[0]: row g,     columns 2t, 2t+1     a[1]: row g + 8, columns 2t, 2t+1
//   a[2]: row g,     columns 2t+8, 2t+9   a[3]: row g + 8, columns 2t+8, 2t+9
//   b0:   rows 2t, 2t+1 of column g       b1:   rows 2t+8, 2t+9 of column g
//   d[0], d[1]: row g, columns 2t, 2t+1   d[2], d[3]: row g + 8, columns 2t, 2t+1
DEVICE void mma_f16(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
DEVICE void mma_bf16(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// cvt: two numbers in a register, `low` in the lower half, rounded to nearest even.
DEVICE uint32_t pack_f16(float low, float high) {
    uint32_t r;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
    return r;
}
DEVICE uint32_t pack_bf16(float low, float high) {
    uint32_t r;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
    return r;
}
DEVICE float low_f16(uint32_t pair) {
    float r;
    asm("{.reg .b16 l, h; mov.b32 {l, h}, %1; cvt.f32.f16 %0, l;}" : "=f"(r) : "r"(pair));
    return r;
}
DEVICE float high_f16(uint32_t pair) {
    float r;
    asm("{.reg .b16 l, h; mov.b32 {l, h}, %1; cvt.f32.f16 %0, h;}" : "=f"(r) : "r"(pair));
    return r;
}
DEVICE float low_bf16(uint32_t pair) { return __uint_as_float(pair << 16); }
DEVICE float high_bf16(uint32_t pair) { return __uint_as_float(pair & 0xffff0000u); }

// ld.global.nc: 16 bytes that are read once, past the L1 cache; and 16 bytes that other blocks read too. Of
// memory that nobody writes while the kernel runs.
DEVICE Bytes16 load_once(const void *p) {
    Bytes16 r;
    asm volatile("ld.global.nc.L1::no_allocate.L2::128B.v4.u32 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r.x), "=r"(r.y), "=r"(r.z), "=r"(r.w)
                 : "l"(p));
    return r;
}
DEVICE Bytes16 load_again(const void *p) {
    Bytes16 r;
    asm volatile("ld.global.nc.v4.u32 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r.x), "=r"(r.y), "=r"(r.z), "=r"(r.w)
                 : "l"(p));
    return r;
}

// ld.shared: 16 bytes, where and as often as it is written; the compiler would keep them in registers.
DEVICE Bytes16 load_shared(const void *p) {
    Bytes16 r;
    asm volatile("ld.shared.v4.u32 {%0,%1,%2,%3}, [%4];"
                 : "=r"(r.x), "=r"(r.y), "=r"(r.z), "=r"(r.w)
                 : "r"(shared_address(p))
                 : "memory");
    return r;
}

// prmt: byte i of the result is byte (selector >> 4 i) & 7 of b:a.
DEVICE uint32_t permute(uint32_t a, uint32_t b, uint32_t selector) { return __byte_perm(a, b, selector); }

// ex2 and lg2: powers and logarithms of two, within 2^-22 of the result (of 1 for logarithms near 0).
DEVICE float exp2_fast(float x) {
    float r;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(x));
    return r;
}
DEVICE float log2_fast(float x) {
    float r;
    asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(x));
    return r;
}

DEVICE float bits_to_float(uint32_t x) { return __uint_as_float(x); }
DEVICE uint32_t float_to_bits(float x) { return __float_as_uint(x); }
DEVICE float minus_infinity() { return __uint_as_float(0xff800000u); }
