#pragma once
// A protobuf message read field by field where it lies, by protobuf's own decoder: nothing is copied, and
// every error knows its byte. (The classes that protoc makes take up to fifty times the message's size, and
// tell neither.)

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace figurant::data_formats {

/// A part of a file, with its place there.
struct Span {
    std::string_view bytes;
    std::uint64_t at = 0;
};

struct Field {
    int number = 0;
    enum class Kind { number, bytes, fixed32, fixed64 } kind = Kind::number;
    std::uint64_t value = 0;  ///< of all kinds but bytes
    Span span;                ///< of bytes: texts, messages, packed numbers
    std::uint64_t at = 0;     ///< where it begins
};

[[noreturn]] inline void reject_field(const std::string& name, std::uint64_t at, const std::string& expected,
                                      const std::string& found) {
    throw Error(
        Cause::model,
        name + ": damaged at byte " + std::to_string(at) + ": expected " + expected + ", found " + found,
        "copy the file again, or take another");
}

/// body(field) for each field of the message. `name` stands for the file in messages.
template <class Body>
void each_field(const Span& message, const std::string& name, Body body) {
    using google::protobuf::internal::WireFormatLite;
    google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(message.bytes.data()),
                                              static_cast<int>(message.bytes.size()));
    const auto position = [&] { return static_cast<std::size_t>(in.CurrentPosition()); };
    while (position() < message.bytes.size()) {
        Field field;
        field.at = message.at + position();
        const std::uint32_t tag = in.ReadTag();
        field.number = WireFormatLite::GetTagFieldNumber(tag);
        if (field.number == 0) reject_field(name, field.at, "a field of a message", "none");
        std::uint32_t short_value = 0;
        bool good = false;
        switch (WireFormatLite::GetTagWireType(tag)) {
            case WireFormatLite::WIRETYPE_VARINT:
                good = in.ReadVarint64(&field.value);
                break;
            case WireFormatLite::WIRETYPE_FIXED32:
                field.kind = Field::Kind::fixed32;
                good = in.ReadLittleEndian32(&short_value);
                field.value = short_value;
                break;
            case WireFormatLite::WIRETYPE_FIXED64:
                field.kind = Field::Kind::fixed64;
                good = in.ReadLittleEndian64(&field.value);
                break;
            case WireFormatLite::WIRETYPE_LENGTH_DELIMITED: {
                field.kind = Field::Kind::bytes;
                good = in.ReadVarint32(&short_value);
                const std::size_t left = message.bytes.size() - position();
                if (good && short_value > left)
                    reject_field(name, field.at, "at most " + std::to_string(left) + " bytes",
                                 "a length of " + std::to_string(short_value));
                field.span = {message.bytes.substr(position(), short_value), message.at + position()};
                good = good && in.Skip(static_cast<int>(short_value));
                break;
            }
            default:
                reject_field(name, field.at, "a field of a known kind", "tag " + std::to_string(tag));
        }
        if (!good) reject_field(name, field.at, "a whole field", "the end of its message");
        body(field);
    }
}

}  // namespace figurant::data_formats
