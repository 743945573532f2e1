#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/error.h"
#include "data_formats/image/image.h"
#include "data_formats/tf_record/tf_example.h"
#include "data_formats/tf_record/tf_example.pb.h"

namespace figurant::data_formats {
using namespace figures;

namespace {

constexpr const char* write_again = "write the record again with the features that the documentation lists";

/// The features of one example, asked for by name; all that are missing are told at once.
class FeatureReader {
  public:
    FeatureReader(const tf_example::Features& features, const std::string& where)
        : features_(features), where_(where) {}

    [[noreturn]] void reject(const std::string& why) const {
        throw Error(Cause::input, where_ + ": " + why, write_again);
    }

    void require(std::initializer_list<const char*> names) const {
        std::string missing;
        for (const char* name : names)
            if (!find(name)) missing += (missing.empty() ? "" : ", ") + std::string(name);
        if (!missing.empty()) reject("has no feature " + missing);
    }
    bool has(const char* name) const { return find(name) != nullptr; }

    std::vector<std::string_view> texts(const char* name) const {
        const auto* feature = find(name, tf_example::Feature::kBytesList, "texts");
        if (!feature) return {};
        return {feature->bytes_list().value().begin(), feature->bytes_list().value().end()};
    }
    std::vector<float> numbers(const char* name) const {
        const auto* feature = find(name, tf_example::Feature::kFloatList, "fractions");
        if (!feature) return {};
        return {feature->float_list().value().begin(), feature->float_list().value().end()};
    }
    std::vector<std::int64_t> whole_numbers(const char* name) const {
        const auto* feature = find(name, tf_example::Feature::kInt64List, "whole numbers");
        if (!feature) return {};
        return {feature->int64_list().value().begin(), feature->int64_list().value().end()};
    }

    /// One value, of a feature that is there.
    template <class T>
    T one(const std::vector<T>& values, const char* name) const {
        expect(values.size(), 1, name);
        return values.front();
    }
    void expect(std::size_t found, std::size_t expected, const char* name) const {
        if (found != expected)
            reject(std::string(name) + " has " + std::to_string(found) + " values, but " +
                   std::to_string(expected) + " are expected");
    }

  private:
    const tf_example::Feature* find(const char* name) const {
        const auto found = features_.feature().find(name);
        return found == features_.feature().end() ? nullptr : &found->second;
    }
    /// Of this kind, or without any (an empty list says nothing of its kind).
    const tf_example::Feature* find(const char* name, tf_example::Feature::KindCase kind,
                                    const char* what) const {
        const auto* feature = find(name);
        if (!feature || feature->kind_case() == tf_example::Feature::KIND_NOT_SET) return nullptr;
        if (feature->kind_case() != kind) reject(std::string(name) + " is no list of " + what);
        return feature;
    }
    const tf_example::Features& features_;
    const std::string& where_;
};

/// A coordinate that was divided by the side, in pixels again: whole where it was whole, which 24 bits of
/// fraction leave no doubt of.
double pixels_of(float fraction, std::int64_t side) {
    const double exact = static_cast<double>(fraction) * static_cast<double>(side);
    const double whole = std::round(exact);
    return std::abs(exact - whole) <= std::ldexp(static_cast<double>(side), -23) ? whole : exact;
}

struct Span {
    double begin, size;
};

/// One side of all boxes, [begin, end) as fractions of `side` pixels.
std::vector<Span> read_spans(const FeatureReader& features, const char* first, const char* last,
                             std::int64_t side) {
    const auto begins = features.numbers(first), ends = features.numbers(last);
    features.expect(ends.size(), begins.size(), last);
    std::vector<Span> spans;
    for (std::size_t i = 0; i < begins.size(); ++i) {
        if (!(begins[i] >= 0 && begins[i] <= ends[i] && ends[i] <= 1))
            features.reject("box " + std::to_string(i) + ": " + first + " " + std::to_string(begins[i]) +
                            " and " + last + " " + std::to_string(ends[i]) + " must rise from 0 to 1");
        const double begin = pixels_of(begins[i], side);
        spans.push_back({begin, pixels_of(ends[i], side) - begin});
    }
    return spans;
}

PlacedMask read_mask(std::string_view png, const StoredExample& example, const FeatureReader& features,
                     const std::string& name) {
    cv::Mat mask;
    try {
        mask = decode_label_png(png, name, example.width * example.height);
    } catch (const Error& error) {
        // A picture that claims to be too large is no other kind of problem here.
        throw Error(Cause::input, error.what(), error.next_step());
    }
    if (mask.cols != example.width || mask.rows != example.height)
        features.reject("image/object/mask: a mask is " + std::to_string(mask.cols) + " x " +
                        std::to_string(mask.rows) + " pixels, but the picture is " +
                        std::to_string(example.width) + " x " + std::to_string(example.height));
    if (mask.channels() > 1) cv::extractChannel(mask, mask, 0);
    return PlacedMask::encode(mask, 0, 0);
}

void read_picture(const FeatureReader& features, StoredExample& example, const std::string& where) {
    const std::string_view name = features.one(features.texts("image/filename"), "image/filename");
    example.name = is_safe_name(name) ? std::string(name) : safe_name_of(name);
    example.image = std::string(features.one(features.texts("image/encoded"), "image/encoded"));
    example.width = features.one(features.whole_numbers("image/width"), "image/width");
    example.height = features.one(features.whole_numbers("image/height"), "image/height");
    if (example.width < 1 || example.height < 1 || example.width > most_pixels_by_default ||
        example.height > most_pixels_by_default / example.width)
        features.reject("image/width " + std::to_string(example.width) + " and image/height " +
                        std::to_string(example.height) + " are no size of a picture");
    const cv::Size size = image_size(example.image, where + ": image/encoded");
    if (size.width != example.width || size.height != example.height)
        features.reject("image/encoded is " + std::to_string(size.width) + " x " +
                        std::to_string(size.height) + " pixels, but image/width and image/height are " +
                        std::to_string(example.width) + " and " + std::to_string(example.height));
}

void read_boxes(const FeatureReader& features, StoredExample& example) {
    const auto across =
        read_spans(features, "image/object/bbox/xmin", "image/object/bbox/xmax", example.width);
    const auto down =
        read_spans(features, "image/object/bbox/ymin", "image/object/bbox/ymax", example.height);
    features.expect(down.size(), across.size(), "image/object/bbox/ymin");
    const auto labels = features.whole_numbers("image/object/class/label");
    features.expect(labels.size(), across.size(), "image/object/class/label");
    for (std::size_t i = 0; i < across.size(); ++i) {
        if (labels[i] < 1 || labels[i] > 1'000'000)
            features.reject("image/object/class/label: " + std::to_string(labels[i]) + " is no class");
        StoredFigure figure;
        figure.bbox = {across[i].begin, down[i].begin, across[i].size, down[i].size};
        figure.category = labels[i];
        figure.area = figure.bbox[2] * figure.bbox[3];
        example.figures.push_back(std::move(figure));
    }
}

void read_masks(const FeatureReader& features, StoredExample& example, const std::string& where) {
    const auto masks = features.texts("image/object/mask");
    if (masks.empty()) return;
    features.expect(masks.size(), example.figures.size(), "image/object/mask");
    for (std::size_t i = 0; i < masks.size(); ++i) {
        auto& figure = example.figures[i];
        figure.mask =
            read_mask(masks[i], example, features, where + ": image/object/mask " + std::to_string(i));
        figure.area = static_cast<double>(figure.mask.area());
    }
}

void read_crowds(const FeatureReader& features, StoredExample& example) {
    const auto crowds = features.whole_numbers("image/object/is_crowd");
    if (crowds.empty()) return;
    features.expect(crowds.size(), example.figures.size(), "image/object/is_crowd");
    for (std::size_t i = 0; i < crowds.size(); ++i) example.figures[i].crowd = crowds[i] != 0;
}

void read_categories(const FeatureReader& features, StoredExample& example) {
    const auto texts = features.texts("image/object/class/text");
    if (!texts.empty()) features.expect(texts.size(), example.figures.size(), "image/object/class/text");
    std::map<std::int64_t, std::string> names;
    for (std::size_t i = 0; i < texts.size(); ++i) names.emplace(example.figures[i].category, texts[i]);
    for (const auto& figure : example.figures)
        names.emplace(figure.category, std::to_string(figure.category));
    for (const auto& [id, name] : names) example.categories.push_back({id, name});
}

}  // namespace

StoredExample parse_tf_example(std::string_view data, const std::string& where) {
    tf_example::Example parsed;
    if (data.size() > INT32_MAX || !parsed.ParseFromArray(data.data(), static_cast<int>(data.size())))
        throw Error(Cause::input, where + ": is no tf.train.Example", write_again);
    const FeatureReader features(parsed.features(), where);
    features.require({"image/encoded", "image/filename", "image/height", "image/width",
                      "image/object/bbox/xmin", "image/object/bbox/xmax", "image/object/bbox/ymin",
                      "image/object/bbox/ymax", "image/object/class/label"});
    StoredExample example;
    read_picture(features, example, where);
    read_boxes(features, example);
    read_masks(features, example, where);
    read_crowds(features, example);
    read_categories(features, example);
    return example;
}

}  // namespace figurant::data_formats
