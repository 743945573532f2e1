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
        if (figure.mask.empty()) ++without_mask_;
        else if (figure.crowd) ++crowds_;
        else if (drawn_ == most_figures) ++too_many_;
        else return draw(figure.mask);
        return false;
    }
    const cv::Mat& numbers() const { return numbers_; }
    std::vector<std::string> left_out() const {
        std::vector<std::string> sentences;
        const auto tell = [&](std::size_t count, const std::string& what) {
            if (count > 0) sentences.push_back(std::to_string(count) + what);
        };
        tell(without_mask_, " figures without a mask are not in the mask picture");
        tell(crowds_, " regions of crowds are not in the mask picture");
        tell(too_many_, " figures are not in the mask picture, which can tell 255 apart");
        tell(covered_, " pixels belong to several figures; in the mask picture to the last of them");
        return sentences;
    }

  private:
    bool draw(const PlacedMask& mask) {
        cv::Mat part = numbers_(cv::Rect(static_cast<int>(mask.x), static_cast<int>(mask.y),
                                         static_cast<int>(mask.local.width()),
                                         static_cast<int>(mask.local.height())));
        const cv::Mat inside = mask.local.decode();
        covered_ += static_cast<std::size_t>(cv::countNonZero((part != 255) & inside));
        part.setTo(cv::Scalar(static_cast<double>(drawn_++)), inside);
        return true;
    }
    cv::Mat numbers_;
    std::size_t drawn_ = 0, without_mask_ = 0, crowds_ = 0, too_many_ = 0, covered_ = 0;
};

}  // namespace

FolderFiles folder_files(const StoredExample& example) {
    MaskPicture picture(example);
    FolderFiles files;
    std::string keypoints;
    std::size_t others = 0;
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
    if (others > 0)
        files.left_out.push_back(std::to_string(others) +
                                 " figures are of other categories than 1, which a data folder cannot tell");
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
