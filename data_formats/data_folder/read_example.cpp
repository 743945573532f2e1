#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "base/file_writer.h"
#include "data_formats/data_folder/data_folder.h"
#include "data_formats/data_folder/keypoints.h"
#include "data_formats/image/image.h"
#include "figures/map.h"

namespace figurant::data_formats {
using namespace figures;

namespace {

using AllKeypoints = std::vector<std::vector<Keypoint>>;

constexpr int no_body_part = 255;

/// Where the pixels of one number of the mask are.
struct Extent {
    std::int64_t pixels = 0, with_body_part = 0;
    int left = 1 << 30, top = 1 << 30, right = 0, bottom = 0;  ///< right and bottom exclusive
    cv::Rect rect() const { return {left, top, right - left, bottom - top}; }
};

using Extents = std::array<Extent, 256>;

struct LabelMask {
    std::filesystem::path path;
    cv::Mat labels;  ///< first channel: which figure; second, where there is one: body part
    Extents extents;
};

[[noreturn]] void reject(const std::filesystem::path& path, const std::string& why,
                         const std::string& next_step) {
    throw Error(Cause::input, path.string() + ": " + why, next_step);
}

Extents measure(const cv::Mat& labels) {
    Extents extents{};
    const int channels = labels.channels();
    for (int y = 0; y < labels.rows; ++y) {
        const std::uint8_t* row = labels.ptr(y);
        for (int x = 0; x < labels.cols; ++x) {
            const std::uint8_t* pixel = row + x * channels;
            Extent& extent = extents[pixel[0]];
            ++extent.pixels;
            extent.with_body_part += channels > 1 && pixel[1] != no_body_part;
            extent.left = std::min(extent.left, x);
            extent.right = std::max(extent.right, x + 1);
            extent.top = std::min(extent.top, y);
            extent.bottom = y + 1;
        }
    }
    return extents;
}

LabelMask read_mask(const std::filesystem::path& path) {
    LabelMask mask{path, decode_label_png(read_file(path), path.string()), {}};
    mask.extents = measure(mask.labels);
    return mask;
}

/// Pixels that belong to a figure if this number is one's: those with a body part, where the mask tells body
/// parts.
std::int64_t figure_pixels(const LabelMask& mask, std::size_t number) {
    const Extent& extent = mask.extents[number];
    return mask.labels.channels() > 1 ? extent.with_body_part : extent.pixels;
}

/// Counted from 1, the last figure's number is as long as the list, a number that does not occur when counted
/// from 0. Where it has no pixels: 255 is the background of figures counted from 0; else 0 is the first
/// figure if it has body parts, or, where no mask tells body parts, is less than half of the picture; else it
/// is the background.
FirstFigure detect(const LabelMask& mask, std::optional<std::size_t> listed) {
    const bool parts = mask.labels.channels() > 1;
    const bool last = listed && *listed > 0 && *listed < 255 && figure_pixels(mask, *listed) > 0;
    const bool zero = parts ? mask.extents[0].with_body_part > 0
                            : 2 * mask.extents[0].pixels <= static_cast<std::int64_t>(mask.labels.total());
    if (last && zero && parts)
        reject(mask.path,
               "numbers its figures from 0 to " + std::to_string(*listed) + ", but there are keypoints for " +
                   std::to_string(*listed) + " only",
               "correct the keypoints, or say how figures are counted with first_figure");
    if (last) return FirstFigure::one;
    if (mask.extents[255].pixels > 0) return FirstFigure::zero;
    return zero || mask.extents[0].pixels == 0 ? FirstFigure::zero : FirstFigure::one;
}

/// Every number in the mask must be a figure of the list, or the background.
void check_numbers(const LabelMask& mask, const DataFolderEntry& entry, std::size_t listed, int first) {
    const int last = first + static_cast<int>(listed) - 1;
    for (int number = 0; number < 255; ++number) {
        const std::int64_t pixels = figure_pixels(mask, static_cast<std::size_t>(number));
        const bool background = number == 0 && first == 1 && mask.labels.channels() == 1;
        if (pixels == 0 || background || (number >= first && number <= last)) continue;
        reject(entry.mask,
               "figure " + std::to_string(number) + " has " + std::to_string(pixels) + " pixels, but " +
                   entry.keypoints.string() + " lists " + std::to_string(listed) + " figures (counted from " +
                   std::to_string(first) + " in the mask)",
               "repair one of the two files, or say how figures are counted with first_figure");
    }
}

ExampleFigure make_figure(const LabelMask& mask, int number) {
    const cv::Rect box = mask.extents[static_cast<std::size_t>(number)].rect();
    cv::Mat which;
    cv::extractChannel(mask.labels(box), which, 0);
    ExampleFigure figure;
    figure.box = {static_cast<float>(box.x), static_cast<float>(box.y), static_cast<float>(box.br().x),
                  static_cast<float>(box.br().y)};
    figure.mask = {box.x, box.y, RunLengthMask::encode(which == number)};
    return figure;
}

std::vector<ExampleFigure> make_figures(const LabelMask& mask, const std::optional<AllKeypoints>& keypoints,
                                        int first) {
    std::vector<ExampleFigure> figures;
    const int count = keypoints ? static_cast<int>(keypoints->size()) : 255 - first;
    for (int i = 0; i < count && first + i < 255; ++i) {
        const auto number = static_cast<std::size_t>(first + i);
        if (mask.extents[number].pixels == 0 || (!keypoints && figure_pixels(mask, number) == 0)) continue;
        figures.push_back(make_figure(mask, first + i));
        if (keypoints) figures.back().keypoints = (*keypoints)[static_cast<std::size_t>(i)];
    }
    return figures;
}

/// What is said of figures that the keypoints list, but of which the mask has no pixel; "" where there is
/// none.
std::string without_pixels(const LabelMask& mask, const DataFolderEntry& entry, std::size_t listed,
                           int first) {
    std::string numbers;
    for (std::size_t i = 0; i < listed; ++i) {
        const std::size_t number = i + static_cast<std::size_t>(first);
        if (number > 255 || mask.extents[number].pixels == 0)
            numbers += (numbers.empty() ? "" : ", ") + std::to_string(number);
    }
    return numbers.empty() ? ""
                           : entry.keypoints.string() + ": figures without a pixel in " +
                                 entry.mask.string() + ", left out: " + numbers;
}

std::optional<AllKeypoints> read_keypoints(const DataFolderEntry& entry) {
    if (entry.keypoints.empty()) return std::nullopt;
    AllKeypoints keypoints =
        parse_keypoints(read_file(entry.keypoints, std::size_t{64} << 20), entry.keypoints.string());
    if (keypoints.size() > 255)
        reject(entry.keypoints,
               "lists " + std::to_string(keypoints.size()) + " figures; a mask can tell 255 apart",
               "cut the picture into smaller ones");
    return keypoints;
}

/// The figures of a mask that must be of the picture's size, and what is said of those that are none.
std::vector<ExampleFigure> read_figures(const LabelMask& mask, const DataFolderEntry& entry, cv::Size picture,
                                        FirstFigure first, std::vector<std::string>& left_out) {
    if (mask.labels.size() != picture)
        reject(entry.mask,
               "is " + std::to_string(mask.labels.cols) + " x " + std::to_string(mask.labels.rows) +
                   " pixels, but " + entry.image.string() + " is " + std::to_string(picture.width) + " x " +
                   std::to_string(picture.height),
               "give image and mask the same size");
    const auto keypoints = read_keypoints(entry);
    if (first == FirstFigure::detect)
        first = detect(mask, keypoints ? std::optional(keypoints->size()) : std::nullopt);
    const int least = first == FirstFigure::one ? 1 : 0;
    if (keypoints) {
        check_numbers(mask, entry, keypoints->size(), least);
        if (auto told = without_pixels(mask, entry, keypoints->size(), least); !told.empty())
            left_out.push_back(std::move(told));
    }
    return make_figures(mask, keypoints, least);
}

StoredFigure stored_figure(ExampleFigure figure) {
    StoredFigure stored;
    stored.bbox = {figure.box.x_min, figure.box.y_min, figure.box.width(), figure.box.height()};
    stored.area = static_cast<double>(figure.mask.area());
    stored.mask = std::move(figure.mask);
    const auto known = [](const Keypoint& joint) { return joint.known; };
    if (std::any_of(figure.keypoints.begin(), figure.keypoints.end(), known))
        stored.keypoints = std::move(figure.keypoints);
    return stored;
}

/// None when no pixel has one.
LabelRuns body_parts(const LabelMask& mask) {
    cv::Mat parts;
    cv::extractChannel(mask.labels, parts, 1);
    LabelRuns runs = LabelRuns::encode(parts);
    const bool none = std::all_of(runs.labels.begin(), runs.labels.end(),
                                  [](std::uint8_t label) { return label == no_body_part; });
    return none ? LabelRuns{} : runs;
}

}  // namespace

FirstFigure detect_first_figure(const DataFolderEntry& entry) {
    const auto keypoints = read_keypoints(entry);
    return detect(read_mask(entry.mask), keypoints ? std::optional(keypoints->size()) : std::nullopt);
}

Example read_example(const DataFolderEntry& entry, FirstFigure first) {
    check_mask(entry);
    Example example;
    example.rgb = read_image(entry.image);
    example.info = {entry.name, example.rgb.cols, example.rgb.rows, map_stem(entry.name)};
    std::vector<std::string> left_out;  // import_dataset tells it
    example.figures = read_figures(read_mask(entry.mask), entry, example.rgb.size(), first, left_out);
    return example;
}

StoredExample read_stored_example(const DataFolderEntry& entry, FirstFigure first) {
    check_mask(entry);
    StoredExample example;
    example.name = entry.name;
    example.image = read_file(entry.image);
    const cv::Size size = image_size(example.image, entry.image.string());
    example.width = size.width;
    example.height = size.height;
    const LabelMask mask = read_mask(entry.mask);
    for (auto& figure : read_figures(mask, entry, size, first, example.left_out))
        example.figures.push_back(stored_figure(std::move(figure)));
    if (mask.labels.channels() > 1) example.body_parts = body_parts(mask);
    example.categories = {{1, "character"}};
    return example;
}

cv::Mat read_body_parts(const DataFolderEntry& entry) {
    const cv::Mat labels = decode_label_png(read_file(entry.mask), entry.mask.string());
    if (labels.channels() < 3)
        reject(entry.mask, "has no second channel, which would hold body parts", "write masks as RGB");
    cv::Mat parts;
    cv::extractChannel(labels, parts, 1);
    return parts;
}

}  // namespace figurant::data_formats
