#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "data_formats/image/image.h"
#include "data_formats/tf_record/tf_example.h"
#include "data_formats/tf_record/tf_example.pb.h"

namespace figurant::data_formats {

namespace {

/// Fills features by name.
class FeatureWriter {
  public:
    void text(const char* name, const std::string& value) {
        list(name).mutable_bytes_list()->add_value(value);
    }
    void number(const char* name, double value) {
        list(name).mutable_float_list()->add_value(static_cast<float>(value));
    }
    void whole_number(const char* name, std::int64_t value) {
        list(name).mutable_int64_list()->add_value(value);
    }
    /// The same bytes for the same features: a map has no order of its own.
    std::string bytes() const {
        std::string result;
        {
            google::protobuf::io::StringOutputStream stream(&result);
            google::protobuf::io::CodedOutputStream coded(&stream);
            coded.SetSerializationDeterministic(true);
            example_.SerializeToCodedStream(&coded);
        }
        return result;
    }
    std::size_t size() const { return example_.ByteSizeLong(); }
    /// A feature without values: a list that is there.
    tf_example::Feature& list(const char* name) {
        return (*example_.mutable_features()->mutable_feature())[name];
    }

  private:
    tf_example::Example example_;
};

void add_boxes(FeatureWriter& features, const StoredExample& example) {
    for (const char* name : {"image/object/bbox/xmin", "image/object/bbox/xmax", "image/object/bbox/ymin",
                             "image/object/bbox/ymax"})
        features.list(name).mutable_float_list();
    const auto width = static_cast<double>(example.width), height = static_cast<double>(example.height);
    const auto fraction = [](double pixels, double side) { return std::clamp(pixels / side, 0.0, 1.0); };
    for (const auto& figure : example.figures) {
        const auto& [x, y, across, down] = figure.bbox;
        features.number("image/object/bbox/xmin", fraction(x, width));
        features.number("image/object/bbox/xmax", fraction(x + across, width));
        features.number("image/object/bbox/ymin", fraction(y, height));
        features.number("image/object/bbox/ymax", fraction(y + down, height));
    }
}

void add_classes(FeatureWriter& features, const StoredExample& example) {
    features.list("image/object/class/text").mutable_bytes_list();
    features.list("image/object/class/label").mutable_int64_list();
    std::map<std::int64_t, std::string> names;
    for (const auto& category : example.categories) names[category.id] = category.name;
    bool crowds = false;
    for (const auto& figure : example.figures) {
        features.whole_number("image/object/class/label", figure.category);
        const auto name = names.find(figure.category);
        features.text("image/object/class/text",
                      name == names.end() ? std::to_string(figure.category) : name->second);
        crowds = crowds || figure.crowd;
    }
    if (!crowds) return;
    for (const auto& figure : example.figures) features.whole_number("image/object/is_crowd", figure.crowd);
}

void add_masks(FeatureWriter& features, const StoredExample& example) {
    const auto has_mask = [](const StoredFigure& figure) { return !figure.mask.empty(); };
    if (!std::all_of(example.figures.begin(), example.figures.end(), has_mask)) return;
    features.list("image/object/mask").mutable_bytes_list();
    for (const auto& figure : example.figures) {
        cv::Mat pixels(static_cast<int>(example.height), static_cast<int>(example.width), CV_8UC1,
                       cv::Scalar(0));
        const auto& mask = figure.mask;
        mask.local.decode().copyTo(
            pixels(cv::Rect(static_cast<int>(mask.x), static_cast<int>(mask.y),
                            static_cast<int>(mask.local.width()), static_cast<int>(mask.local.height()))));
        features.text("image/object/mask", encode_png(pixels));
    }
}

}  // namespace

std::string tf_example_bytes(const StoredExample& example) {
    FeatureWriter features;
    features.whole_number("image/height", example.height);
    features.whole_number("image/width", example.width);
    features.text("image/filename", example.name);
    features.text("image/source_id", example.name);
    features.text("image/encoded", example.image);
    features.text("image/format", example.image.starts_with("\x89PNG") ? "png" : "jpeg");
    add_boxes(features, example);
    add_classes(features, example);
    add_masks(features, example);
    if (features.size() > INT32_MAX)
        throw Error(Cause::limit,
                    "the example \"" + example.name + "\" takes " + std::to_string(features.size()) +
                        " bytes; a record of a tf.train.Example holds at most " + std::to_string(INT32_MAX),
                    "leave it out, or cut its picture into smaller ones");
    return features.bytes();
}

}  // namespace figurant::data_formats
