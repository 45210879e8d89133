#include "counters.hpp"

#include <cstring>

namespace emulated {
namespace {

struct Named {
    const char *name;
    uint64_t Counters::*value;
};
constexpr Named kAll[] = {
    {"launches", &Counters::launches},
    {"blocks", &Counters::blocks},
    {"instructions", &Counters::instructions},
    {"collectives", &Counters::collectives},
    {"barriers", &Counters::barriers},
    {"shared_accesses", &Counters::shared_accesses},
    {"bank_conflicts", &Counters::bank_conflicts},
    {"read_bytes", &Counters::read_bytes},
    {"read_sectors", &Counters::read_sectors},
    {"written_bytes", &Counters::written_bytes},
    {"written_sectors", &Counters::written_sectors},
    {"copied_bytes", &Counters::copied_bytes},
};

}  // namespace

void Counters::add(const Counters &o) {
    for (const Named &n : kAll) this->*n.value += o.*n.value;
}
bool Counters::named(const char *name, uint64_t &value) const {
    for (const Named &n : kAll) {
        if (strcmp(name, n.name) == 0) {
            value = this->*n.value;
            return true;
        }
    }
    return false;
}

}  // namespace emulated
