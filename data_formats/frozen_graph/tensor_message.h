#pragma once
// TensorProto: the value of a constant.

#include <optional>
#include <string>
#include <vector>

#include "base/named_array.h"
#include "data_formats/frozen_graph/fields.h"

namespace figurant::data_formats {

/// What a TensorProto says, but for its values in typed form.
struct TensorMessage {
    int type = 0;  ///< TensorFlow's number
    std::vector<std::int64_t> shape;
    std::optional<Span> content;  ///< tensor_content: the dense elements
};

/// Error(Cause::model) naming `name`, the byte, and the constant: damaged, or of no possible shape.
TensorMessage read_tensor_message(const Span& message, const std::string& name, const std::string& constant);

/// The elements; errors as above, also when they do not fit the shape. Its type must be readable.
NamedArray tensor_values(const TensorMessage& tensor, const Span& message, const std::string& name,
                         const std::string& constant);

}  // namespace figurant::data_formats
