#include "builder.hpp"

#include <algorithm>

#include "windows.hpp"

namespace emulated {
namespace {

const Decoders &decoders() {
    static const Decoders all = [] {
        Decoders d;
        add_arithmetic(d);
        add_halves(d);
        add_bits(d);
        add_comparisons(d);
        add_conversions(d);
        add_accesses(d);
        add_atomics(d);
        add_copies(d);
        add_collectives(d);
        add_matrices(d);
        add_control(d);
        return d;
    }();
    return all;
}

uint64_t aligned(uint64_t at, uint64_t alignment) {
    return (at + alignment - 1) / alignment * alignment;
}

struct SpecialName {
    const char *name;
    Preset::Kind kind;
};
constexpr SpecialName kSpecials[] = {
    {"%tid.x", Preset::kThreadX},         {"%tid.y", Preset::kThreadY},
    {"%tid.z", Preset::kThreadZ},         {"%ntid.x", Preset::kSizeX},
    {"%ntid.y", Preset::kSizeY},          {"%ntid.z", Preset::kSizeZ},
    {"%ctaid.x", Preset::kBlockX},        {"%ctaid.y", Preset::kBlockY},
    {"%ctaid.z", Preset::kBlockZ},        {"%nctaid.x", Preset::kGridX},
    {"%nctaid.y", Preset::kGridY},        {"%nctaid.z", Preset::kGridZ},
    {"%laneid", Preset::kLane},           {"%warpid", Preset::kWarp},
    {"%nwarpid", Preset::kWarps},         {"%lanemask_lt", Preset::kLanesBelow},
    {"%lanemask_le", Preset::kLanesUpTo}, {"%lanemask_gt", Preset::kLanesAbove},
    {"%lanemask_ge", Preset::kLanesFrom}, {"%lanemask_eq", Preset::kOwnLane},
};

}  // namespace

Builder::Builder(const ModuleText &module, const FunctionText &function,
                 const std::map<std::string, uint64_t> &globals)
    : module_(module), function_(function), globals_(globals) {
    program_->name = function.name;
    program_->parameters = function.parameters;
    program_->parameter_bytes = function.parameter_bytes;
    program_->max_threads = function.max_threads;
    std::copy(std::begin(function.required_threads), std::end(function.required_threads),
              program_->required_threads);
    for (const Parameter &p : function.parameters) symbols_[p.name] = kParameterWindow + p.offset;
    uint64_t shared = 0, local = 0, dynamic_alignment = 1;
    auto place = [&](const std::vector<Variable> &variables) {
        for (const Variable &v : variables) {
            if (v.external || v.bytes == 0) {
                dynamic_shared_ = v.name;
                dynamic_alignment = std::max<uint64_t>(dynamic_alignment, v.alignment);
            } else {
                shared = aligned(shared, v.alignment);
                symbols_[v.name] = kSharedWindow + shared;
                shared += v.bytes;
            }
        }
    };
    place(module.shared);
    place(function.shared);
    // All dynamic blocks of a module are one, behind what has a size.
    shared = aligned(shared, dynamic_alignment);
    for (const std::vector<Variable> *variables : {&module.shared, &function.shared}) {
        for (const Variable &v : *variables) {
            if (v.external || v.bytes == 0) symbols_[v.name] = kSharedWindow + shared;
        }
    }
    for (const Variable &v : function.local) {
        local = aligned(local, v.alignment);
        symbols_[v.name] = kLocalWindow + local;
        local += v.bytes;
    }
    program_->static_shared = static_cast<uint32_t>(shared);
    program_->local_bytes = static_cast<uint32_t>(aligned(local, 16));
    for (const auto &[name, type] : function.registers) {
        int bits = bits_of(type);
        named_[name] = static_cast<int>(virtuals_.size());
        virtuals_.push_back({bits == 1 ? 1 : bits <= 32 ? 32 : 64});
    }
}

int Builder::width(const Operand &o) const {
    if (o.kind != Operand::kRegister) return 32;
    return virtuals_[static_cast<size_t>(named_.at(o.name))].bits;
}

void Builder::refer(int virtual_register, bool writes) {
    if (next_ >= now_->at.size()) statement_->refuse("too many operands");
    references_.push_back({static_cast<uint32_t>(program_->code.size() - 1),
                           static_cast<uint32_t>(next_++), virtual_register, writes});
}

int Builder::preset(Preset::Kind kind, bool wide, uint64_t value) {
    std::string key = std::to_string(kind) + (wide ? "w" : "n") + std::to_string(value);
    auto found = presets_.emplace(key, static_cast<int>(virtuals_.size()));
    if (found.second) {
        virtuals_.push_back({wide ? 64 : 32, static_cast<int>(program_->presets.size())});
        program_->presets.push_back({kind, wide ? 64 : 32, 0, value});
    }
    return found.first->second;
}

int Builder::special(const std::string &name, bool wide) {
    for (const SpecialName &s : kSpecials) {
        if (name == s.name) return preset(s.kind, wide, 0);
    }
    if (name == "%dynamic_smem_size") return preset(Preset::kDynamicShared, wide, 0);
    statement_->refuse("unknown special register " + name);
}

uint64_t Builder::symbol(const Operand &o) const {
    auto own = symbols_.find(o.name);
    if (own != symbols_.end()) return own->second + o.number;
    auto global = globals_.find(o.name);
    if (global != globals_.end()) return global->second + o.number;
    statement_->refuse("unknown name " + o.name);
}

int Builder::register_named(const Operand &o, int bits, bool any_width) {
    int id = named_.at(o.name), own = virtuals_[static_cast<size_t>(id)].bits;
    int wanted = bits == 1 ? 1 : bits <= 32 ? 32 : 64;
    if (own != wanted && !any_width) {
        statement_->refuse("a register of " + std::to_string(own) + " bits where " +
                           std::to_string(bits) + " are wanted: " + o.name);
    }
    return id;
}

void Builder::write(const Operand &o, int bits) {
    if (o.kind == Operand::kSink) {
        std::string name = bits > 32 ? "#sink64" : "#sink32";
        auto found = named_.emplace(name, static_cast<int>(virtuals_.size()));
        if (found.second) virtuals_.push_back({bits > 32 ? 64 : 32});
        refer(found.first->second, true);
    } else if (o.kind == Operand::kRegister) {
        refer(register_named(o, bits), true);
    } else {
        statement_->refuse("the destination is not a register");
    }
}

void Builder::read(const Operand &o, int bits) {
    bool wide = bits > 32;
    switch (o.kind) {
        case Operand::kRegister:
            refer(register_named(o, bits), false);
            break;
        case Operand::kInteger: {
            uint64_t mask = bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
            refer(preset(Preset::kConstant, wide, o.number & mask), false);
            break;
        }
        case Operand::kFloat32:
            if (wide) statement_->refuse("a constant of 32 bits where 64 are wanted");
            refer(preset(Preset::kConstant, false, o.number), false);
            break;
        case Operand::kFloat64:
            if (!wide) statement_->refuse("a constant of 64 bits where 32 are wanted");
            refer(preset(Preset::kConstant, true, o.number), false);
            break;
        case Operand::kSpecial:
            refer(special(o.name, wide), false);
            break;
        case Operand::kSymbol: {
            uint64_t address = symbol(o);
            // In its own space a symbol's address counts from the space's beginning.
            if (in_window(address, kSharedWindow))
                address -= kSharedWindow;
            else if (in_window(address, kLocalWindow))
                address -= kLocalWindow;
            else if (in_window(address, kParameterWindow))
                address -= kParameterWindow;
            else if (!wide)
                statement_->refuse("an address of 64 bits where 32 are wanted");
            refer(preset(Preset::kConstant, wide, address), false);
            break;
        }
        default:
            statement_->refuse("an operand that cannot be read");
    }
}

void Builder::write_predicate(const Operand &o) {
    if (o.kind == Operand::kSink) {
        auto found = named_.emplace("#sink1", static_cast<int>(virtuals_.size()));
        if (found.second) virtuals_.push_back({1});
        refer(found.first->second, true);
        return;
    }
    if (o.kind != Operand::kRegister) statement_->refuse("the destination is not a predicate");
    refer(register_named(o, 1), true);
}

void Builder::read_predicate(const Operand &o) {
    if (o.negated) now_->negated |= 1u << next_;
    if (o.kind == Operand::kInteger) {
        if (o.number == 0) now_->negated ^= 1u << next_;
        auto found = named_.emplace("#true", static_cast<int>(virtuals_.size()));
        if (found.second) {
            virtuals_.push_back({1, static_cast<int>(program_->presets.size())});
            program_->presets.push_back({Preset::kConstant, 1, 0, kEveryLane});
        }
        refer(found.first->second, false);
        return;
    }
    if (o.kind != Operand::kRegister) statement_->refuse("an operand that is not a predicate");
    refer(register_named(o, 1), false);
}

void Builder::address(const Operand &o, int bits) {
    if (o.kind != Operand::kAddress) statement_->refuse("an operand that is not an address");
    now_->offset = static_cast<int64_t>(o.number);
    if (o.register_base) {
        Operand base;
        base.kind = Operand::kRegister;
        base.name = o.name;
        // Shared and local addresses come in 32 and in 64 bits.
        if (bits == 32 && width(base) == 64) now_->flags |= 1u << 31;
        refer(register_named(base, bits, bits == 32), false);
        return;
    }
    uint64_t value = 0;
    if (!o.name.empty()) {
        Operand base;
        base.name = o.name;
        value = symbol(base);
        if (bits == 32) value &= 0xffffffff;
    }
    refer(preset(Preset::kConstant, bits == 64, value), false);
}

uint64_t Builder::constant(const Operand &o) const {
    if (o.kind != Operand::kInteger) statement_->refuse("an operand that must be a constant");
    return o.number;
}

uint32_t Builder::label(const Operand &o) const {
    return function_.labels.at(o.name);
}

void Builder::expect_operands(size_t from, size_t to) const {
    size_t n = statement_->operands.size();
    if (n < from || n > to) statement_->refuse(std::to_string(n) + " operands");
}

std::unique_ptr<Program> Builder::program() {
    program_->code.reserve(function_.statements.size() + 1);
    for (const Statement &s : function_.statements) {
        statement_ = &s;
        program_->code.emplace_back();
        program_->words.push_back(s.mnemonic);
        now_ = &program_->code.back();
        now_->line = static_cast<uint32_t>(s.line);
        next_ = 0;
        auto [first, last] = decoders().equal_range(s.head());
        auto decoder = std::find_if(first, last, [&](const auto &d) { return d.second(*this, s); });
        if (decoder == last)
            s.refuse("an instruction that the emulated device does not know, in " + function_.name);
        if (!s.guard.empty()) {
            now_->guard_negated = s.guard_negated;
            Operand guard;
            guard.kind = Operand::kRegister;
            guard.name = s.guard;
            references_.push_back({static_cast<uint32_t>(program_->code.size() - 1),
                                   Instruction::kNone, register_named(guard, 1), false});
        }
    }
    Instruction end;  // whoever runs off the end
    end.flow = Flow::kEnd;
    end.line = static_cast<uint32_t>(
        function_.statements.empty() ? function_.line : function_.statements.back().line);
    program_->code.push_back(end);
    program_->words.push_back("end");
    lay_out();
    return std::move(program_);
}

// Gives every register its words.
void Builder::lay_out() {
    std::vector<uint32_t> place(virtuals_.size());
    uint32_t end = 0;
    for (size_t v = 0; v < virtuals_.size(); v++) {
        if (virtuals_[v].bits == 1) place[v] = end++;
    }
    end = static_cast<uint32_t>(aligned(end, 16));
    for (size_t v = 0; v < virtuals_.size(); v++) {
        if (virtuals_[v].bits == 1) continue;
        place[v] = end;
        end += static_cast<uint32_t>(virtuals_[v].bits);
    }
    program_->register_words = static_cast<uint32_t>(aligned(end, 16));
    for (const Reference &r : references_) {
        Instruction &i = program_->code[r.instruction];
        uint32_t at = place[static_cast<size_t>(r.virtual_register)];
        if (r.place == Instruction::kNone)
            i.guard = at;
        else
            i.at[r.place] = at;
    }
    for (Instruction &i : program_->code) {
        if (i.members != Instruction::kNone) i.members = i.at[i.members];
    }
    for (size_t v = 0; v < virtuals_.size(); v++) {
        if (virtuals_[v].preset >= 0)
            program_->presets[static_cast<size_t>(virtuals_[v].preset)].at = place[v];
    }
}

std::unique_ptr<Program> compile(const ModuleText &module, const FunctionText &function,
                                 const std::map<std::string, uint64_t> &globals) {
    return Builder(module, function, globals).program();
}

}  // namespace emulated
