#include "data_formats/tf_record/tf_record.h"

#include <span>

#include "data_formats/crc32c/crc32c.h"

namespace figurant::data_formats {

namespace {

constexpr std::uint64_t head_size = 12, tail_size = 4;  // length and its checksum; checksum of the data
constexpr const char* copy_again = "copy the file again, or write it again";

std::uint32_t checksum(std::string_view bytes) { return masked_crc32c(std::as_bytes(std::span(bytes))); }

Error damaged(const std::string& name, std::uint64_t offset, const std::string& why) {
    return {Cause::input, name + ": byte " + std::to_string(offset) + ": " + why, copy_again};
}

std::uint64_t little_endian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    return value;
}

std::string little_endian(std::uint64_t value, int size) {
    std::string bytes;
    for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
    return bytes;
}

std::string bytes_at(const ByteSource& file, std::uint64_t offset, std::uint64_t size) {
    std::string bytes(static_cast<std::size_t>(size), '\0');
    file.read(offset, bytes);
    return bytes;
}

std::string wrong_checksum(const char* of, std::uint64_t stated, std::uint64_t found) {
    return std::string("the checksum of ") + of + " should be " + std::to_string(stated) + ", but is " +
           std::to_string(found);
}

/// The record that begins at `offset`, which lies in the file.
RecordPlace place_at(const ByteSource& file, std::uint64_t offset, const std::string& name) {
    const std::uint64_t left = file.size() - offset;
    if (left < head_size)
        throw damaged(name, offset,
                      "a record must begin here, but only " + std::to_string(left) + " bytes are left");
    const std::string head = bytes_at(file, offset, head_size);
    const std::string_view length_bytes = std::string_view(head).substr(0, 8);
    const std::uint64_t stated = little_endian(std::string_view(head).substr(8)),
                        found = checksum(length_bytes);
    if (stated != found) throw damaged(name, offset, wrong_checksum("a record's length", stated, found));
    const std::uint64_t length = little_endian(length_bytes);
    if (length > left - head_size || left - head_size - length < tail_size)
        throw damaged(name, offset,
                      "a record of " + std::to_string(length) + " bytes begins here, but only " +
                          std::to_string(left - head_size) + " bytes are left");
    return {offset + head_size, length};
}

}  // namespace

RecordIndex index_records(const ByteSource& file, const std::string& name) {
    if (file.size() == 0) throw Error(Cause::input, name + ": is empty", copy_again);
    RecordIndex index;
    try {
        for (std::uint64_t offset = 0; offset < file.size();) {
            index.records.push_back(place_at(file, offset, name));
            offset = index.records.back().offset + index.records.back().length + tail_size;
        }
    } catch (const Error& error) {
        index.broken = error;
    }
    return index;
}

std::string read_record(const ByteSource& file, const RecordPlace& place, const std::string& name) {
    std::string data = bytes_at(file, place.offset, place.length);
    const std::uint64_t stated = little_endian(bytes_at(file, place.offset + place.length, tail_size)),
                        found = checksum(data);
    if (stated != found) throw damaged(name, place.offset, wrong_checksum("a record's data", stated, found));
    return data;
}

std::string framed_record(std::string_view data) {
    const std::string length = little_endian(data.size(), 8);
    return length + little_endian(checksum(length), 4) + std::string(data) + little_endian(checksum(data), 4);
}

}  // namespace figurant::data_formats
