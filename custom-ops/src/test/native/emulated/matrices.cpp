// ldmatrix and mma.sync: the lanes of a warp hold the parts of small matrices.
#include <algorithm>

#include "addresses.hpp"
#include "builder.hpp"
#include "numbers.hpp"

namespace emulated {
namespace {

// Matrix m has its eight rows of 16 bytes where lanes 8 m to 8 m + 7 say. Lane l receives the
// numbers 2 (l % 4) and 2 (l % 4) + 1 of row l / 4, or of column l / 4 of a transposed one.
void load_matrices(Warp &w, const Instruction &i) {  // flags: matrices; 8: transposed
    uint32_t count = i.flags & 7;
    bool transposed = i.flags & 8;
    Addresses a(w, i, static_cast<int>(count), true);
    SharedMemory &shared = w.block->shared;
    uint32_t result[4][kLanes];
    for (uint32_t m = 0; m < count; m++) {
        uint16_t rows[8][8];
        for (uint32_t r = 0; r < 8; r++) {
            int lane = static_cast<int>(8 * m + r);
            if (a.of[lane] % 16)
                w.fail("ldmatrix from an address that is not aligned to 16 bytes", lane, 716);
            shared.read(w, lane, a.of[lane], 16, true);
            memcpy(rows[r], shared.data() + a.of[lane], 16);
        }
        // Eight rows pass at once if they lie in different groups of four banks; the same row
        // counts once.
        uint32_t in_group[8] = {}, most = 1;
        for (uint32_t r = 0; r < 8; r++) {
            bool again = false;
            for (uint32_t q = 0; q < r; q++) again |= a.of[8 * m + q] == a.of[8 * m + r];
            if (!again) most = std::max(most, ++in_group[a.of[8 * m + r] >> 4 & 7]);
        }
        w.block->counters.shared_accesses++;
        w.block->counters.bank_conflicts += most - 1;
        for (int l = 0; l < kLanes; l++) {
            int g = l / 4, t = l % 4;
            uint32_t low = transposed ? rows[2 * t][g] : rows[g][2 * t];
            uint32_t high = transposed ? rows[2 * t + 1][g] : rows[g][2 * t + 1];
            result[m][l] = high << 16 | low;
        }
    }
    for (uint32_t m = 0; m < count; m++)
        memcpy(w.row<uint32_t>(i.at[m]), result[m], sizeof result[m]);
}
bool ldmatrix(Builder &b, const Statement &s) {
    b.expect_operands(2, 2);
    if (!s.has("m8n8") || s.type() != Type::kB16 || s.operands[0].kind != Operand::kVector)
        return false;
    size_t count = s.has("x4") ? 4 : s.has("x2") ? 2 : 1;
    if (s.operands[0].parts.size() != count) s.refuse("a vector of another length");
    b.now().run = load_matrices;
    b.now().flow = Flow::kCollective;
    b.now().whole_warp = true;
    b.now().flags = static_cast<uint32_t>(count) | (s.has("trans") ? 8u : 0u);
    for (const Operand &o : s.operands[0].parts) b.write(o, 32);
    b.address(s.operands[1], 32);
    return true;
}

enum Numbers : uint32_t { kF16, kBf16, kE4m3 };

// The numbers of a register, lane after lane: with eight rows (or columns) to a fragment and four
// lanes to a row, this is the fragment itself, row after row.
template <uint32_t kNumbers, int kCount>
void widen(const uint32_t *row, float (&to)[kCount]) {
    if constexpr (kNumbers == kE4m3) {
        uint8_t bytes[kCount];
        memcpy(bytes, row, sizeof bytes);
        for (int k = 0; k < kCount; k++) to[k] = from_e4m3(bytes[k]);
    } else {
        uint16_t halves[kCount];
        memcpy(halves, row, sizeof halves);
        for (int k = 0; k < kCount; k++)
            to[k] = kNumbers == kF16 ? from_f16(halves[k]) : from_bf16(halves[k]);
    }
}

// d = a b + c for 16 x K, K x 8 and 16 x 8. With g = lane / 4, t = lane % 4 and n numbers in a
// register (PTX ISA, mma.m16n8k16 and mma.m16n8k32): registers 0 to 3 of a hold rows g, g + 8, g, g
// + 8 and columns n t to n t + n - 1, the last two 4 n further; those of b column g and rows n t
// .., the second 4 n further; those of c and d rows g, g, g + 8, g + 8 and columns 2 t, 2 t + 1.
// Products are exact and are summed in double; the sum is rounded once.
template <uint32_t kNumbers, int kDepth>
void multiply(Warp &w, const Instruction &i) {
    using Row = double __attribute__((vector_size(64)));  // the eight columns
    constexpr int n = kNumbers == kE4m3 ? 4 : 2, width = 4 * n, halves = kDepth / width,
                  a_registers = 2 * halves;
    alignas(64) float a[16][kDepth], part[8 * width];
    alignas(64) double b[kDepth][8], d[16][8];
    for (int r = 0; r < a_registers; r++) {
        widen<kNumbers>(w.row<uint32_t>(i.at[static_cast<size_t>(4 + r)]), part);
        for (int g = 0; g < 8; g++)
            memcpy(&a[g + 8 * (r % 2)][width * (r / 2)], &part[width * g], width * sizeof(float));
    }
    for (int r = 0; r < halves; r++) {
        widen<kNumbers>(w.row<uint32_t>(i.at[static_cast<size_t>(4 + a_registers + r)]), part);
        for (int k = 0; k < width; k++) {
            for (int g = 0; g < 8; g++)
                b[width * r + k][g] = static_cast<double>(part[width * g + k]);
        }
    }
    for (int r = 0; r < 4; r++) {
        const float *c = w.row<float>(i.at[static_cast<size_t>(4 + a_registers + halves + r)]);
        for (int g = 0; g < 8; g++) {
            for (int t = 0; t < 4; t++)
                d[g + r / 2 * 8][2 * t + r % 2] = static_cast<double>(c[4 * g + t]);
        }
    }
    Row sums[16] = {};
    for (int k = 0; k < kDepth; k++) {
        Row column;
        memcpy(&column, b[k], sizeof column);
#pragma GCC unroll 16
        for (int row = 0; row < 16; row++) sums[row] += static_cast<double>(a[row][k]) * column;
    }
    for (int row = 0; row < 16; row++) {
        Row c;
        memcpy(&c, d[row], sizeof c);
        c += sums[row];
        memcpy(d[row], &c, sizeof c);
    }
    for (int r = 0; r < 4; r++) {
        float *to = w.row<float>(i.at[static_cast<size_t>(r)]);
        for (int g = 0; g < 8; g++) {
            for (int t = 0; t < 4; t++)
                to[4 * g + t] = static_cast<float>(d[g + r / 2 * 8][2 * t + r % 2]);
        }
    }
}
bool mma(Builder &b, const Statement &s) {
    b.expect_operands(4, 4);
    bool f32 = s.types.size() == 4 && s.types[0] == Type::kF32 && s.types[3] == Type::kF32 &&
               s.types[1] == s.types[2];
    if (!f32 || !s.has("row") || !s.has("col")) return false;
    Type type = s.types[1];
    size_t a_registers = 4;
    if (s.has("m16n8k16") && type == Type::kF16)
        b.now().run = multiply<kF16, 16>;
    else if (s.has("m16n8k16") && type == Type::kBf16)
        b.now().run = multiply<kBf16, 16>;
    else if (s.has("m16n8k32") && type == Type::kE4m3)
        b.now().run = multiply<kE4m3, 32>;
    else if (s.has("m16n8k8") && type == Type::kF16)
        b.now().run = multiply<kF16, 8>, a_registers = 2;
    else if (s.has("m16n8k8") && type == Type::kBf16)
        b.now().run = multiply<kBf16, 8>, a_registers = 2;
    else
        return false;
    b.now().flow = Flow::kCollective;
    b.now().whole_warp = true;
    const size_t sizes[4] = {4, a_registers, a_registers / 2, 4};
    for (size_t k = 0; k < 4; k++) {
        const Operand &o = s.operands[k];
        if (o.kind != Operand::kVector || o.parts.size() != sizes[k])
            s.refuse("a fragment of another length");
        for (const Operand &p : o.parts) {
            if (k == 0)
                b.write(p, 32);
            else
                b.read(p, 32);
        }
    }
    return true;
}

}  // namespace

void add_matrices(Decoders &d) {
    d.insert({"ldmatrix", ldmatrix});
    d.insert({"mma", mma});
}

}  // namespace emulated
