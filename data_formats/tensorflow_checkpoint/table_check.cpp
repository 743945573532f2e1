#include "data_formats/tensorflow_checkpoint/table_check.h"

#include <snappy.h>

#include <cstdint>
#include <cstring>
#include <optional>

#include "base/error.h"
#include "data_formats/crc32c/crc32c.h"

namespace figurant::data_formats {

namespace {

/// After each block: a byte for its compression, and four of checksum.
constexpr std::uint64_t trailer_size = 5;
/// Snappy's copies make at most 64 bytes of 3; a block that claims more than this is no block.
constexpr std::uint64_t most_expansion = 32;

struct BlockPlace {
    std::uint64_t offset = 0, size = 0;
};

class TableCheck {
  public:
    TableCheck(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

    void run() {
        if (bytes_.size() < table_footer_size)
            reject(0, "a table of " + std::to_string(table_footer_size) + " bytes at least",
                   std::to_string(bytes_.size()) + " bytes");
        body_ = bytes_.size() - table_footer_size;
        if (!bytes_.ends_with(table_magic))
            reject(bytes_.size() - table_magic.size(), "the end of a table",
                   "other bytes (is it cut short?)");
        std::string_view footer = bytes_.substr(body_, table_footer_size - table_magic.size());
        const auto properties = place(footer, body_), index = place(footer, body_);
        check_block(properties);
        check_block(index);
        check_index(contents(index), index.offset);
    }

  private:
    [[noreturn]] void reject(std::uint64_t at, const std::string& expected, const std::string& found) const {
        throw Error(
            Cause::model,
            name_ + ": damaged at byte " + std::to_string(at) + ": expected " + expected + ", found " + found,
            "copy the file again, or take another checkpoint");
    }

    std::optional<std::uint64_t> number(std::string_view& from) const {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64 && !from.empty(); shift += 7) {
            const auto byte = static_cast<std::uint8_t>(from.front());
            from.remove_prefix(1);
            value |= std::uint64_t{byte & 0x7fu} << shift;
            if (byte < 0x80) return value;
        }
        return std::nullopt;
    }

    BlockPlace place(std::string_view& from, std::uint64_t at) const {
        const auto offset = number(from), size = number(from);
        if (!offset || !size) reject(at, "the place of a block", "a number without end");
        if (*offset > body_ || *size > body_ - *offset || body_ - *offset - *size < trailer_size)
            reject(at, "a block inside the first " + std::to_string(body_) + " bytes",
                   std::to_string(*size) + " bytes from " + std::to_string(*offset) + " on");
        return {*offset, *size};
    }

    void check_block(const BlockPlace& block) const {
        const auto covered = bytes_.substr(block.offset, block.size + 1);
        std::uint32_t stored = 0;
        std::memcpy(&stored, bytes_.data() + block.offset + block.size + 1, sizeof stored);
        const std::uint32_t found = masked_crc32c(std::as_bytes(std::span(covered)));
        if (stored != found)
            reject(block.offset, "a block with checksum " + std::to_string(stored), std::to_string(found));
        const char compression = covered.back();
        if (compression == 0) return;
        std::size_t length = 0;
        if (compression != 1 || !snappy::GetUncompressedLength(covered.data(), block.size, &length))
            reject(block.offset + block.size, "a block that is stored as it is or by Snappy",
                   "compression " + std::to_string(compression));
        if (length > most_expansion * (block.size + 1))
            reject(block.offset, "at most " + std::to_string(most_expansion * (block.size + 1)) + " bytes",
                   std::to_string(length) + " bytes of Snappy");
    }

    std::string contents(const BlockPlace& block) const {
        const auto stored = bytes_.substr(block.offset, block.size);
        if (bytes_[block.offset + block.size] == 0) return std::string(stored);
        std::string plain;
        if (!snappy::Uncompress(stored.data(), stored.size(), &plain))
            reject(block.offset, "a block compressed by Snappy", "other bytes");
        return plain;
    }

    /// The entries of the index block are the places of the blocks of data.
    void check_index(const std::string& index, std::uint64_t at) const {
        std::uint32_t restarts = 0;
        if (index.size() >= 4) std::memcpy(&restarts, index.data() + index.size() - 4, 4);
        if (index.size() < 4 || restarts > (index.size() - 4) / 4)
            reject(at, "an index of blocks", "one that is too short");
        std::string_view entries = std::string_view(index).substr(0, index.size() - 4 - 4 * restarts);
        std::uint64_t end = 0;
        while (!entries.empty()) {
            const auto shared = number(entries), unshared = number(entries), length = number(entries);
            if (!shared || !unshared || !length || *unshared > entries.size() ||
                *length > entries.size() - *unshared)
                reject(at, "an entry of the index of blocks", "one that leads outside");
            std::string_view value = entries.substr(*unshared, *length);
            const auto block = place(value, at);
            if (block.offset < end)
                reject(at, "a block from byte " + std::to_string(end) + " on",
                       "one from byte " + std::to_string(block.offset) + " on");
            check_block(block);
            end = block.offset + block.size + trailer_size;
            entries.remove_prefix(*unshared + *length);
        }
    }

    std::string_view bytes_;
    const std::string& name_;
    std::uint64_t body_ = 0;
};

}  // namespace

void check_table(std::string_view bytes, const std::string& name) { TableCheck(bytes, name).run(); }

}  // namespace figurant::data_formats
