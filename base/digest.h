#pragma once
// Digests that tell whether two things are the same; not meant against an adversary.

#include <cstdint>
#include <string>
#include <string_view>

namespace figurant {

/// A 64-bit hash of `bytes`, the same on every machine. `seed` chains several pieces.
std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0);

/// hash64 as 16 hexadecimal digits.
std::string hex_digest(std::string_view bytes);

/// A well-mixed 64-bit value from two (the finaliser of splitmix64); the root of every random number in a
/// run.
std::uint64_t mix(std::uint64_t a, std::uint64_t b);

}  // namespace figurant
