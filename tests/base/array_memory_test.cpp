#include "base/array_memory.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

using namespace figurant;

namespace {

/// Of every kind: none, malloc's, in a range, in a range of its own; at the limits between them too.
std::size_t some_size(std::mt19937_64& random) {
    constexpr std::size_t sizes[] = {0,      1,       64,      16383,   16384,   16385,
                                     100000, 3000000, 8388608, 8388609, 20000000};
    return sizes[random() % std::size(sizes)];
}

void fill(ArrayBytes& bytes, std::uint64_t seed) {
    // Each page is written, and both ends.
    for (std::size_t i = 0; i < bytes.size(); i += i + 4096 < bytes.size() ? 4096 : 1)
        bytes.data()[i] = static_cast<std::byte>(seed + i / 4096);
}

bool holds(const ArrayBytes& bytes, std::uint64_t seed) {
    for (std::size_t i = 0; i < bytes.size(); i += i + 4096 < bytes.size() ? 4096 : 1)
        if (bytes.data()[i] != static_cast<std::byte>(seed + i / 4096)) return false;
    return true;
}

}  // namespace

TEST_CASE("arrays that come and go on several threads keep what they hold, and their memory goes back") {
    const std::size_t before = reserved_array_memory();
    const auto work = [](std::uint64_t seed) {
        std::mt19937_64 random(seed);
        std::vector<std::pair<ArrayBytes, std::uint64_t>> arrays;
        std::size_t wrong = 0;
        for (int i = 0; i < 300; ++i) {
            if (arrays.size() > 12 || (!arrays.empty() && random() % 3 == 0)) {
                const auto at = static_cast<std::ptrdiff_t>(random() % arrays.size());
                wrong += !holds(arrays[static_cast<std::size_t>(at)].first,
                                arrays[static_cast<std::size_t>(at)].second);
                arrays.erase(arrays.begin() + at);
            } else {
                arrays.emplace_back(ArrayBytes(some_size(random)), random());
                auto& [bytes, mark] = arrays.back();
                wrong += reinterpret_cast<std::uintptr_t>(bytes.data()) % 64 != 0;
                fill(bytes, mark);
            }
        }
        return wrong;
    };
    std::vector<std::size_t> wrong(3);
    {
        std::vector<std::jthread> threads;
        for (std::size_t t = 0; t < wrong.size(); ++t)
            threads.emplace_back([&, t] { wrong[t] = work(t + 1); });
    }
    CHECK(wrong == std::vector<std::size_t>(3));
    CHECK(reserved_array_memory() <= std::max(before, std::size_t{1} << 25));  // one range is kept
}

TEST_CASE("an array's bytes are copied, moved and compared as a value's") {
    const std::vector<std::byte> few{std::byte{1}, std::byte{2}, std::byte{3}};
    ArrayBytes a{std::span(few)};
    ArrayBytes b = a;
    CHECK((a == b));
    b.data()[1] = std::byte{9};
    CHECK_FALSE((a == b));
    CHECK(a.data()[1] == std::byte{2});
    const ArrayBytes c = std::move(b);
    CHECK(b.empty());
    CHECK(c.size() == 3);
    a = c;
    CHECK((a == c));
    a.renew(0);
    CHECK(a.empty());
    CHECK((a == ArrayBytes()));
    CHECK_FALSE((a == c));
}

TEST_CASE("more than any memory is refused") {
    CHECK_THROWS_AS(take_array_memory(SIZE_MAX), std::bad_alloc);
    CHECK_THROWS_AS(take_array_memory(std::size_t{1} << 60), std::bad_alloc);
}
