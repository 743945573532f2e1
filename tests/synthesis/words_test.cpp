#include "synthesis/words.h"

#include <doctest/doctest.h>

#include <set>

using namespace figurant::synthesis;

TEST_CASE("names are written with the letters of their alphabet alone, and seldom twice alike") {
    for (const Alphabet alphabet : all_alphabets()) {
        CAPTURE(name_of(alphabet));
        const auto all = letters_of(alphabet);
        const std::set<char32_t> letters(all.begin(), all.end());
        std::set<std::u32string> names;
        std::size_t longest = 0;
        for (std::uint64_t seed = 0; seed < 300; ++seed) {
            Random random(seed);
            const auto name = random_name(alphabet, random);
            REQUIRE(!name.empty());
            for (const char32_t letter : name) REQUIRE(letters.contains(letter));
            names.insert(name);
            longest = std::max(longest, name.size());
        }
        CHECK(names.size() > 150);
        CHECK(longest <= 9);
    }
}

TEST_CASE("alphabets share no letters, and have the blocks that Unicode gives them") {
    const std::pair<Alphabet, std::pair<char32_t, char32_t>> blocks[] = {
        {Alphabet::latin, {0x41, 0x7A}},        {Alphabet::greek, {0x370, 0x3FF}},
        {Alphabet::cyrillic, {0x400, 0x4FF}},   {Alphabet::armenian, {0x530, 0x58F}},
        {Alphabet::georgian, {0x10A0, 0x10FF}}, {Alphabet::hebrew, {0x590, 0x5FF}},
        {Alphabet::arabic, {0x600, 0x6FF}},     {Alphabet::devanagari, {0x900, 0x97F}},
        {Alphabet::han, {0x4E00, 0x9FFF}},      {Alphabet::katakana, {0x30A0, 0x30FF}},
        {Alphabet::hangul, {0xAC00, 0xD7A3}},
    };
    CHECK(std::size(blocks) == all_alphabets().size());
    for (const auto& [alphabet, block] : blocks) {
        CAPTURE(name_of(alphabet));
        for (const char32_t letter : letters_of(alphabet)) {
            CHECK(letter >= block.first);
            CHECK(letter <= block.second);
        }
    }
}
