// What the tuned kernels are given: one struct each, by value, fields of 8 bytes before those of 4, the whole a
// multiple of 8. The Java side writes the same bytes (io.step3.ops.gpu). Pointers are device addresses; sizes that
// change from step to step (lengths, groups of tokens) are read from device memory, so that a graph can replay
// a launch.
#pragma once

#include <stdint.h>

// Activations as the tensor cores take them: planes of 16-bit numbers, each holding what the ones before have
// lost. Two planes of f16 times a power of two for each token keep 22 bits of the largest numbers, three of bf16
// all 24.
struct Pack {
    uint16_t *planes;      // [tokens, planes, pitch]
    float *scales;         // [tokens, pitch / 128], what the planes are to be multiplied by; not of bf16
    const float *x;        // [tokens, columns]
    const float *up;       // [tokens, columns] or null: packs silu(x) * up
    int32_t tokens;
    int32_t columns;
    int32_t pitch;         // a multiple of 128; numbers from `columns` on become zero
    int32_t reserved;
};

// out[place] = W_e x[token] for every place (a token's choice of an expert), for up to two matrices of one shape
// (gate and up). A plain linear layer is one expert that has all tokens: `used`, `from` and `order` are null.
struct Linear {
    float *out[2];              // [places, rows]
    const uint8_t *weights[2];  // [experts, rows, pitch]: e4m3 codes, or bf16
    const float *scales[2];     // [experts, ceil(rows / 128), pitch / 128]; not of bf16
    const uint16_t *planes;     // [tokens, planes, pitch]: see Pack
    const float *x_scales;      // [tokens, pitch / 128]; not of bf16
    const int32_t *used;        // [most]: experts that have tokens, then -1
    const int32_t *from;        // [experts + 1]: where an expert's places begin in `order`
    const int32_t *order;       // [places]: place numbers, grouped by expert
    int32_t rows;
    int32_t pitch;              // numbers of a row, a multiple of 128 (bf16: 64)
    int32_t places;             // of all experts together
    int32_t choices;            // token = place / choices
    int32_t most;
    int32_t reserved;
};

// A row of a pass: a token's query. Rows of a sequence are neighbours. (The same struct as in plain.cuh.)
struct Row {
    const void *const *blocks;  // the sequence's KV blocks
    int32_t position;           // of the token; it sees the keys 0 to position
    int32_t format;
};

// A KV block holds 64 neighbouring tokens of all layers: for each layer 64 keys, then 64 values, of 256 f16 (or bf16)
// each: a tile that a thread block loads is one contiguous piece of it.

// Turns the lengths of sequences into the work list of mfa_decode: once a step, for all layers. Only rows that are their
// sequence's only one in this pass have work; the others are mfa_prefill's.
struct MfaPlan {
    int32_t *items;     // [rows * most_splits, 4]: row, first tile, last tile, slot (-1: the only split)
    int32_t *starts;    // [blocks + 1]: items of a block
    int32_t *slots;     // [rows + 1]: where the splits of a row begin in items, and in partial results
    int32_t *tiles;     // [rows + 1]: scratch
    const Row *rows;
    int32_t count;      // of rows
    int32_t blocks;     // of mfa_decode
    int32_t keys;       // of a tile
    int32_t split_keys;  // fewest keys of a split
    int32_t most_splits;
    int32_t reserved;
};

// Attention of rows that are alone.
struct MfaDecode {
    float *out;      // [rows, 64, 256]
    const float *q;  // [rows, 64, 256], rotated
    const Row *rows;
    const int32_t *items;  // of MfaPlan
    const int32_t *starts;
    float *partial;        // [slots, 64, 256]
    float *logs;           // [slots, 64]: log2 of the sum of weights
    int64_t layer_offset;  // bytes from the start of a KV block
    float scale;
    int32_t reserved;
};

// Joins the splits of each row and head.
struct MfaCombine {
    float *out;
    const float *partial;
    const float *logs;
    const int32_t *slots;  // of MfaPlan
};

// Attention of the rows of prompts.
struct MfaPrefill {
    float *out;      // [rows, 64, 256]
    const float *q;  // [rows, 64, 256], rotated
    const Row *rows;
    int64_t layer_offset;
    int32_t count;  // of rows
    float scale;
};

// Groups the choices of tokens by expert.
struct GroupPlaces {
    int32_t *used;       // [most]: experts that somebody chose, in their order, then -1
    int32_t *from;       // [experts + 1]
    int32_t *order;      // [places]: of an expert's places the lower ones first
    const int32_t *ids;  // [places]
    void *fault;         // of plain.cuh: told of an expert that does not exist; its place has no answer
    int32_t places;
    int32_t experts;     // at most 1024
    int32_t most;
    int32_t reserved;
};

// A linear layer with few outputs.
struct NarrowLinear {
    float *out;              // [tokens, rows]
    const float *x;          // [tokens, columns]
    const uint8_t *weights;  // [rows, pitch]
    int64_t pitch;           // bytes from row to row; behind the columns zeros
    int32_t rows;
    int32_t columns;
    int32_t tokens;
    int32_t reserved;
};

// Products of 16 x 16 and 16 x 8 numbers, again and again: eight a round of each of a block's eight warps.
struct ProductRate {
    float *out;               // [blocks, 256]: each lane's sum
    const uint32_t *numbers;  // [32, 20]: pairs of f16 or bf16, a lane's four of the left side, then two of each right
    int32_t rounds;
    int32_t reserved;
};
