// Words, numbers and marks of a PTX text, and the line that is being read.
#pragma once

#include <cctype>
#include <cstring>

#include "ptx.hpp"

namespace emulated {

class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

protected:
    [[noreturn]] void refuse(const std::string &what) const { throw PtxError(line_, what); }

    bool starts(const char *what) const { return text_.substr(at_, strlen(what)) == what; }
    void skip() {
        for (;;) {
            while (at_ < text_.size() && isspace(static_cast<unsigned char>(text_[at_]))) next();
            if (starts("//")) {
                while (at_ < text_.size() && text_[at_] != '\n') next();
            } else if (starts("/*")) {
                while (at_ < text_.size() && !starts("*/")) next();
                if (at_ >= text_.size()) refuse("a comment does not end");
                at_ += 2;
            } else {
                return;
            }
        }
    }
    void next() {
        if (text_[at_] == '\n') line_++;
        at_++;
    }
    bool more() {
        skip();
        return at_ < text_.size() && text_[at_] != 0;
    }
    bool accept(char c) {
        skip();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        at_++;
        return true;
    }
    std::string nearby() const {
        return std::string(text_.substr(at_, text_.substr(at_, 24).find('\n')));
    }
    void expect(char c) {
        if (!accept(c)) refuse(std::string("expected ") + c + " before " + nearby());
    }
    static bool in_word(char c) {
        return isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '%' ||
               c == '.';
    }
    std::string word() {
        skip();
        size_t start = at_;
        while (at_ < text_.size() && (in_word(text_[at_]) || starts("::")))
            at_ += starts("::") ? 2 : 1;
        if (start == at_) refuse("expected a word before " + nearby());
        return std::string(text_.substr(start, at_ - start));
    }
    uint64_t integer() {
        bool negative = accept('-');
        std::string w = word();
        while (!w.empty() && (w.back() == 'U' || w.back() == 'u')) w.pop_back();
        uint64_t n = 0;
        try {
            size_t read = 0;
            n = std::stoull(w, &read, 0);
            if (read != w.size()) refuse("not a number: " + w);
        } catch (const std::logic_error &) {
            refuse("not a number: " + w);
        }
        return negative ? 0 - n : n;
    }
    std::string rest_of_line() {
        size_t start = at_;
        while (at_ < text_.size() && text_[at_] != '\n') at_++;
        std::string rest(text_.substr(start, at_ - start));
        size_t first = rest.find_first_not_of(" \t"), last = rest.find_last_not_of(" \t\r");
        return first == std::string::npos ? "" : rest.substr(first, last - first + 1);
    }
    void until(char c) {
        while (at_ < text_.size() && text_[at_] != c) next();
        at_++;
    }

    std::string_view text_;
    size_t at_ = 0;
    int line_ = 1;
};

}  // namespace emulated
