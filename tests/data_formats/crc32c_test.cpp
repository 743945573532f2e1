#include "data_formats/crc32c/crc32c.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/random.h"

using namespace figurant;
using namespace figurant::data_formats;

namespace {

std::uint32_t of(const std::string& text) { return crc32c(std::as_bytes(std::span(text))); }

/// By the definition: the reflected polynomial 0x1EDC6F41, bit by bit.
std::uint32_t slow_crc32c(std::span<const std::byte> bytes) {
    std::uint32_t state = ~0u;
    for (const auto byte : bytes) {
        state ^= static_cast<std::uint32_t>(byte);
        for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ (state & 1 ? 0x82f63b78u : 0);
    }
    return ~state;
}

}  // namespace

TEST_CASE("CRC-32C gives the published values") {
    // RFC 3720, appendix B.4, and the check value of the catalogue of parametrised CRC algorithms.
    CHECK(of(std::string(32, '\0')) == 0x8a9136aau);
    CHECK(of(std::string(32, '\xff')) == 0x62a8ab43u);
    CHECK(of("123456789") == 0xe3069283u);
    CHECK(of("") == 0);
}

TEST_CASE("CRC-32C agrees with its definition at every length, whole and in two pieces") {
    Random random(5);
    std::vector<std::byte> bytes(700);
    for (auto& each : bytes) each = static_cast<std::byte>(random.next());
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        const std::span whole(bytes.data(), size);
        const std::uint32_t expected = slow_crc32c(whole);
        CHECK(crc32c(whole) == expected);
        CHECK(crc32c(whole.subspan(size / 3), crc32c(whole.first(size / 3))) == expected);
    }
}
