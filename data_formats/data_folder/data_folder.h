#pragma once
// A data set as a folder of images, masks and keypoints. See data_folder.md.

#include <filesystem>
#include <string>
#include <vector>

#include "figures/example.h"

namespace figurant::data_formats {

/// The files of one example; `keypoints` may not exist.
struct DataFolderEntry {
    std::string name;  ///< of the image, without extension
    std::filesystem::path image, mask, keypoints;
};

/// How the first channel of the masks counts figures.
enum class FirstFigure { detect, zero, one };

/// The examples of a data folder, sorted by name. Error(Cause::input) when images/ or masks/ is missing or
/// empty, or an image has no mask.
std::vector<DataFolderEntry> list_examples(const std::filesystem::path& folder);

/// Reads one example. Error(Cause::input) naming the file: damaged, of another size than its image, keypoints
/// that do not match the mask (with the figure), a counting that cannot be found out.
figures::Example read_example(const DataFolderEntry& entry, FirstFigure first = FirstFigure::detect);

}  // namespace figurant::data_formats
