#include "data_formats/data_folder/folder_files.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>

#include "data_formats/image/image.h"

namespace figurant::data_formats {
using namespace figures;

namespace {

constexpr std::size_t most_figures = 255;  // numbers 0 to 254; 255 is the background

/// The shortest decimal number that reads back as the same float.
std::string decimal(float value) {
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

std::string joints_text(const StoredFigure& figure) {
    std::string text = "{";
    for (std::size_t j = 0; j < figure.keypoints.size(); ++j) {
        const Keypoint& joint = figure.keypoints[j];
        if (!joint.known) continue;
        text += (text.size() > 1 ? ", \"" : "\"") + std::to_string(j) + "\": [" + decimal(joint.x) + ", " +
                decimal(joint.y) + "]";
    }
    return text + "}";
}

/// Draws figures one after the other, and finds out what is lost.
class MaskPicture {
  public:
    explicit MaskPicture(const StoredExample& example)
        : numbers_(static_cast<int>(example.height), static_cast<int>(example.width), CV_8UC1,
                   cv::Scalar(255)) {}

    /// False when it cannot be drawn.
    bool draw(const StoredFigure& figure) {
        if (figure.mask.empty())
            ++without_mask_;
        else if (figure.crowd)
            ++crowds_;
        else if (drawn_ == most_figures)
            ++too_many_;
        else
            return draw(figure.mask);
        return false;
    }
    const cv::Mat& numbers() const { return numbers_; }
    std::vector<LeftOut> left_out() const {
        return {{"figures without a mask", without_mask_},
                {"regions of crowds", crowds_},
                {"figures beyond the 255 that a mask can tell apart", too_many_},
                {"pixels of several figures, given to the last", covered_}};
    }

  private:
    bool draw(const PlacedMask& mask) {
        cv::Mat part =
            numbers_(cv::Rect(static_cast<int>(mask.x), static_cast<int>(mask.y),
                              static_cast<int>(mask.local.width()), static_cast<int>(mask.local.height())));
        const cv::Mat inside = mask.local.decode();
        covered_ += cv::countNonZero((part != 255) & inside);
        part.setTo(cv::Scalar(static_cast<double>(drawn_++)), inside);
        return true;
    }
    cv::Mat numbers_;
    std::size_t drawn_ = 0;
    std::int64_t without_mask_ = 0, crowds_ = 0, too_many_ = 0, covered_ = 0;
};

}  // namespace

FolderFiles folder_files(const StoredExample& example) {
    MaskPicture picture(example);
    FolderFiles files;
    std::string keypoints;
    std::int64_t others = 0;
    for (const auto& figure : example.figures) {
        if (!picture.draw(figure)) continue;
        keypoints += (keypoints.empty() ? "\n  " : ",\n  ") + joints_text(figure);
        others += figure.category != 1;
    }
    files.keypoints = "[" + keypoints + "\n]\n";
    const auto& numbers = picture.numbers();
    cv::Mat parts(numbers.size(), CV_8UC1, cv::Scalar(255));
    if (!example.body_parts.empty()) parts = example.body_parts.decode(example.height, example.width);
    const cv::Mat channels[] = {numbers, parts, cv::Mat::zeros(numbers.size(), CV_8UC1)};
    cv::Mat merged;
    cv::merge(channels, 3, merged);
    files.mask = encode_png(merged, 6);
    files.left_out = picture.left_out();
    files.left_out.push_back({"categories of figures, all taken for 1", others});
    std::erase_if(files.left_out, [](const LeftOut& each) { return each.count == 0; });
    return files;
}

std::string picture_extension(const StoredExample& example) {
    const bool png = example.image.starts_with("\x89PNG");
    const std::string own = std::filesystem::path(example.name).extension().string();
    std::string lower = own;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (png ? lower == ".png" : lower == ".jpg" || lower == ".jpeg") return own;
    return png ? ".png" : ".jpg";
}

}  // namespace figurant::data_formats
