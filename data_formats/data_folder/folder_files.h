#pragma once
// An example as the files of a data folder. See data_folder.md.

#include <string>
#include <vector>

#include "data_formats/dataset/stored_example.h"

namespace figurant::data_formats {

/// Something of an example that a data folder's files cannot hold, and how often.
struct LeftOut {
    std::string what;
    std::int64_t count = 0;
};

struct FolderFiles {
    std::string mask;       ///< masks/NAME.png: red the figure, counted from 0, green the body part, 255 none
    std::string keypoints;  ///< keypoints/NAME.json, an object a figure, empty for one without joints
    std::vector<LeftOut> left_out;  ///< the COCO ground truth has it
};

/// Memory: three bytes for each pixel. The size must be that of the decoded picture.
FolderFiles folder_files(const StoredExample& example);

/// ".jpg" or ".png" as the picture's bytes are, or the name's own extension where it fits them.
std::string picture_extension(const StoredExample& example);

}  // namespace figurant::data_formats
