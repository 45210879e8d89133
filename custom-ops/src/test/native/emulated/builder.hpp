// Turns the operands of statements into places among a warp's registers.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "program.hpp"

namespace emulated {

class Builder {
public:
    Builder(const ModuleText &module, const FunctionText &function,
            const std::map<std::string, uint64_t> &globals);

    // The instruction that is being built, and its statement.
    Instruction &now() { return *now_; }
    const Statement &statement() const { return *statement_; }

    // Each takes the next place of the instruction. `bits` is what the instruction computes with; a
    // register must have as many.
    void write(const Operand &o, int bits);
    void read(const Operand &o, int bits);
    void write_predicate(const Operand &o);
    void read_predicate(const Operand &o);
    // The address [register + offset] in 64 bits, or in 32 for shared memory.
    void address(const Operand &o, int bits);
    // Where the next operand was put, for the mask of a collective.
    uint32_t last() const { return static_cast<uint32_t>(next_ - 1); }
    // 32 or 64: the words of the register; 32 for all else.
    int width(const Operand &o) const;
    // The value of an operand that must be a constant.
    uint64_t constant(const Operand &o) const;
    // The number of the statement that a label names.
    uint32_t label(const Operand &o) const;
    void expect_operands(size_t from, size_t to) const;

    std::unique_ptr<Program> program();

private:
    struct Reference {
        uint32_t instruction, place;
        int virtual_register;
        bool writes;
    };
    struct Virtual {
        int bits;  // 1, 32 or 64
        int preset = -1;
    };
    void refer(int virtual_register, bool writes);
    int register_named(const Operand &o, int bits, bool any_width = false);
    int preset(Preset::Kind kind, bool wide, uint64_t value);
    int special(const std::string &name, bool wide);
    uint64_t symbol(const Operand &o) const;
    void lay_out();

    const ModuleText &module_;
    const FunctionText &function_;
    const std::map<std::string, uint64_t> &globals_;
    std::unique_ptr<Program> program_ = std::make_unique<Program>();
    Instruction *now_ = nullptr;
    const Statement *statement_ = nullptr;
    size_t next_ = 0;
    std::vector<Virtual> virtuals_;
    std::map<std::string, int> named_;
    std::map<std::string, int> presets_;
    std::map<std::string, uint64_t>
        symbols_;  // of shared and local memory and parameters: generic addresses
    std::vector<Reference> references_;
    std::string dynamic_shared_;
};

// Fills in the instruction from its statement; false if the form is another decoder's.
using Decoder = bool (*)(Builder &, const Statement &);
// By the first word of the mnemonic.
using Decoders = std::multimap<std::string_view, Decoder>;

void add_arithmetic(Decoders &);
void add_halves(Decoders &);
void add_bits(Decoders &);
void add_comparisons(Decoders &);
void add_conversions(Decoders &);
void add_accesses(Decoders &);
void add_atomics(Decoders &);
void add_copies(Decoders &);
void add_collectives(Decoders &);
void add_matrices(Decoders &);
void add_control(Decoders &);

}  // namespace emulated
