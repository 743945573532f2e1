#pragma once
// A stored example as bytes, for what a run keeps of its inputs until its end.

#include <string>
#include <string_view>

#include "data_formats/dataset/stored_example.h"

namespace figurant::data_formats {

/// Error(Cause::limit) beyond 2 GiB.
std::string example_to_bytes(const StoredExample& example);

/// What example_to_bytes made. Error(Cause::input) naming `where` for anything else.
StoredExample example_from_bytes(std::string_view bytes, const std::string& where);

}  // namespace figurant::data_formats
