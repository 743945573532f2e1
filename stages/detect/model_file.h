#pragma once
// Where a model comes from.

#include <filesystem>

#include "base/named_array.h"

namespace figurant::stages {

/// The model under `path`, or, for "embedded", the one inside the program. A folder stands for the model.h5
/// in it. Error(Cause::model) naming the file when it is none, or one of another kind.
WeightsFile read_model(const std::filesystem::path& path);

}  // namespace figurant::stages
