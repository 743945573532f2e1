#include "data_formats/dataset/example_message.h"

#include "base/error.h"
#include "data_formats/dataset/example_message.pb.h"

namespace figurant::data_formats {
using namespace figures;

namespace {

void put(const StoredFigure& figure, example_message::Figure& message) {
    message.mutable_bbox()->Add(figure.bbox.begin(), figure.bbox.end());
    message.set_category(figure.category);
    message.set_area(figure.area);
    message.set_crowd(figure.crowd);
    message.set_id(figure.id);
    const auto& mask = figure.mask;
    for (const std::int64_t side : {mask.x, mask.y, mask.local.width(), mask.local.height()})
        message.add_window(side);
    message.mutable_runs()->Add(mask.local.counts().begin(), mask.local.counts().end());
    for (const auto& joint : figure.keypoints)
        for (const float value : {joint.x, joint.y, joint.known ? 1.0F : 0.0F}) message.add_joints(value);
}

StoredFigure figure_of(const example_message::Figure& message, const std::string& where) {
    StoredFigure figure;
    if (message.bbox_size() != 4 || message.window_size() != 4 || message.joints_size() % 3 != 0)
        throw Error(Cause::input, where + ": a figure is damaged", "run again into a new --output");
    std::copy(message.bbox().begin(), message.bbox().end(), figure.bbox.begin());
    figure.category = message.category();
    figure.area = message.area();
    figure.crowd = message.crowd();
    figure.id = message.id();
    if (message.runs_size() > 0)
        figure.mask = {message.window(0), message.window(1),
                       RunLengthMask(message.window(3), message.window(2),
                                     {message.runs().begin(), message.runs().end()})};
    for (int i = 0; i < message.joints_size(); i += 3)
        figure.keypoints.push_back({message.joints(i), message.joints(i + 1), message.joints(i + 2) != 0});
    return figure;
}

}  // namespace

std::string example_to_bytes(const StoredExample& example) {
    example_message::Example message;
    message.set_name(example.name);
    message.set_image(example.image);
    message.set_width(example.width);
    message.set_height(example.height);
    message.set_id(example.id);
    for (const auto& figure : example.figures) put(figure, *message.add_figures());
    const auto& parts = example.body_parts;
    message.mutable_part_lengths()->Add(parts.lengths.begin(), parts.lengths.end());
    message.set_part_labels(parts.labels.data(), parts.labels.size());
    for (const auto& category : example.categories) {
        auto& each = *message.add_categories();
        each.set_id(category.id);
        each.set_name(category.name);
    }
    std::string bytes;
    if (message.ByteSizeLong() > INT32_MAX || !message.SerializeToString(&bytes))
        throw Error(Cause::limit,
                    "the example \"" + example.name + "\" takes " + std::to_string(message.ByteSizeLong()) +
                        " bytes; at most " + std::to_string(INT32_MAX) + " are kept",
                    "cut its picture into smaller ones");
    return bytes;
}

StoredExample example_from_bytes(std::string_view bytes, const std::string& where) {
    example_message::Example message;
    if (bytes.size() > INT32_MAX || !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        throw Error(Cause::input, where + ": is damaged", "run again into a new --output");
    StoredExample example;
    example.name = message.name();
    example.image = message.image();
    example.width = message.width();
    example.height = message.height();
    example.id = message.id();
    for (const auto& figure : message.figures()) example.figures.push_back(figure_of(figure, where));
    example.body_parts.lengths = {message.part_lengths().begin(), message.part_lengths().end()};
    example.body_parts.labels = {message.part_labels().begin(), message.part_labels().end()};
    for (const auto& category : message.categories())
        example.categories.push_back({category.id(), category.name()});
    return example;
}

}  // namespace figurant::data_formats
