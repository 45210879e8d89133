#include "settings.hpp"

#include <cstdlib>
#include <stdexcept>

namespace emulated {
namespace {

constexpr const char *kNames[] = {
    "SM",      "MULTIPROCESSORS", "MEMORY",          "DRIVER", "DEVICES", "NONE",
    "STREAMS", "ORDER",           "PREEMPT",         "SEED",   "COPIES",  "UNWRITTEN",
    "WORKERS", "LOST_AFTER",      "FAIL_ALLOCATION", "PTX",    "FAIL",    "QUIET"};

int64_t integer(const std::string &text) {
    size_t read = 0;
    int64_t n = std::stoll(text, &read);
    if (read != text.size()) throw std::invalid_argument(text);
    return n;
}
bool yes(const std::string &text) {
    return text != "0" && text != "no" && text != "false" && !text.empty();
}

// function:call[:error], several with commas between them.
std::map<std::string, InjectedFailure> failures(const std::string &text) {
    std::map<std::string, InjectedFailure> all;
    for (size_t at = 0; at < text.size();) {
        size_t end = std::min(text.find(',', at), text.size());
        std::string one = text.substr(at, end - at);
        size_t first = one.find(':');
        if (first == std::string::npos) throw std::invalid_argument(one);
        size_t second = one.find(':', first + 1);
        std::string call =
            one.substr(first + 1, second == std::string::npos ? second : second - first - 1);
        int64_t n = integer(call);
        if (n < 1) throw std::invalid_argument(one);
        all[one.substr(0, first)] = {
            static_cast<uint64_t>(n),
            second == std::string::npos ? 999 : static_cast<int>(integer(one.substr(second + 1)))};
        at = end + 1;
    }
    return all;
}

}  // namespace

Settings::Settings() {
    read_environment();
}

void Settings::read_environment() {
    for (const char *name : kNames) {
        const char *value = getenv((std::string("STEP3_EMULATED_") + name).c_str());
        if (value && *value && !set(name, value))
            fprintf(stderr, "emulated device: STEP3_EMULATED_%s is not understood: %s\n", name,
                    value);
    }
}

bool Settings::set(const std::string &name, const std::string &value) try {
    if (name == "SM") {
        int64_t n = integer(value);
        if (n < 70 || n > 129) return false;
        sm = static_cast<int>(n);
    } else if (name == "MULTIPROCESSORS") {
        multiprocessors = static_cast<int>(integer(value));
    } else if (name == "MEMORY") {
        memory = static_cast<uint64_t>(integer(value));
    } else if (name == "DRIVER") {
        driver_version = static_cast<int>(integer(value));
    } else if (name == "DEVICES") {
        devices = static_cast<int>(integer(value));
    } else if (name == "NONE") {
        no_driver = yes(value);
    } else if (name == "STREAMS") {
        if (value != "late" && value != "eager" && value != "random") return false;
        streams = value == "eager" ? kEager : value == "random" ? kRandom : kLate;
    } else if (name == "ORDER") {
        if (value != "ascending" && value != "descending" && value != "random") return false;
        schedule.order = value == "descending" ? Schedule::kDescending
                         : value == "random"   ? Schedule::kRandom
                                               : Schedule::kAscending;
    } else if (name == "PREEMPT") {
        schedule.preempt = std::stod(value);
    } else if (name == "SEED") {
        schedule.seed = static_cast<uint64_t>(integer(value));
    } else if (name == "COPIES") {
        if (value != "late" && value != "early" && value != "random") return false;
        schedule.copies = value == "early"    ? Schedule::kEarly
                          : value == "random" ? Schedule::kAnyTime
                                              : Schedule::kLate;
    } else if (name == "UNWRITTEN") {
        if (value != "error" && value != "nan") return false;
        schedule.unwritten_is_error = value == "error";
    } else if (name == "WORKERS") {
        int64_t n = integer(value);
        if (n < 0 || n > 1024) return false;
        workers = static_cast<int>(n);
    } else if (name == "LOST_AFTER") {
        lost_after = integer(value);
    } else if (name == "FAIL_ALLOCATION") {
        fail_allocation = integer(value);
    } else if (name == "PTX") {
        ptx = value;
    } else if (name == "FAIL") {
        failures = emulated::failures(value);
    } else if (name == "QUIET") {
        quiet = yes(value);
    } else {
        return false;
    }
    return true;
} catch (const std::logic_error &) {
    return false;
}

uint32_t Settings::shared_of_block() const {
    return shared_of_multiprocessor() - 1024;
}
uint32_t Settings::shared_of_multiprocessor() const {
    switch (sm) {
        case 80:
        case 87:
            return 164 * 1024;
        case 90:
        case 100:
        case 103:
            return 228 * 1024;
        case 75:
            return 65 * 1024;
        default:
            return 100 * 1024;
    }
}
int Settings::threads_of_multiprocessor() const {
    return sm == 86 || sm == 87 || sm == 89 || sm >= 120 ? 1536 : sm == 75 ? 1024 : 2048;
}

}  // namespace emulated
