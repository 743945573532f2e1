#include "data_formats/tensors/element_types.h"

#include <array>
#include <bit>
#include <cstring>

namespace figurant::data_formats {

static_assert(std::endian::native == std::endian::little, "TensorFlow's files are read as they lie");

namespace {

/// In the order of types.proto, from 1 on.
constexpr std::array<const char*, 23> names = {
    "float32", "float64",    "int32",   "uint8",    "int16",   "int8",     "string", "complex64",
    "int64",   "bool",       "qint8",   "quint8",   "qint32",  "bfloat16", "qint16", "quint16",
    "uint16",  "complex128", "float16", "resource", "variant", "uint32",   "uint64"};

/// IEEE 754 binary16 to binary32; every value has one.
float from_half(std::uint16_t half) {
    const std::uint32_t sign = std::uint32_t{half & 0x8000u} << 16;
    const std::uint32_t exponent = (half >> 10) & 31u, fraction = half & 0x3ffu;
    if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | (fraction << 13));
    if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
    const float small = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -small : small;
}

template <class From, class To, class Convert>
void widen(ArrayBytes& bytes, Convert convert) {
    const std::size_t count = bytes.size() / sizeof(From);
    ArrayBytes wide(count * sizeof(To));
    for (std::size_t i = 0; i < count; ++i) {
        From narrow;
        std::memcpy(&narrow, bytes.data() + i * sizeof(From), sizeof(From));
        const To value = convert(narrow);
        std::memcpy(wide.data() + i * sizeof(To), &value, sizeof(To));
    }
    bytes = std::move(wide);
}

}  // namespace

std::size_t stored_size(StoredType type) {
    switch (type) {
        case StoredType::float16:
        case StoredType::bfloat16:
            return 2;
        case StoredType::int64:
            return 8;
        default:
            return 4;
    }
}

const char* stored_name(StoredType type) {
    switch (type) {
        case StoredType::float16:
            return "float16";
        case StoredType::bfloat16:
            return "bfloat16";
        case StoredType::int32:
            return "int32";
        case StoredType::int64:
            return "int64";
        default:
            return "float32";
    }
}

std::string tensorflow_type_name(int number) {
    if (number >= 1 && number <= static_cast<int>(names.size()))
        return names[static_cast<std::size_t>(number) - 1];
    return "type " + std::to_string(number);
}

std::optional<StoredType> readable_type(int number) {
    switch (number) {
        case 1:
            return StoredType::float32;
        case 3:
            return StoredType::int32;
        case 9:
            return StoredType::int64;
        case 14:
            return StoredType::bfloat16;
        case 19:
            return StoredType::float16;
        default:
            return std::nullopt;
    }
}

std::optional<std::uint64_t> dense_bytes(std::span<const std::int64_t> shape, std::size_t element_bytes,
                                         std::uint64_t most) {
    bool nothing = false;
    for (const auto side : shape) {
        if (side < 0) return std::nullopt;
        nothing = nothing || side == 0;
    }
    if (nothing) return 0;
    std::uint64_t bytes = element_bytes;
    for (const auto side : shape) {
        if (bytes > most / static_cast<std::uint64_t>(side)) return std::nullopt;
        bytes *= static_cast<std::uint64_t>(side);
    }
    return bytes <= most ? std::optional(bytes) : std::nullopt;
}

std::string shape_text(std::span<const std::int64_t> shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + "]";
}

ElementType in_memory(StoredType type) {
    return type == StoredType::int32 || type == StoredType::int64 ? ElementType::int64 : ElementType::float32;
}

void convert_elements(StoredType type, NamedArray& array) {
    array.type = in_memory(type);
    if (type == StoredType::float16) {
        widen<std::uint16_t, float>(array.bytes, from_half);
    } else if (type == StoredType::bfloat16) {
        widen<std::uint16_t, float>(
            array.bytes, [](std::uint16_t top) { return std::bit_cast<float>(std::uint32_t{top} << 16); });
    } else if (type == StoredType::int32) {
        widen<std::int32_t, std::int64_t>(array.bytes,
                                          [](std::int32_t value) { return std::int64_t{value}; });
    }
}

}  // namespace figurant::data_formats
