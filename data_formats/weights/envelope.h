#pragma once
// The 512 bytes before the HDF5 part of a weights file (HDF5 calls them a user block): what it is, and a
// checksum of the rest, checked before HDF5 sees a byte. See weights.md.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace figurant::data_formats {

inline constexpr std::size_t envelope_size = 512;

/// The chained hash of a weights file's HDF5 part, taken in pieces of a fixed size.
class BodyHash {
  public:
    static constexpr std::size_t piece = std::size_t{1} << 20;
    /// All pieces but the last must be `piece` long.
    void add(std::string_view bytes);
    std::uint64_t value() const { return value_; }

  private:
    std::uint64_t value_ = 0;
};

std::string make_envelope(std::uint64_t body_size, std::uint64_t body_hash);

/// Error(Cause::model) naming `name` when `envelope` (the file's first bytes, at most envelope_size) is not
/// one of ours, or does not fit the rest of the file.
void check_envelope(std::string_view envelope, std::uint64_t body_size, std::uint64_t body_hash,
                    const std::string& name);

/// Error(Cause::model) unless the first bytes are an envelope's, whatever follows; says what else it may be.
void check_kind_of_file(std::string_view head, const std::string& name);

}  // namespace figurant::data_formats
