#pragma once
// keypoints/NAME.json: a list, one object a figure, joint -> [x, y].

#include <string>
#include <string_view>
#include <vector>

#include "figures/example.h"

namespace figurant::data_formats {

/// One entry a figure, each of figures::joints places. Error(Cause::input) naming `name` and the place in it.
std::vector<std::vector<figures::Keypoint>> parse_keypoints(std::string text, const std::string& name);

}  // namespace figurant::data_formats
