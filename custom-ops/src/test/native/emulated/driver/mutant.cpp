#include "mutant.hpp"

namespace emulated {

void Mutant::apply(std::string &ptx) {
    if (kernel.empty()) return;
    size_t entry = ptx.find(".entry " + kernel + "(");
    if (entry == std::string::npos) return;
    size_t next = ptx.find(".entry ", entry + 1), begin = 0;
    for (uint64_t l = 1; l < line && begin != std::string::npos; l++) {
        size_t end = ptx.find('\n', begin);
        begin = end == std::string::npos ? end : end + 1;
    }
    if (begin == std::string::npos || begin < entry || begin > next) return;
    ptx.replace(begin, ptx.find('\n', begin) - begin, text);
    applied++;
}

}  // namespace emulated
