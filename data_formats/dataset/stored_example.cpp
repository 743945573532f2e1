#include "data_formats/dataset/stored_example.h"

#include <algorithm>
#include <bit>

#include "base/digest.h"
#include "base/error.h"
#include "base/file_writer.h"
#include "data_formats/image/image.h"
#include "figures/map.h"

namespace figurant::data_formats {
using namespace figures;

namespace {

/// Numbers and texts as one row of bytes, the same on every machine, so that two examples that differ give
/// two rows.
class Canonical {
  public:
    void number(std::uint64_t value) {
        for (int i = 0; i < 8; ++i) bytes_ += static_cast<char>(value >> (8 * i));
    }
    void number(std::int64_t value) { number(static_cast<std::uint64_t>(value)); }
    void number(double value) { number(std::bit_cast<std::uint64_t>(value)); }
    void number(float value) { number(std::uint64_t{std::bit_cast<std::uint32_t>(value)}); }
    void size(std::size_t value) { number(std::uint64_t{value}); }
    void text(std::string_view value) {
        size(value.size());
        bytes_ += value;
    }
    template <class T>
    void list(const std::vector<T>& values) {
        size(values.size());
        for (const T value : values) number(std::uint64_t{value});
    }
    const std::string& bytes() const { return bytes_; }

  private:
    std::string bytes_;
};

void add(Canonical& row, const StoredFigure& figure) {
    for (const double value : figure.bbox) row.number(value);
    row.number(figure.category);
    row.number(figure.area);
    row.number(std::uint64_t{figure.crowd});
    for (const std::int64_t value :
         {figure.mask.x, figure.mask.y, figure.mask.local.height(), figure.mask.local.width()})
        row.number(value);
    row.list(figure.mask.local.counts());
    row.size(figure.keypoints.size());
    for (const auto& joint : figure.keypoints) {
        row.number(joint.x);
        row.number(joint.y);
        row.number(std::uint64_t{joint.known});
    }
}

bool safe_component(std::string_view part) {
    if (part.empty() || part == "." || part == ".." || part.size() > 255) return false;
    return std::none_of(part.begin(), part.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f || c == '\\';
    });
}

/// What the network learns from: boxes as pixels' corners.
ExampleFigure example_figure(const StoredFigure& figure) {
    const auto& [x, y, width, height] = figure.bbox;
    ExampleFigure result;
    result.box = {static_cast<float>(x), static_cast<float>(y), static_cast<float>(x + width),
                  static_cast<float>(y + height)};
    result.category = static_cast<int>(figure.category);
    result.mask = figure.mask;
    result.keypoints = figure.keypoints;
    return result;
}

}  // namespace

LabelRuns LabelRuns::encode(const cv::Mat& pixels) {
    LabelRuns runs;
    for (int y = 0; y < pixels.rows; ++y) {
        const std::uint8_t* row = pixels.ptr(y);
        for (int x = 0; x < pixels.cols; ++x) {
            // A picture of 2^32 pixels of one label is cut into two runs.
            if (runs.labels.empty() || runs.labels.back() != row[x] || runs.lengths.back() == UINT32_MAX) {
                runs.labels.push_back(row[x]);
                runs.lengths.push_back(0);
            }
            ++runs.lengths.back();
        }
    }
    return runs;
}

cv::Mat LabelRuns::decode(std::int64_t height, std::int64_t width) const {
    std::uint64_t sum = 0;
    for (const std::uint32_t length : lengths) sum += length;
    if (lengths.size() != labels.size() || sum != static_cast<std::uint64_t>(height * width))
        throw Error(Cause::internal, "runs of labels that cover " + std::to_string(sum) +
                                         " pixels are no picture of " + std::to_string(width) + " x " +
                                         std::to_string(height));
    cv::Mat pixels(static_cast<int>(height), static_cast<int>(width), CV_8UC1);
    std::uint8_t* at = pixels.data;
    for (std::size_t i = 0; i < lengths.size(); ++i) at = std::fill_n(at, lengths[i], labels[i]);
    return pixels;
}

std::size_t StoredExample::bytes() const {
    std::size_t sum = sizeof(*this) + name.capacity() + image.capacity() + body_parts.lengths.capacity() * 4 +
                      body_parts.labels.capacity();
    for (const auto& figure : figures)
        sum += sizeof(figure) + figure.mask.local.counts().capacity() * sizeof(std::uint32_t) +
               figure.keypoints.capacity() * sizeof(Keypoint);
    for (const auto& category : categories) sum += sizeof(category) + category.name.capacity();
    for (const auto& each : left_out) sum += sizeof(each) + each.capacity();
    return sum;
}

bool StoredExample::operator==(const StoredExample& other) const {
    const auto same_category = [](const CocoCategory& a, const CocoCategory& b) {
        return a.id == b.id && a.name == b.name;
    };
    return name == other.name && image == other.image && width == other.width && height == other.height &&
           id == other.id && figures == other.figures && body_parts == other.body_parts &&
           std::equal(categories.begin(), categories.end(), other.categories.begin(), other.categories.end(),
                      same_category);
}

std::uint64_t digest(const StoredExample& example) {
    Canonical row;
    row.text(example.name);
    row.number(example.width);
    row.number(example.height);
    row.size(example.figures.size());
    for (const auto& figure : example.figures) add(row, figure);
    row.list(example.body_parts.lengths);
    row.list(example.body_parts.labels);
    return hash64(example.image, hash64(row.bytes()));
}

bool is_safe_name(std::string_view name) {
    if (name.empty() || name.size() > 2000) return false;
    for (std::size_t begin = 0;;) {
        const auto end = name.find('/', begin);
        if (!safe_component(name.substr(begin, end == std::string_view::npos ? end : end - begin)))
            return false;
        if (end == std::string_view::npos) return true;
        begin = end + 1;
    }
}

std::string safe_name_of(std::string_view path) {
    const auto slash = path.find_last_of("/\\");
    const std::string_view last = slash == std::string_view::npos ? path : path.substr(slash + 1);
    return safe_file_name(last);
}

cv::Mat decode_picture(const StoredExample& example, const std::string& where) {
    const std::string name = where + ": image";
    cv::Mat rgb = decode_image(example.image, name);
    if (rgb.cols != example.width || rgb.rows != example.height)
        throw Error(Cause::input,
                    name + ": is " + std::to_string(rgb.cols) + " x " + std::to_string(rgb.rows) +
                        " pixels, but " + std::to_string(example.width) + " x " +
                        std::to_string(example.height) + " are stated",
                    "state the size that the picture has");
    return rgb;
}

Example decode_example(const StoredExample& example, const std::string& where) {
    Example result;
    result.rgb = decode_picture(example, where);
    result.info = {example.name, example.width, example.height, map_stem(example.name)};
    for (const auto& figure : example.figures)
        if (!figure.crowd) result.figures.push_back(example_figure(figure));
    return result;
}

}  // namespace figurant::data_formats
