// Modules and their functions. An image is PTX; for a fat binary the text that the setting PTX
// names.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "../program.hpp"
#include "device.hpp"

using namespace emulated;

namespace {

constexpr uint32_t kFatBinary = 0xba55ed50, kElf = 0x464c457f;

// The architecture that a .target names, or 0.
int architecture(const std::string &target) {
    size_t at = target.find("sm_");
    return at == std::string::npos ? 0 : atoi(target.c_str() + at + 3);
}

int text_of(Device &d, const void *image, std::string &text) {
    uint32_t magic;
    memcpy(&magic, image, 4);
    if (magic != kFatBinary && magic != kElf) {
        text = static_cast<const char *>(image);
        if (text.find(".version") == std::string::npos) {
            d.report("a module's image is neither PTX nor a fat binary");
            return kInvalidImage;
        }
        return kSuccess;
    }
    if (d.settings.ptx.empty()) return kNoBinaryForGpu;  // it executes PTX: hosts try the text next
    std::ifstream in(d.settings.ptx, std::ios::binary);
    if (!in) {
        d.report("STEP3_EMULATED_PTX cannot be read: " + d.settings.ptx);
        return kInvalidImage;
    }
    text.assign(std::istreambuf_iterator<char>(in), {});
    return kSuccess;
}

bool place_variables(Device &d, Module &m, const ModuleText &text,
                     std::map<std::string, uint64_t> &globals) {
    for (const std::vector<Variable> *variables : {&text.global, &text.constant}) {
        for (const Variable &v : *variables) {
            uint64_t bytes = std::max<uint64_t>(v.bytes, 1), address = d.memory.allocate(bytes);
            if (!address) return false;
            memset(reinterpret_cast<void *>(address), 0, bytes);  // zeros where nothing is said
            if (!v.initial.empty())
                memcpy(reinterpret_cast<void *>(address), v.initial.data(), v.bytes);
            d.memory.find(address, bytes)->overwrite(address, bytes);
            globals[v.name] = address;
            m.globals[v.name] = {address, v.bytes};
        }
    }
    return true;
}
void release_variables(Device &d, Module &m) {
    for (const auto &[name, place] : m.globals) d.memory.release(place.first, false);
    m.globals.clear();
}

int load(Device &d, void **out, const void *image) {
    if (!image) return kInvalidValue;
    std::string text;
    int result = text_of(d, image, text);
    if (result) return result;
    d.mutant.apply(text);
    auto module = std::make_unique<Module>();
    try {
        for (const ModuleText &t : parse_ptx(text)) {
            if (architecture(t.target) > d.settings.sm) {
                d.report("the PTX is for sm_" + std::to_string(architecture(t.target)) +
                         ", the device is sm_" + std::to_string(d.settings.sm));
                return kNoBinaryForGpu;
            }
            std::map<std::string, uint64_t> globals;
            if (!place_variables(d, *module, t, globals)) return kOutOfMemory;
            for (const FunctionText &f : t.functions)
                module->programs[f.name] = compile(t, f, globals);
        }
    } catch (const PtxError &e) {
        release_variables(d, *module);
        d.report(e.what());
        return kInvalidPtx;
    }
    d.modules.insert(module.get());
    *out = module.release();
    return kSuccess;
}

// Where the caller wants to read why a module is refused: options 5, the text, and 6, its bytes.
void explain(const std::string &why, unsigned count, const int *options, void **values) {
    char *text = nullptr;
    size_t bytes = 0;
    for (unsigned k = 0; k < count; k++) {
        if (options[k] == 5) text = static_cast<char *>(values[k]);
        if (options[k] == 6) bytes = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(values[k]));
    }
    if (!text || !bytes) return;
    size_t n = std::min(bytes - 1, why.size());
    memcpy(text, why.data(), n);
    text[n] = 0;
}

int on_function(const char *name, void *handle,
                const std::function<int(Device &, Function &)> &body) {
    return call(name, kContext, [&](Device &d) {
        Function *f = static_cast<Function *>(handle);
        return d.functions.contains(f) ? body(d, *f) : static_cast<int>(kInvalidHandle);
    });
}

}  // namespace

API cuModuleLoadData(void **out, const void *image) {
    return call("cuModuleLoadData", kContext, [&](Device &d) { return load(d, out, image); });
}
API cuModuleLoadDataEx(void **out, const void *image, unsigned count, const int *options,
                       void **values) {
    return call("cuModuleLoadData", kContext, [&](Device &d) {
        int result = load(d, out, image);
        if (result) explain(d.last_error, count, options, values);
        return result;
    });
}
API cuModuleUnload(void *handle) {
    return call("cuModuleUnload", kContext, [&](Device &d) {
        Module *m = static_cast<Module *>(handle);
        if (!d.modules.contains(m)) return static_cast<int>(kInvalidHandle);
        d.drain_all();
        d.modules.erase(m);
        for (const auto &[name, f] : m->functions) d.functions.erase(f.get());
        release_variables(d, *m);
        delete m;
        return d.lost;
    });
}
API cuModuleGetFunction(void **out, void *handle, const char *name) {
    return call("cuModuleGetFunction", kContext, [&](Device &d) {
        Module *m = static_cast<Module *>(handle);
        if (!d.modules.contains(m)) return kInvalidHandle;
        auto program = m->programs.find(name);
        if (program == m->programs.end()) return kNotFound;
        auto &f = m->functions[name];
        if (!f) {
            f = std::make_unique<Function>(Function{program->second.get(), 0});
            f->dynamic_limit = 48 * 1024 - std::min<uint32_t>(48 * 1024, f->program->static_shared);
            d.functions.insert(f.get());
        }
        *out = f.get();
        return kSuccess;
    });
}
API cuModuleGetGlobal_v2(uint64_t *address, size_t *bytes, void *handle, const char *name) {
    return call("cuModuleGetGlobal", kContext, [&](Device &d) {
        Module *m = static_cast<Module *>(handle);
        if (!d.modules.contains(m)) return kInvalidHandle;
        auto found = m->globals.find(name);
        if (found == m->globals.end()) return kNotFound;
        if (address) *address = found->second.first;
        if (bytes) *bytes = found->second.second;
        return kSuccess;
    });
}
API cuFuncSetAttribute(void *handle, int attribute, int value) {
    return on_function("cuFuncSetAttribute", handle, [&](Device &d, Function &f) {
        if (attribute == 9) return kSuccess;  // the share of L1 that is to be shared memory
        if (attribute != 8 || value < 0) return kInvalidValue;
        if (static_cast<uint32_t>(value) + f.program->static_shared > d.settings.shared_of_block())
            return kInvalidValue;
        f.dynamic_limit = static_cast<uint32_t>(value);
        return kSuccess;
    });
}
API cuFuncGetAttribute(int *value, int attribute, void *handle) {
    return on_function("cuFuncGetAttribute", handle, [&](Device &d, Function &f) {
        switch (attribute) {
            case 0:
                *value = f.program->max_threads;
                break;
            case 1:
                *value = static_cast<int>(f.program->static_shared);
                break;
            case 2:
                *value = 0;
                break;  // constant memory
            case 3:
                *value = static_cast<int>(f.program->local_bytes);
                break;
            case 4:
                *value = 0;
                break;  // registers: PTX does not say
            case 5:
            case 6:
                *value = d.settings.sm;
                break;
            case 8:
                *value = static_cast<int>(f.dynamic_limit);
                break;
            default:
                return kInvalidValue;
        }
        return kSuccess;
    });
}
API cuFuncGetParamInfo(void *handle, size_t index, size_t *offset, size_t *size) {
    return on_function("cuFuncGetParamInfo", handle, [&](Device &, Function &f) {
        if (index >= f.program->parameters.size()) return kInvalidValue;
        *offset = f.program->parameters[index].offset;
        if (size) *size = f.program->parameters[index].bytes;
        return kSuccess;
    });
}
