#pragma once
// Trouble with the disk that nobody could be told of at once.

#include <optional>

#include "base/error.h"

namespace figurant {

/// What went wrong with the disk while files of this thread were given up or closed by a destructor
/// (file_writer.h), which cannot throw; once. For who decides how a run ends: such a disk is not to be
/// trusted.
std::optional<Error> take_lost_trouble();

}  // namespace figurant
