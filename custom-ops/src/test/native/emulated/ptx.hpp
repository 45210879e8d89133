// What the text of PTX says, before it is made executable.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace emulated {

enum class Type : uint8_t {
    kNone,
    kPredicate,
    kB8,
    kU8,
    kS8,
    kB16,
    kU16,
    kS16,
    kB32,
    kU32,
    kS32,
    kB64,
    kU64,
    kS64,
    kF16,
    kBf16,
    kF16x2,
    kBf16x2,
    kE4m3,
    kE5m2,
    kE4m3x2,
    kE5m2x2,
    kF32,
    kF64,
};
Type type_named(std::string_view name);  // kNone if there is none
int bits_of(Type type);
bool is_signed(Type type);

// A text that cannot be read or uses what the emulated device does not know.
struct PtxError : std::runtime_error {
    PtxError(int at, const std::string &what)
        : std::runtime_error("PTX line " + std::to_string(at) + ": " + what), line(at) {}
    int line;
};

struct Operand {
    enum Kind : uint8_t {
        kRegister,
        kInteger,
        kFloat32,
        kFloat64,
        kSpecial,
        kSymbol,
        kLabel,
        kVector,
        kAddress,
        kSink
    };
    Kind kind = kSink;
    bool negated = false;  // of a predicate
    std::string name;      // of a register, special register, symbol or label; base of an address
    uint64_t number = 0;   // a constant's bits, or the offset of an address
    bool register_base = false;  // of an address
    std::vector<Operand> parts;  // of a vector
};

struct Statement {
    int line = 0;
    std::string guard;  // register, or empty
    bool guard_negated = false;
    std::string mnemonic;
    std::vector<std::string> parts;  // of the mnemonic, between its dots
    std::vector<Type> types;         // those among the parts
    std::vector<Operand> operands;

    const std::string &head() const { return parts.front(); }
    bool has(std::string_view part) const;
    Type type() const { return types.empty() ? Type::kNone : types.back(); }
    [[noreturn]] void refuse(const std::string &why) const {
        throw PtxError(line, mnemonic + ": " + why);
    }
};

// A variable of a module or a function, in one of the state spaces.
struct Variable {
    std::string name;
    uint64_t bytes = 0;
    uint32_t alignment = 1;
    std::vector<unsigned char> initial;  // empty if not given
    bool external = false;               // the dynamic part of shared memory
};

struct Parameter {
    std::string name;
    uint32_t offset = 0, bytes = 0;
};

struct FunctionText {
    std::string name;
    int line = 0;
    std::vector<Parameter> parameters;
    uint32_t parameter_bytes = 0;
    int max_threads = 1024;
    int required_threads[3] = {0, 0, 0};    // .reqntid, or zeros
    std::map<std::string, Type> registers;  // unique names
    std::vector<Variable> shared, local;
    std::vector<Statement> statements;
    std::map<std::string, uint32_t> labels;  // to the number of a statement
};

struct ModuleText {
    std::string version, target;
    std::vector<Variable> shared, global, constant;
    std::vector<FunctionText> functions;
};

// One module, or several texts one after another, each from its .version on. Throws PtxError.
std::vector<ModuleText> parse_ptx(std::string_view text);

}  // namespace emulated
