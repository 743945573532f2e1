#pragma once
// COCO's two JSON files: the ground truth ("instances"), and results. See coco_json.md.

#include <filesystem>
#include <string>
#include <string_view>

#include "figures/coco.h"

namespace figurant::data_formats {

/// Reads a ground truth. Segmentations may be polygons, runs, or compressed runs; all become runs over their
/// image. Error(Cause::truth) naming the file and the place in it ("annotations[17].bbox"): missing or
/// damaged file, missing part, wrong type, a mask that does not fit its image, an id that is used twice or
/// refers to nothing.
figures::CocoTruth read_coco_truth(const std::filesystem::path& path);
/// The same from text; `name` stands for the file in messages.
figures::CocoTruth parse_coco_truth(std::string_view text, const std::string& name);

/// Reads results. With `truth`, each must belong to one of its images: that of its file_name where it has
/// one, else that of its image_id, which may be a text, a file name too (as the original COCO evaluation
/// wrote them). File names match whole, or by their last component where need be. Error(Cause::input) naming
/// the file and the place, as above.
figures::CocoResults read_coco_results(const std::filesystem::path& path,
                                       const figures::CocoTruth* truth = nullptr);
figures::CocoResults parse_coco_results(std::string_view text, const std::string& name,
                                        const figures::CocoTruth* truth = nullptr);

/// JSON text, an element a line; numbers in the shortest form that reads back as the same; masks as
/// compressed runs. Error(Cause::internal) for numbers that are not finite.
std::string coco_truth_text(const figures::CocoTruth& truth);
std::string coco_results_text(const figures::CocoResults& results);
/// One element of coco_results_text, without comma or line end: for results that are put together piece by
/// piece. `file_name`: of its image, where known; by it the result finds its image in any ground truth.
std::string coco_result_text(const figures::CocoResult& result, const std::string& file_name = {});

/// The texts under `path`, whole or not at all.
void write_coco_truth(const std::filesystem::path& path, const figures::CocoTruth& truth);
void write_coco_results(const std::filesystem::path& path, const figures::CocoResults& results);

}  // namespace figurant::data_formats
