#include "data_formats/data_folder/data_folder.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <optional>

#include "base/error.h"
#include "base/file_writer.h"
#include "data_formats/map_image/map_image.h"

namespace figurant::data_formats {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t largest_file = std::size_t{1} << 30;
constexpr int no_part = 255;

[[noreturn]] void reject(const fs::path& file, const std::string& why, const std::string& next_step = {}) {
    throw Error(Cause::input, file.string() + ": " + why, next_step);
}

using FigureJoints = std::vector<figures::Keypoint>;

FigureJoints read_joints(const nlohmann::json& object, const fs::path& file, std::size_t figure) {
    const std::string place = "figure " + std::to_string(figure);
    if (!object.is_object()) reject(file, place + " is no object of joints");
    FigureJoints joints(figures::joints);
    for (const auto& [key, value] : object.items()) {
        const bool digits =
            !key.empty() && key.size() <= 2 && key.find_first_not_of("0123456789") == std::string::npos;
        const std::size_t joint = digits ? std::stoul(key) : figures::joints;
        if (joint >= figures::joints)
            reject(file, place + ": \"" + key + "\" is no joint; joints are \"0\" to \"15\"");
        if (!value.is_array() || value.size() != 2 || !value[0].is_number() || !value[1].is_number())
            reject(file, place + ", joint " + key + ": expected [x, y]");
        joints[joint] = {value[0].get<float>(), value[1].get<float>(), true};
    }
    return joints;
}

std::optional<std::vector<FigureJoints>> read_keypoints(const fs::path& file) {
    std::error_code failed;
    if (!fs::exists(file, failed)) return std::nullopt;
    const auto document = nlohmann::json::parse(read_file(file, largest_file), nullptr, false);
    if (document.is_discarded()) reject(file, "is no JSON");
    if (!document.is_array()) reject(file, "expected a list with one object for each figure");
    std::vector<FigureJoints> figures;
    for (const auto& object : document) figures.push_back(read_joints(object, file, figures.size()));
    return figures;
}

cv::Mat read_mask(const fs::path& file, const figures::MapInfo& image) {
    const std::string bytes = read_file(file, largest_file);
    constexpr std::string_view signature = "\x89PNG\r\n\x1a\n";
    if (bytes.size() < 33 || !bytes.starts_with(signature))
        reject(file, "is no PNG; masks are PNG, which keeps labels exact");
    const auto number = [&](std::size_t at) {
        std::int64_t value = 0;
        for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
        return value;
    };
    // The header's size is compared before any pixel is decoded.
    if (number(16) != image.width || number(20) != image.height)
        reject(file, "is " + std::to_string(number(16)) + " x " + std::to_string(number(20)) +
                         " pixels; its image has " + std::to_string(image.width) + " x " +
                         std::to_string(image.height));
    const cv::Mat view(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data()));
    cv::Mat mask = cv::imdecode(view, cv::IMREAD_COLOR);  // blue, green, red
    if (mask.empty()) reject(file, "is damaged", "make the mask again, or remove the example");
    return mask;
}

/// What the mask says before its figures are numbered: pixels, body-part pixels and bounds of each value.
struct MaskValue {
    std::int64_t pixels = 0, part_pixels = 0;
    int left = 0, top = 0, right = -1, bottom = -1;
};

std::array<MaskValue, 256> survey(const cv::Mat& mask) {
    std::array<MaskValue, 256> values;
    for (int y = 0; y < mask.rows; ++y) {
        const auto* row = mask.ptr<cv::Vec3b>(y);
        for (int x = 0; x < mask.cols; ++x) {
            auto& value = values[row[x][2]];
            if (value.pixels++ == 0) value.left = x, value.top = y, value.right = x;
            value.left = std::min(value.left, x);
            value.right = std::max(value.right, x);
            value.bottom = y;
            value.part_pixels += row[x][1] != no_part;
        }
    }
    return values;
}

/// The number of the first figure, 0 or 1.
std::size_t first_number(const std::array<MaskValue, 256>& values, std::optional<std::size_t> count,
                         const fs::path& mask_file) {
    const std::string how = "say how figures are counted (first_figure = \"zero\" or \"one\")";
    const bool zero = values[0].part_pixels > 0;
    if (!count) return zero ? 0 : 1;
    const bool last = *count < values.size() && *count > 0 && values[*count].part_pixels > 0;
    if (zero && last)
        reject(mask_file,
               "numbers its figures from 0 to " + std::to_string(*count) + ", but there are " +
                   std::to_string(*count) + " sets of keypoints",
               how);
    if (zero || last) return zero ? 0 : 1;
    const auto commonest = std::max_element(values.begin(), values.end(),
                                            [](const auto& a, const auto& b) { return a.pixels < b.pixels; });
    return commonest == values.begin() ? 1 : 0;
}

figures::ExampleFigure figure_of(const cv::Mat& mask, const MaskValue& value, std::size_t number) {
    const cv::Rect bounds(value.left, value.top, value.right - value.left + 1, value.bottom - value.top + 1);
    cv::Mat inside;
    cv::extractChannel(mask(bounds), inside, 2);
    figures::ExampleFigure figure;
    figure.mask = {bounds.x, bounds.y, figures::RunLengthMask::encode(inside == static_cast<double>(number))};
    figure.box = {static_cast<float>(bounds.x), static_cast<float>(bounds.y),
                  static_cast<float>(bounds.br().x), static_cast<float>(bounds.br().y)};
    return figure;
}

}  // namespace

std::vector<DataFolderEntry> list_examples(const fs::path& folder) {
    const fs::path images = folder / "images", masks = folder / "masks";
    std::error_code failed;
    for (const auto& needed : {images, masks})
        if (!fs::is_directory(needed, failed))
            reject(folder, "is no data folder: " + needed.filename().string() + "/ is missing",
                   "give a folder with images/ and masks/, as synthesize_maps writes it");
    std::vector<DataFolderEntry> entries;
    for (const auto& file : fs::directory_iterator(images)) {
        const auto extension = file.path().extension();
        if (extension != ".jpg" && extension != ".jpeg" && extension != ".png") continue;
        const std::string name = file.path().stem().string();
        entries.push_back(
            {name, file.path(), masks / (name + ".png"), folder / "keypoints" / (name + ".json")});
        if (!fs::exists(entries.back().mask, failed))
            reject(entries.back().mask, "is missing; " + file.path().string() + " has no mask",
                   "add the mask, or remove the image");
    }
    if (entries.empty()) reject(images, "holds no image (.jpg, .jpeg, .png)");
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.image < b.image; });
    return entries;
}

figures::Example read_example(const DataFolderEntry& entry, FirstFigure first) {
    const auto map = open_map(entry.image, entry.name);
    figures::Example example;
    example.info = map->info();
    example.rgb = map->read(
        cv::Rect(0, 0, static_cast<int>(example.info.width), static_cast<int>(example.info.height)));
    const cv::Mat mask = read_mask(entry.mask, example.info);
    const auto keypoints = read_keypoints(entry.keypoints);
    const auto values = survey(mask);

    const std::optional<std::size_t> count = keypoints ? std::optional(keypoints->size()) : std::nullopt;
    const std::size_t start = first == FirstFigure::detect ? first_number(values, count, entry.mask)
                                                           : (first == FirstFigure::zero ? 0 : 1);
    const std::size_t end = count ? start + *count : values.size();
    if (end > values.size())
        reject(entry.keypoints, "has " + std::to_string(*count) + " figures; a mask can tell 255 apart");
    for (std::size_t number = 0; number < values.size(); ++number) {
        if (number >= start && number < end) {
            if (values[number].pixels == 0 || (!count && values[number].part_pixels == 0)) continue;
            auto figure = figure_of(mask, values[number], number);
            if (keypoints) figure.keypoints = (*keypoints)[number - start];
            example.figures.push_back(std::move(figure));
        } else if (values[number].part_pixels > 0) {
            reject(entry.mask,
                   "has figure " + std::to_string(number) + ", counted from " + std::to_string(start) +
                       ", but there are keypoints for " + std::to_string(*count) + " figures only",
                   "correct the keypoints, or say how figures are counted (first_figure)");
        }
    }
    return example;
}

}  // namespace figurant::data_formats
