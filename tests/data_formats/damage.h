#pragma once
// Damage of files, byte by byte and bit by bit.

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "base/error.h"

namespace figurant::data_formats::test {

/// What `read()` throws, as "cause: message"; "" when it throws nothing. Other exceptions leave.
template <class Read>
std::string refusal(Read read) {
    try {
        read();
    } catch (const Error& error) {
        CHECK_MESSAGE(!error.next_step().empty(), error.what());
        return std::string(cause_name(error.cause())) + ": " + error.what();
    }
    return "";
}

/// Calls check(damaged, what) with `bytes` cut off at each length.
template <class Check>
void for_each_cut(const std::string& bytes, Check check) {
    for (std::size_t length = 0; length < bytes.size(); ++length)
        check(bytes.substr(0, length), "cut to " + std::to_string(length));
}

/// The same with each bit turned, one at a time; `step`: every so many bits only.
template <class Check>
void for_each_flipped_bit(const std::string& bytes, std::size_t step, Check check) {
    for (std::size_t bit = 0; bit < bytes.size() * 8; bit += step) {
        std::string damaged = bytes;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        check(damaged, "bit " + std::to_string(bit % 8) + " of byte " + std::to_string(bit / 8));
    }
}

inline bool holds(std::string_view text, std::string_view piece) { return text.find(piece) != text.npos; }

}  // namespace figurant::data_formats::test
