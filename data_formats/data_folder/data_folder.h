#pragma once
// The dataset layout: images/NAME.jpg|png, masks/NAME.png, keypoints/NAME.json. See data_folder.md.

#include <filesystem>
#include <string>
#include <vector>

#include "data_formats/dataset/stored_example.h"
#include "figures/example.h"

namespace figurant::data_formats {

struct DataFolderEntry {
    std::string name;  ///< of the image, below images/, '/' separated
    std::filesystem::path image, mask;
    std::filesystem::path keypoints;  ///< empty when there are none
};

/// How masks number figures: from 0 (none: 255) or from 1 (none: 0). Both occur.
enum class FirstFigure { detect, zero, one };

/// The examples of a data folder, sorted by name, bytewise. Error(Cause::input) naming what is missing: the
/// folder, images/, a mask; or when there is no example.
std::vector<DataFolderEntry> list_examples(const std::filesystem::path& folder);

/// The same, but an example whose mask is missing is listed too: check_mask tells it.
std::vector<DataFolderEntry> list_entries(const std::filesystem::path& folder);

/// Error(Cause::input) when the mask is missing, or there is one only as a JPEG, which smears labels.
void check_mask(const DataFolderEntry& entry);

/// Reads one. Figures are in the order of the mask's numbers, category 1, boxes tight around their pixels;
/// those without pixels are left out (read_stored_example tells them). Without a keypoints file, every number
/// of the mask but the background's is a figure. Error(Cause::input) naming the file, and the figure where it
/// is one: damaged files, image and mask of different size, a number in the mask that the keypoints list does
/// not know, a keypoint that is none.
figures::Example read_example(const DataFolderEntry& entry, FirstFigure first = FirstFigure::detect);

/// The same with the picture as its file's bytes, which must be a JPEG or a PNG, and the body parts. A list
/// without any joint counts as none.
StoredExample read_stored_example(const DataFolderEntry& entry, FirstFigure first = FirstFigure::detect);

/// How the mask of an example numbers its figures (never `detect`). Errors as read_example.
FirstFigure detect_first_figure(const DataFolderEntry& entry);

/// The body parts of an example, CV_8UC1: 0 torso, 1 head, 2 right arm, 3 right leg, 4 left leg, 5 left arm,
/// 255 none. Error(Cause::input) when the mask has no second channel.
cv::Mat read_body_parts(const DataFolderEntry& entry);

}  // namespace figurant::data_formats
