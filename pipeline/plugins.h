#pragma once
// Stages of others, in shared libraries.

#include <filesystem>
#include <string>
#include <vector>

namespace figurant::pipeline {

/// Loads a library of stages, whose stages then are in Registry::global(), all of them or none; again:
/// nothing happens. Error(Cause::configuration) when it is no library of stages, was built for another
/// framework, compiler or standard library (then nothing in it has run), or registers what cannot be.
void load_plugin(const std::filesystem::path& file);

/// The stamps of a library of stages (abi.h), read off the file alone. Error(Cause::configuration) when the
/// file is no shared library for this machine, or is damaged; none: it carries no stamp.
std::vector<std::string> plugin_stamps(const std::filesystem::path& file);

/// The libraries that such a file shares types with, "OpenCV: 4.6", read off it as its stamps are.
std::vector<std::string> plugin_libraries(const std::filesystem::path& file);

/// The stamp that `load_plugin` asks for.
std::string_view own_stamp();

}  // namespace figurant::pipeline
