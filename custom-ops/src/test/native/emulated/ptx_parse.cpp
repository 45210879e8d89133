// Reads PTX as nvcc writes it: declarations, labels, statements, blocks of inline assembly.
#include <cctype>
#include <cstring>

#include "ptx_scanner.hpp"

namespace emulated {
namespace {

struct Named {
    const char *name;
    Type type;
    int bits;
};
constexpr Named kTypes[] = {
    {"pred", Type::kPredicate, 1}, {"b8", Type::kB8, 8},          {"u8", Type::kU8, 8},
    {"s8", Type::kS8, 8},          {"b16", Type::kB16, 16},       {"u16", Type::kU16, 16},
    {"s16", Type::kS16, 16},       {"b32", Type::kB32, 32},       {"u32", Type::kU32, 32},
    {"s32", Type::kS32, 32},       {"b64", Type::kB64, 64},       {"u64", Type::kU64, 64},
    {"s64", Type::kS64, 64},       {"f16", Type::kF16, 16},       {"bf16", Type::kBf16, 16},
    {"f16x2", Type::kF16x2, 32},   {"bf16x2", Type::kBf16x2, 32}, {"e4m3", Type::kE4m3, 8},
    {"e5m2", Type::kE5m2, 8},      {"e4m3x2", Type::kE4m3x2, 16}, {"e5m2x2", Type::kE5m2x2, 16},
    {"f32", Type::kF32, 32},       {"f64", Type::kF64, 64},
};

std::vector<std::string> between_dots(const std::string &word) {
    std::vector<std::string> parts;
    size_t start = 0;
    for (size_t dot; (dot = word.find('.', start)) != std::string::npos; start = dot + 1) {
        parts.push_back(word.substr(start, dot - start));
    }
    parts.push_back(word.substr(start));
    return parts;
}

class Parser : private Scanner {
public:
    using Scanner::Scanner;

    std::vector<ModuleText> modules() {
        while (more()) {
            std::string w = word();
            if (w == ".version") modules_.emplace_back();
            if (modules_.empty()) refuse("expected .version, not " + w);
            ModuleText &m = modules_.back();
            if (w == ".version" || w == ".target" || w == ".address_size") {
                std::string value = rest_of_line();
                if (w == ".version") m.version = value;
                if (w == ".target") m.target = value;
            } else if (w == ".visible" || w == ".weak" || w == ".common") {
                external_ = false;
            } else if (w == ".extern") {
                external_ = true;
            } else if (w == ".shared") {
                m.shared.push_back(variable());
            } else if (w == ".global") {
                m.global.push_back(variable());
            } else if (w == ".const") {
                m.constant.push_back(variable());
            } else if (w == ".entry") {
                entry();
            } else if (w == ".file") {
                rest_of_line();
            } else if (w == ".section") {
                section();
            } else {
                refuse("cannot read " + w);
            }
        }
        return std::move(modules_);
    }

private:
    void section() {  // of debug information
        word();
        expect('{');
        while (at_ < text_.size() && text_[at_] != '}') next();
        expect('}');
    }

    // .align 8 .b8 name[72] = {1, 2}; up to the semicolon.
    Variable variable() {
        Variable v;
        v.external = external_;
        external_ = false;
        Type type = Type::kNone;
        std::string w;
        for (;;) {
            w = word();
            if (w == ".align") {
                v.alignment = static_cast<uint32_t>(integer());
            } else if (w[0] == '.') {
                type = type_named(w.substr(1));
                if (type == Type::kNone) refuse("cannot read " + w + " of a variable");
            } else {
                break;
            }
        }
        v.name = w;
        uint64_t size = static_cast<uint64_t>(bits_of(type)) / 8, count = 1;
        while (accept('[')) {
            if (accept(']')) {
                count = 0;
            } else {
                count *= integer();
                expect(']');
            }
        }
        v.bytes = size * count;
        if (v.alignment < size) v.alignment = static_cast<uint32_t>(size);
        if (accept('=')) initial(v, size);
        expect(';');
        return v;
    }
    void initial(Variable &v, uint64_t size) {
        bool list = accept('{');
        do {
            uint64_t n = number().number;
            for (uint64_t b = 0; b < size; b++)
                v.initial.push_back(static_cast<unsigned char>(n >> (8 * b)));
        } while (list && accept(','));
        if (list) expect('}');
        v.initial.resize(v.bytes);
    }

    void entry() {
        modules_.back().functions.emplace_back();
        function_ = &modules_.back().functions.back();
        function_->name = word();
        function_->line = line_;
        block_count_ = 0;
        if (accept('(')) parameters();
        while (!accept('{')) directive();
        block();
        for (const Statement &s : function_->statements) check_labels(s);
    }
    void parameters() {
        if (accept(')')) return;
        uint32_t end = 0;
        do {
            uint32_t alignment = 1, size = 8, count = 1;
            std::string w = word();
            if (w != ".param") refuse("expected a parameter, not " + w);
            while ((w = word())[0] == '.') {
                if (w == ".align") {
                    alignment = static_cast<uint32_t>(integer());
                } else if (w != ".ptr" && w != ".global" && w != ".shared" && w != ".const" &&
                           w != ".local") {
                    Type type = type_named(w.substr(1));
                    if (type == Type::kNone) refuse("cannot read " + w + " of a parameter");
                    size = static_cast<uint32_t>(bits_of(type)) / 8;
                }
            }
            if (accept('[')) {
                count = static_cast<uint32_t>(integer());
                expect(']');
            }
            if (alignment < size) alignment = size;
            end = (end + alignment - 1) / alignment * alignment;
            function_->parameters.push_back({w, end, size * count});
            end += size * count;
        } while (accept(','));
        expect(')');
        function_->parameter_bytes = end;
    }
    void directive() {
        std::string w = word();
        if (w == ".maxntid" || w == ".reqntid") {
            int threads = 1, n = 0;
            do {
                int size = static_cast<int>(integer());
                if (w == ".reqntid" && n < 3) function_->required_threads[n] = size;
                threads *= size;
                n++;
            } while (accept(','));
            while (w == ".reqntid" && n < 3) function_->required_threads[n++] = 1;
            function_->max_threads = threads;
        } else if (w == ".minnctapersm" || w == ".maxnreg" || w == ".maxnctapersm") {
            integer();
        } else if (w == ".pragma") {
            until(';');
        } else {
            refuse("cannot read " + w + " of a function");
        }
    }
    void block() {
        scopes_.emplace_back();
        int number = block_count_++;
        while (!accept('}')) {
            if (!more()) refuse("a block does not end");
            if (accept('{')) {
                block();
            } else if (text_[at_] == '@') {
                statement(guarded());
            } else {
                std::string w = word();
                if (w == ".reg") {
                    registers(number);
                } else if (w == ".shared") {
                    function_->shared.push_back(variable());
                } else if (w == ".local") {
                    function_->local.push_back(variable());
                } else if (w == ".pragma") {
                    until(';');
                } else if (w == ".loc") {
                    rest_of_line();
                } else if (accept(':')) {
                    label(w);
                } else {
                    statement(begun(w));
                }
            }
        }
        scopes_.pop_back();
    }
    void label(const std::string &name) {
        uint32_t place = static_cast<uint32_t>(function_->statements.size());
        if (!function_->labels.emplace(name, place).second) refuse("a second label " + name);
    }
    void registers(int number) {
        std::string w = word();
        if (w == ".v2" || w == ".v4") refuse("vector registers are not known");
        Type type = type_named(w.substr(1));
        if (type == Type::kNone) refuse("cannot read " + w + " of registers");
        do {
            std::string name = word(), unique = name;
            if (scopes_.size() > 1) unique.append(1, '#').append(std::to_string(number));
            if (accept('<')) {
                uint64_t count = integer();
                expect('>');
                for (uint64_t i = 0; i < count; i++) {
                    scopes_.back()[name + std::to_string(i)] = unique + std::to_string(i);
                    function_->registers[unique + std::to_string(i)] = type;
                }
            } else {
                scopes_.back()[name] = unique;
                function_->registers[unique] = type;
            }
        } while (accept(','));
        expect(';');
    }
    // The name that is unique in the function, or an empty one if no such name is known here.
    std::string in_scope(const std::string &name) const {
        for (size_t i = scopes_.size(); i-- > 0;) {
            auto found = scopes_[i].find(name);
            if (found != scopes_[i].end()) return found->second;
        }
        return "";
    }

    Statement begun(const std::string &mnemonic) {
        Statement s;
        s.mnemonic = mnemonic;
        s.line = line_;
        return s;
    }
    Statement guarded() {
        expect('@');
        bool negated = accept('!');
        std::string name = word(), unique = in_scope(name);
        if (unique.empty()) refuse("no register " + name);
        std::string mnemonic = word();
        Statement s = begun(mnemonic);
        s.guard = unique;
        s.guard_negated = negated;
        return s;
    }
    void statement(Statement s) {
        s.parts = between_dots(s.mnemonic);
        for (const std::string &part : s.parts) {
            Type type = type_named(part);
            if (type != Type::kNone) s.types.push_back(type);
        }
        branch_ = s.head() == "bra";
        while (!accept(';')) {
            s.operands.push_back(operand());
            if (accept('|')) s.operands.push_back(operand());
            if (!accept(',') && !(skip(), at_ < text_.size() && text_[at_] == ';')) {
                refuse("expected ; before " + nearby());
            }
        }
        function_->statements.push_back(std::move(s));
    }
    Operand operand() {
        Operand o;
        if (accept('{')) {
            o.kind = Operand::kVector;
            do o.parts.push_back(operand());
            while (accept(','));
            expect('}');
            return o;
        }
        if (accept('[')) return address();
        if (accept('!')) {
            o = operand();
            o.negated = true;
            return o;
        }
        skip();
        if (at_ < text_.size() &&
            (isdigit(static_cast<unsigned char>(text_[at_])) || text_[at_] == '-'))
            return number();
        std::string w = word(), unique = in_scope(w);
        o.name = w;
        if (w == "_") {
            o.kind = Operand::kSink;
        } else if (branch_) {
            o.kind = Operand::kLabel;
        } else if (!unique.empty()) {
            o.kind = Operand::kRegister;
            o.name = unique;
        } else if (w[0] == '%') {
            o.kind = Operand::kSpecial;
        } else {
            o.kind = Operand::kSymbol;
            if (accept('+')) o.number = integer();
        }
        return o;
    }
    Operand address() {
        Operand o;
        o.kind = Operand::kAddress;
        skip();
        if (isdigit(static_cast<unsigned char>(text_[at_]))) {
            o.number = integer();
        } else {
            std::string w = word(), unique = in_scope(w);
            o.register_base = !unique.empty();
            o.name = o.register_base ? unique : w;
            if (!o.register_base && w[0] == '%') refuse("no register " + w);
            if (accept('+')) o.number = integer();
        }
        expect(']');
        return o;
    }
    Operand number() {
        Operand o;
        skip();
        size_t after = at_ + 2;
        char mark = after <= text_.size() && text_[at_] == '0' ? text_[at_ + 1] : 0;
        if (mark == 'f' || mark == 'F' || mark == 'd' || mark == 'D') {
            std::string w = word();
            o.kind = mark == 'f' || mark == 'F' ? Operand::kFloat32 : Operand::kFloat64;
            try {
                o.number = std::stoull(w.substr(2), nullptr, 16);
            } catch (const std::logic_error &) {
                refuse("not a number: " + w);
            }
        } else {
            o.kind = Operand::kInteger;
            o.number = integer();
        }
        return o;
    }
    void check_labels(const Statement &s) const {
        for (const Operand &o : s.operands) {
            if (o.kind == Operand::kLabel && !function_->labels.contains(o.name))
                s.refuse("no label " + o.name);
        }
    }

    std::vector<ModuleText> modules_;
    FunctionText *function_ = nullptr;
    std::vector<std::map<std::string, std::string>> scopes_;
    int block_count_ = 0;
    bool external_ = false, branch_ = false;
};

}  // namespace

Type type_named(std::string_view name) {
    for (const Named &t : kTypes) {
        if (name == t.name) return t.type;
    }
    return Type::kNone;
}
int bits_of(Type type) {
    for (const Named &t : kTypes) {
        if (type == t.type) return t.bits;
    }
    return 0;
}
bool is_signed(Type type) {
    return type == Type::kS8 || type == Type::kS16 || type == Type::kS32 || type == Type::kS64;
}
bool Statement::has(std::string_view part) const {
    for (const std::string &p : parts) {
        if (p == part || (p.size() > part.size() && p.compare(0, part.size(), part) == 0 &&
                          p.compare(part.size(), 2, "::") == 0))
            return true;
    }
    return false;
}

std::vector<ModuleText> parse_ptx(std::string_view text) {
    return Parser(text).modules();
}

}  // namespace emulated
