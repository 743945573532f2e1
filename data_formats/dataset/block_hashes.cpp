#include "data_formats/dataset/block_hashes.h"

#include <algorithm>
#include <charconv>
#include <fstream>

#include "base/digest.h"
#include "base/error.h"

namespace figurant::data_formats {

namespace {

constexpr std::string_view title = "figurant dataset, format ";
constexpr std::string_view version = "1";
constexpr const char* copy_again = "copy the file again, or make it again with import_dataset";

[[noreturn]] void reject(const std::string& name, const std::string& why,
                         const std::string& next_step = copy_again) {
    throw Error(Cause::input, name + ": " + why, next_step);
}

std::string hex(std::uint64_t value) {
    std::string digits(16, '0');
    for (std::size_t i = 0; i < 16; ++i) digits[i] = "0123456789abcdef"[(value >> (60 - 4 * i)) & 15];
    return digits;
}

std::uint64_t blocks_of(std::uint64_t size) { return (size + hashed_block_size - 1) / hashed_block_size; }

std::uint64_t hash_of_list(std::span<const std::uint64_t> hashes) {
    std::uint64_t hash = 0;
    for (const std::uint64_t each : hashes) hash = mix(hash, each);
    return hash;
}

std::string make_head(std::uint64_t size, std::uint64_t hash) {
    std::string text = std::string(title) + std::string(version) + "\nbytes " + std::to_string(size) +
                       "\nhash " + hex(hash) + "\nAn HDF5 file begins after these " +
                       std::to_string(frame_head_size) + " bytes; a hash of each " +
                       std::to_string(hashed_block_size) + " bytes of it follows it.\n";
    text.resize(frame_head_size, '\0');
    return text;
}

std::string little_endian(std::span<const std::uint64_t> values) {
    std::string bytes;
    for (const std::uint64_t value : values)
        for (int i = 0; i < 8; ++i) bytes += static_cast<char>(value >> (8 * i));
    return bytes;
}

/// What the head says after `label` and before the line's end; empty when it does not.
std::string_view line_of(std::string_view head, std::string_view label) {
    const auto begin = head.find(label);
    if (begin == std::string_view::npos) return {};
    const auto end = head.find('\n', begin + label.size());
    return end == std::string_view::npos ? std::string_view{}
                                         : head.substr(begin + label.size(), end - begin - label.size());
}

template <class T>
bool parse(std::string_view text, T& value, int base) {
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return !text.empty() && failed == std::errc{} && end == text.data() + text.size();
}

void check_kind(std::string_view head, const std::string& name) {
    if (head.empty()) reject(name, "is empty");
    if (head.starts_with("figurant weights"))
        reject(name, "is a weights file, where a dataset is wanted", "give a dataset");
    if (head.starts_with("\x89HDF\r\n"))
        reject(name, "is an HDF5 file that was not written as a dataset by this program",
               "make one with import_dataset");
    if (!head.starts_with(title.substr(0, head.size())) || head.size() < title.size() + 2)
        reject(name, "is no dataset file of this program", "make one with import_dataset");
    const std::string_view found = line_of(head, title);
    if (found != version)
        reject(name,
               "has format " + std::string(found.substr(0, 20)) + " of dataset files; this program knows " +
                   std::string(version),
               "use a newer version of this program, or make the file again");
}

}  // namespace

HashedBody::HashedBody(std::unique_ptr<ByteSource> source, std::string name)
    : source_(std::move(source)), name_(std::move(name)) {
    std::string head(static_cast<std::size_t>(std::min<std::uint64_t>(frame_head_size, source_->size())),
                     '\0');
    source_->read(0, head);
    check_kind(head, name_);
    if (!parse(line_of(head, "\nbytes "), size_, 10) || !parse(line_of(head, "\nhash "), hash_, 16) ||
        head != make_head(size_, hash_))
        reject(name_, "its first " + std::to_string(frame_head_size) + " bytes are damaged");
    const std::uint64_t most = source_->size() - frame_head_size;
    const std::uint64_t count = size_ <= most ? blocks_of(size_) : 0;
    if (size_ > most || most - size_ != count * 8)
        reject(name_, "is " + std::to_string(source_->size()) + " bytes long, but " +
                          std::to_string(size_ + blocks_of(size_) * 8 + frame_head_size) +
                          " are expected: it was cut short or added to");
    read_hashes(count);
}

void HashedBody::read_hashes(std::uint64_t count) {
    std::string bytes(static_cast<std::size_t>(count * 8), '\0');
    source_->read(frame_head_size + size_, bytes);
    hashes_.resize(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < hashes_.size(); ++i)
        for (std::size_t k = 0; k < 8; ++k)
            hashes_[i] |= std::uint64_t{static_cast<unsigned char>(bytes[i * 8 + k])} << (8 * k);
    if (const std::uint64_t found = hash_of_list(hashes_); found != hash_)
        reject(name_, "the list of hashes at byte " + std::to_string(frame_head_size + size_) +
                          " is damaged: its hash should be " + hex(hash_) + ", but is " + hex(found));
}

void HashedBody::check_block(std::uint64_t block, std::span<const char> bytes) const {
    const std::uint64_t found = hash64({bytes.data(), bytes.size()}, block);
    if (found == hashes_[static_cast<std::size_t>(block)]) return;
    reject(name_, "the " + std::to_string(bytes.size()) + " bytes at byte " +
                      std::to_string(frame_head_size + block * hashed_block_size) +
                      " are damaged: their hash should be " + hex(hashes_[static_cast<std::size_t>(block)]) +
                      ", but is " + hex(found));
}

void HashedBody::read(std::uint64_t offset, std::span<char> into) const {
    if (into.empty()) return;
    const std::uint64_t first = offset / hashed_block_size,
                        last = (offset + into.size() - 1) / hashed_block_size;
    const std::uint64_t begin = first * hashed_block_size,
                        end = std::min((last + 1) * std::uint64_t{hashed_block_size}, size_);
    const auto bytes = std::make_unique_for_overwrite<char[]>(static_cast<std::size_t>(end - begin));
    const std::span<char> all(bytes.get(), static_cast<std::size_t>(end - begin));
    source_->read(frame_head_size + begin, all);
    for (std::uint64_t block = first; block <= last; ++block) {
        const auto at = static_cast<std::size_t>((block - first) * hashed_block_size);
        check_block(block, all.subspan(at, std::min(hashed_block_size, all.size() - at)));
    }
    std::copy_n(all.data() + (offset - begin), into.size(), into.data());
}

void add_frame(const std::filesystem::path& path) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    const std::uint64_t whole = std::filesystem::file_size(path);
    std::vector<std::uint64_t> hashes;
    std::string block(hashed_block_size, '\0');
    file.seekg(frame_head_size);
    for (std::uint64_t at = frame_head_size; at < whole && file; at += block.size()) {
        block.resize(static_cast<std::size_t>(std::min<std::uint64_t>(hashed_block_size, whole - at)));
        file.read(block.data(), static_cast<std::streamsize>(block.size()));
        hashes.push_back(hash64(block, hashes.size()));
    }
    const std::string list = little_endian(hashes);
    file.seekp(static_cast<std::streamoff>(whole));
    file.write(list.data(), static_cast<std::streamsize>(list.size()));
    const std::string head = make_head(whole - frame_head_size, hash_of_list(hashes));
    file.seekp(0);
    file.write(head.data(), static_cast<std::streamsize>(head.size()));
    file.close();
    if (!file)
        throw Error(Cause::output, path.string() + ": writing failed", "check the disk, then run again");
}

}  // namespace figurant::data_formats
