#include "data_formats/data_folder/keypoints.h"

#include <charconv>

#include "base/error.h"
#include "data_formats/json/json_reader.h"

namespace figurant::data_formats {

namespace {

std::size_t joint_of(std::string_view key, const JsonPlace& place) {
    std::size_t joint = figures::joints;
    const auto [end, failed] = std::from_chars(key.data(), key.data() + key.size(), joint);
    if (failed != std::errc{} || end != key.data() + key.size() || joint >= figures::joints)
        throw JsonProblem(place, "is no joint; they are named \"0\" to \"15\"");
    return joint;
}

std::vector<figures::Keypoint> read_figure(json::Value& value, const JsonPlace& place) {
    std::vector<figures::Keypoint> keypoints(figures::joints);
    json::each_field(value, place, [&](std::string_view key, json::Value point, const JsonPlace& inside) {
        const std::size_t joint = joint_of(key, inside);
        const auto xy = json::numbers<2>(point, inside);
        keypoints[joint] = {static_cast<float>(xy[0]), static_cast<float>(xy[1]), true};
    });
    return keypoints;
}

}  // namespace

std::vector<std::vector<figures::Keypoint>> parse_keypoints(std::string text, const std::string& name) {
    std::vector<std::vector<figures::Keypoint>> figures;
    try {
        JsonText json_text(std::move(text));
        auto document = json_text.open();
        json::each_element(document, JsonPlace{}, [&](json::Value& value, const JsonPlace& place) {
            figures.push_back(read_figure(value, place));
        });
        json::check_end(document);
    } catch (const JsonProblem& problem) {
        throw Error(Cause::input, name + ": " + problem.what(),
                    "repair the file; it must be a list with an object for each figure");
    }
    return figures;
}

}  // namespace figurant::data_formats
