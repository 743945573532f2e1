#pragma once
// What the results of inputs are named by.

#include <string>
#include <vector>

namespace figurant::stages {

/// A stem for each name, in order; no two are the same: where a.jpg and a.png would both be "a", the
/// extension stays ("a_jpg", "a_png"), and gives way to one that is called so without it.
std::vector<std::string> unique_stems(const std::vector<std::string>& names);

}  // namespace figurant::stages
