#include "data_formats/frozen_graph/tensor_message.h"

#include <cstring>

#include "data_formats/frozen_graph/frozen_graph.h"
#include "data_formats/tensors/element_types.h"

namespace figurant::data_formats {

namespace {

constexpr std::size_t most_sides = 8;

// Fields of TensorProto (tensor.proto) and TensorShapeProto (tensor_shape.proto).
constexpr int dtype_field = 1, shape_field = 2, content_field = 4, float_field = 5, int_field = 7,
              int64_field = 10, half_field = 13;
constexpr int dim_field = 2, dim_size_field = 1, unknown_rank_field = 3;

/// The typed form in which elements of a type are kept.
int values_field(StoredType type) {
    switch (type) {
        case StoredType::float32:
            return float_field;
        case StoredType::int32:
            return int_field;
        case StoredType::int64:
            return int64_field;
        default:
            return half_field;
    }
}

std::int64_t read_side(const Span& dim, const std::string& name) {
    std::int64_t side = 0;
    each_field(dim, name, [&](const Field& field) {
        if (field.number == dim_size_field && field.kind == Field::Kind::number)
            side = static_cast<std::int64_t>(field.value);
    });
    return side;
}

std::vector<std::int64_t> read_shape(const Span& message, const std::string& name,
                                     const std::string& constant) {
    std::vector<std::int64_t> shape;
    each_field(message, name, [&](const Field& field) {
        if (field.number == unknown_rank_field && field.value != 0)
            reject_field(name, field.at, "the shape of \"" + constant + "\"", "none");
        if (field.number != dim_field || field.kind != Field::Kind::bytes) return;
        shape.push_back(read_side(field.span, name));
        if (shape.back() < 0 || shape.size() > most_sides)
            reject_field(name, field.at,
                         "at most " + std::to_string(most_sides) + " sides of \"" + constant + "\"",
                         shape.back() < 0 ? "one of " + std::to_string(shape.back()) : "more");
    });
    return shape;
}

/// Collects elements, never more than the shape wants.
class Elements {
  public:
    Elements(StoredType type, std::uint64_t bytes, const std::string& name, const std::string& constant)
        : type_(type), bytes_(bytes), name_(name), constant_(constant) {}

    void add(const Field& field) {
        if (field.kind != Field::Kind::bytes) {
            put(field.value, field.at);
        } else if (type_ == StoredType::float32) {
            if (field.span.bytes.size() % 4 != 0)
                reject_field(name_, field.at, "whole floats", "a part of one");
            for (std::size_t i = 0; i < field.span.bytes.size(); i += 4) {
                std::uint32_t bits = 0;
                std::memcpy(&bits, field.span.bytes.data() + i, 4);
                put(bits, field.span.at + i);
            }
        } else {
            add_packed(field.span);
        }
    }

    /// The elements, the last one repeated to the end; 0 where there is none.
    ArrayBytes filled(std::uint64_t at) {
        const std::size_t size = stored_size(type_);
        if (elements_.size() < bytes_ && bytes_ > most_filled_bytes)
            throw Error(Cause::limit, name_ + ": \"" + constant_ + "\" at byte " + std::to_string(at) +
                                          " fills " + std::to_string(bytes_) +
                                          " bytes with one value; at most " +
                                          std::to_string(most_filled_bytes) + " are read");
        std::vector<std::byte> last(size);
        if (!elements_.empty())
            last.assign(elements_.end() - static_cast<std::ptrdiff_t>(size), elements_.end());
        ArrayBytes all(bytes_);
        std::copy(elements_.begin(), elements_.end(), all.begin());
        for (std::size_t end = elements_.size(); end < bytes_; end += size)
            std::copy(last.begin(), last.end(), all.begin() + end);
        return all;
    }

  private:
    void add_packed(const Span& span) {
        google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(span.bytes.data()),
                                                  static_cast<int>(span.bytes.size()));
        while (static_cast<std::size_t>(in.CurrentPosition()) < span.bytes.size()) {
            const std::uint64_t at = span.at + static_cast<std::uint64_t>(in.CurrentPosition());
            std::uint64_t value = 0;
            if (!in.ReadVarint64(&value)) reject_field(name_, at, "a whole number", "a part of one");
            put(value, at);
        }
    }

    void put(std::uint64_t value, std::uint64_t at) {
        const std::size_t size = stored_size(type_);
        if (elements_.size() + size > bytes_)
            reject_field(name_, at, std::to_string(bytes_ / size) + " values of \"" + constant_ + "\"",
                         "more");
        const auto* bytes = reinterpret_cast<const std::byte*>(&value);  // little-endian: the low ones first
        elements_.insert(elements_.end(), bytes, bytes + size);
    }

    StoredType type_;
    std::uint64_t bytes_;
    const std::string& name_;
    const std::string& constant_;
    std::vector<std::byte> elements_;
};

}  // namespace

TensorMessage read_tensor_message(const Span& message, const std::string& name, const std::string& constant) {
    TensorMessage tensor;
    each_field(message, name, [&](const Field& field) {
        if (field.number == dtype_field) tensor.type = static_cast<int>(field.value);
        if (field.number == shape_field && field.kind == Field::Kind::bytes)
            tensor.shape = read_shape(field.span, name, constant);
        if (field.number == content_field && field.kind == Field::Kind::bytes) tensor.content = field.span;
    });
    return tensor;
}

NamedArray tensor_values(const TensorMessage& tensor, const Span& message, const std::string& name,
                         const std::string& constant) {
    const StoredType type = *readable_type(tensor.type);
    // Beyond the file's size only a fill can be, which has its own limit.
    const auto bytes = dense_bytes(tensor.shape, stored_size(type), std::uint64_t{1} << 40);
    if (!bytes)
        reject_field(name, message.at, "a shape of \"" + constant + "\" that fits memory",
                     shape_text(tensor.shape));
    NamedArray array{constant, {}, tensor.shape, {}};
    if (tensor.content && !tensor.content->bytes.empty()) {
        if (tensor.content->bytes.size() != *bytes)
            reject_field(name, tensor.content->at,
                         std::to_string(*bytes) + " bytes for shape " + shape_text(tensor.shape) + " of \"" +
                             constant + "\"",
                         std::to_string(tensor.content->bytes.size()));
        const auto* data = reinterpret_cast<const std::byte*>(tensor.content->bytes.data());
        array.bytes = ArrayBytes(std::span(data, *bytes));
    } else {
        Elements elements(type, *bytes, name, constant);
        const int wanted = values_field(type);
        each_field(message, name, [&](const Field& field) {
            if (field.number == wanted) elements.add(field);
        });
        array.bytes = elements.filled(message.at);
    }
    convert_elements(type, array);
    return array;
}

}  // namespace figurant::data_formats
