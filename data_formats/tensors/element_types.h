#pragma once
// The element types of TensorFlow's files, and how those that are read become the two of base/named_array.h.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/named_array.h"

namespace figurant::data_formats {

/// What can be read. The real ones become float32, the whole ones int64; no value changes.
enum class StoredType { float32, float16, bfloat16, int32, int64 };

std::size_t stored_size(StoredType type);  ///< of one element, in bytes
const char* stored_name(StoredType type);

/// TensorFlow's name of a number in types.proto, "float32" for 1; "type 99" when there is none.
std::string tensorflow_type_name(int number);
/// What can be read of these.
std::optional<StoredType> readable_type(int number);

/// The bytes of a dense array, or nothing: a negative side, or more than `most` bytes.
std::optional<std::uint64_t> dense_bytes(std::span<const std::int64_t> shape, std::size_t element_bytes,
                                         std::uint64_t most);

/// [2, 3]
std::string shape_text(std::span<const std::int64_t> shape);

ElementType in_memory(StoredType type);
/// Little-endian elements in `array.bytes` to those of in_memory(type), in place where they are the same.
void convert_elements(StoredType type, NamedArray& array);

}  // namespace figurant::data_formats
