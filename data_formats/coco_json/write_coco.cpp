#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file_writer.h"
#include "data_formats/coco_json/coco_json.h"

namespace figurant::data_formats {
using namespace figures;

namespace {

/// The shortest text that reads back as the same number.
std::string number(double value) {
    if (!std::isfinite(value))
        throw Error(Cause::internal, "a number that is not finite cannot be written as JSON");
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    return {digits, end};
}

/// Quoted and escaped; bytes that are no UTF-8 are replaced.
std::string quoted(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string box_text(const std::array<double, 4>& box) {
    return "[" + number(box[0]) + ", " + number(box[1]) + ", " + number(box[2]) + ", " + number(box[3]) + "]";
}

std::string mask_text(const RunLengthMask& mask) {
    return "{\"size\": [" + std::to_string(mask.height()) + ", " + std::to_string(mask.width()) +
           "], \"counts\": " + quoted(mask.to_string()) + "}";
}

std::string element_text(const CocoImage& image) {
    return "{\"id\": " + std::to_string(image.id) + ", \"file_name\": " + quoted(image.file_name) +
           ", \"width\": " + std::to_string(image.width) + ", \"height\": " + std::to_string(image.height) +
           "}";
}

std::string element_text(const CocoCategory& category) {
    return "{\"id\": " + std::to_string(category.id) + ", \"name\": " + quoted(category.name) + "}";
}

std::string element_text(const CocoAnnotation& annotation) {
    std::string text = "{\"id\": " + std::to_string(annotation.id) +
                       ", \"image_id\": " + std::to_string(annotation.image_id) +
                       ", \"category_id\": " + std::to_string(annotation.category_id) +
                       ", \"bbox\": " + box_text(annotation.bbox) + ", \"area\": " + number(annotation.area) +
                       ", \"iscrowd\": " + (annotation.iscrowd ? "1" : "0");
    if (annotation.segmentation) text += ", \"segmentation\": " + mask_text(*annotation.segmentation);
    return text + "}";
}

std::string element_text(const CocoResult& result) { return coco_result_text(result); }

/// "[", an element a line, "]".
template <class Element>
std::string list_text(const std::vector<Element>& elements) {
    std::string text = "[";
    for (std::size_t i = 0; i < elements.size(); ++i) text += (i ? ",\n" : "\n") + element_text(elements[i]);
    return text + (elements.empty() ? "]" : "\n]");
}

}  // namespace

std::string coco_result_text(const CocoResult& result, const std::string& file_name) {
    std::string text = "{\"image_id\": " + std::to_string(result.image_id) +
                       (file_name.empty() ? "" : ", \"file_name\": " + quoted(file_name)) +
                       ", \"category_id\": " + std::to_string(result.category_id) +
                       ", \"score\": " + number(result.score);
    if (result.bbox) text += ", \"bbox\": " + box_text(*result.bbox);
    if (result.segmentation) text += ", \"segmentation\": " + mask_text(*result.segmentation);
    return text + "}";
}

std::string coco_truth_text(const CocoTruth& truth) {
    return "{\n\"images\": " + list_text(truth.images) + ",\n\"categories\": " + list_text(truth.categories) +
           ",\n\"annotations\": " + list_text(truth.annotations) + "\n}\n";
}

std::string coco_results_text(const CocoResults& results) { return list_text(results) + "\n"; }

void write_coco_truth(const std::filesystem::path& path, const CocoTruth& truth) {
    write_file(path, coco_truth_text(truth));
}

void write_coco_results(const std::filesystem::path& path, const CocoResults& results) {
    write_file(path, coco_results_text(results));
}

}  // namespace figurant::data_formats
