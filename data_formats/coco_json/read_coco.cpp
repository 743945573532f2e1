#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "base/file_writer.h"
#include "data_formats/coco_json/coco_json.h"
#include "data_formats/coco_json/name_index.h"
#include "data_formats/coco_json/read_segmentation.h"
#include "data_formats/json/json_reader.h"

namespace figurant::data_formats {
namespace fs = std::filesystem;
using namespace figures;

namespace {

using json::Value;

[[noreturn]] void missing(const JsonPlace& place, const char* part) {
    throw JsonProblem(place, std::string("has no \"") + part + "\"");
}

/// A value that must be there, once all fields of its object were seen.
template <class T>
T required(const std::optional<T>& value, const JsonPlace& place, const char* part) {
    if (!value) missing(place, part);
    return *value;
}

CocoImage read_image(Value& value, const JsonPlace& place) {
    CocoImage image;
    std::optional<std::int64_t> id;
    json::each_field(value, place, [&](std::string_view key, Value part, const JsonPlace& inside) {
        if (key == "id") id = json::integer(part, inside);
        if (key == "file_name") image.file_name = json::text(part, inside);
        if (key == "width") image.width = json::integer(part, inside);
        if (key == "height") image.height = json::integer(part, inside);
    });
    image.id = required(id, place, "id");
    if (image.width < 0 || image.height < 0) throw JsonProblem(place, "has a negative size");
    return image;
}

CocoCategory read_category(Value& value, const JsonPlace& place) {
    CocoCategory category;
    std::optional<std::int64_t> id;
    json::each_field(value, place, [&](std::string_view key, Value part, const JsonPlace& inside) {
        if (key == "id") id = json::integer(part, inside);
        if (key == "name") category.name = json::text(part, inside);
    });
    category.id = required(id, place, "id");
    return category;
}

/// The images by id, for what refers to them.
class ImageIndex {
  public:
    explicit ImageIndex(const CocoTruth& truth) {
        for (const auto& image : truth.images) sizes_.emplace(image.id, ImageSize{image.height, image.width});
    }
    bool contains(std::int64_t id) const { return sizes_.contains(id); }
    ImageSize size(std::int64_t id) const {
        const auto found = sizes_.find(id);
        return found == sizes_.end() ? ImageSize{} : found->second;
    }

  private:
    std::unordered_map<std::int64_t, ImageSize> sizes_;
};

std::array<double, 4> box_of(const RunLengthMask& mask) {
    const auto bounds = mask.bounds();
    return {static_cast<double>(bounds.x), static_cast<double>(bounds.y), static_cast<double>(bounds.width),
            static_cast<double>(bounds.height)};
}

void check_box(const std::array<double, 4>& box, const JsonPlace& place) {
    if (box[2] < 0 || box[3] < 0) throw JsonProblem(place, "has a negative width or height");
}

struct AnnotationParts {
    std::optional<std::int64_t> id, image_id, category_id;
    std::optional<std::array<double, 4>> bbox;
    std::optional<double> area;
    bool iscrowd = false;
};

CocoAnnotation finish(const AnnotationParts& parts, std::optional<RunLengthMask> mask,
                      const JsonPlace& place) {
    CocoAnnotation annotation;
    annotation.id = required(parts.id, place, "id");
    annotation.image_id = required(parts.image_id, place, "image_id");
    annotation.category_id = required(parts.category_id, place, "category_id");
    annotation.iscrowd = parts.iscrowd;
    if (!parts.bbox && !mask) missing(place, "bbox\" and no \"segmentation");
    annotation.bbox = parts.bbox ? *parts.bbox : box_of(*mask);
    const double full = annotation.bbox[2] * annotation.bbox[3];
    annotation.area = parts.area ? *parts.area : mask ? static_cast<double>(mask->area()) : full;
    annotation.segmentation = std::move(mask);
    return annotation;
}

/// Reads one element in two goes: its numbers, then its mask, which needs to know its image.
template <class Numbers, class Mask>
void twice(Value& value, const JsonPlace& place, Numbers numbers, Mask mask) {
    simdjson::ondemand::object object;
    json::expect(value.get_object().get(object), place, "an object");
    const auto pass = [&](auto& body) {
        for (auto each : object) {
            simdjson::ondemand::field field;
            json::expect(std::move(each).get(field), place, "an object");
            std::string_view key;
            json::expect(field.unescaped_key().get(key), place, "an object");
            body(key, field.value(), JsonPlace{&place, key});
        }
    };
    pass(numbers);
    bool more = false;
    json::expect(object.reset().get(more), place, "an object");
    if (more) pass(mask);
}

CocoAnnotation read_annotation(Value& value, const JsonPlace& place, const ImageIndex& images) {
    AnnotationParts parts;
    std::optional<RunLengthMask> mask;
    const auto numbers = [&](std::string_view key, Value part, const JsonPlace& inside) {
        if (key == "id") parts.id = json::integer(part, inside);
        if (key == "image_id") parts.image_id = json::integer(part, inside);
        if (key == "category_id") parts.category_id = json::integer(part, inside);
        if (key == "area") parts.area = json::number(part, inside);
        if (key == "iscrowd") parts.iscrowd = json::flag(part, inside);
        if (key != "bbox") return;
        parts.bbox = json::numbers<4>(part, inside);
        check_box(*parts.bbox, inside);
    };
    twice(value, place, numbers, [&](std::string_view key, Value part, const JsonPlace& inside) {
        if (key == "segmentation")
            mask = read_segmentation(part, inside, images.size(parts.image_id.value_or(0)));
    });
    CocoAnnotation annotation = finish(parts, std::move(mask), place);
    if (!images.contains(annotation.image_id))
        throw JsonProblem(
            place, "is of image " + std::to_string(annotation.image_id) + ", which is not in \"images\"");
    return annotation;
}

struct ResultContext {
    const CocoTruth* truth;
    ImageIndex images;
    NameIndex names{};  ///< of the truth's images, to their ids
};

std::int64_t id_of_name(Value& value, const JsonPlace& place, const ResultContext& context) {
    const std::string name(json::text(value, place));
    const auto id = context.names.find(name);
    if (!id) throw JsonProblem(place, "no single image \"" + name + "\" is in the ground truth");
    return *id;
}

std::int64_t read_image_id(Value& value, const JsonPlace& place, const ResultContext& context) {
    if (!json::is(value, simdjson::ondemand::json_type::string, place)) return json::integer(value, place);
    if (!context.truth) throw JsonProblem(place, "is a text, which needs the ground truth to be understood");
    return id_of_name(value, place, context);
}

void check_image(std::int64_t id, const JsonPlace& place, const ResultContext& context) {
    if (context.truth && !context.images.contains(id))
        throw JsonProblem(JsonPlace{&place, "image_id"},
                          "image " + std::to_string(id) + " is not in the ground truth");
}

CocoResult read_result(Value& value, const JsonPlace& place, const ResultContext& context) {
    CocoResult result;
    std::optional<std::int64_t> image, named, category;
    std::optional<double> score;
    const auto numbers = [&](std::string_view key, Value part, const JsonPlace& inside) {
        if (key == "image_id") image = read_image_id(part, inside, context);
        if (key == "file_name" && context.truth) named = id_of_name(part, inside, context);
        if (key == "category_id") category = json::integer(part, inside);
        if (key == "score") score = json::number(part, inside);
        if (key != "bbox") return;
        result.bbox = json::numbers<4>(part, inside);
        check_box(*result.bbox, inside);
    };
    twice(value, place, numbers, [&](std::string_view key, Value part, const JsonPlace& inside) {
        if (key == "segmentation")
            result.segmentation =
                read_segmentation(part, inside, context.images.size(named ? *named : image.value_or(0)));
    });
    result.image_id = named ? *named : required(image, place, "image_id");
    check_image(result.image_id, place, context);
    result.category_id = required(category, place, "category_id");
    result.score = required(score, place, "score");
    if (!result.bbox && !result.segmentation) missing(place, "bbox\" and no \"segmentation");
    return result;
}

template <class Element>
void check_unique(const std::vector<Element>& elements, const char* list) {
    std::unordered_set<std::int64_t> seen;
    for (std::size_t i = 0; i < elements.size(); ++i) {
        const JsonPlace all{nullptr, list}, one{&all, {}, static_cast<std::int64_t>(i)};
        if (!seen.insert(elements[i].id).second)
            throw JsonProblem(one, "its id " + std::to_string(elements[i].id) + " is used before");
    }
}

struct TruthLists {
    bool images = false, annotations = false, categories = false;
};

CocoTruth read_truth(std::string contents) {
    JsonText text(std::move(contents));
    CocoTruth truth;
    const JsonPlace top;
    TruthLists seen;
    const auto keep = [](auto& list, auto read) {
        return [&list, read](Value& value, const JsonPlace& place) { list.push_back(read(value, place)); };
    };
    auto document = text.open();
    json::each_field(document, top, [&](std::string_view key, Value value, const JsonPlace& place) {
        if (key == "images")
            json::each_element(value, place, keep(truth.images, read_image)), seen.images = true;
        if (key == "categories")
            json::each_element(value, place, keep(truth.categories, read_category)), seen.categories = true;
    });
    json::check_end(document);
    if (!seen.images) missing(top, "images");
    if (!seen.categories) missing(top, "categories");
    check_unique(truth.images, "images");
    check_unique(truth.categories, "categories");
    const ImageIndex images(truth);
    document = text.open();
    json::each_field(document, top, [&](std::string_view key, Value value, const JsonPlace& place) {
        if (key != "annotations") return;
        seen.annotations = true;
        json::each_element(value, place, keep(truth.annotations, [&](Value& each, const JsonPlace& inside) {
                               return read_annotation(each, inside, images);
                           }));
    });
    if (!seen.annotations) missing(top, "annotations");
    check_unique(truth.annotations, "annotations");
    return truth;
}

CocoResults read_results(std::string contents, const CocoTruth* truth) {
    JsonText text(std::move(contents));
    ResultContext context{truth, ImageIndex(truth ? *truth : CocoTruth{})};
    if (truth)
        for (const auto& image : truth->images) context.names.add(image.file_name, image.id);
    CocoResults results;
    auto document = text.open();
    json::each_element(document, JsonPlace{}, [&](Value& value, const JsonPlace& place) {
        results.push_back(read_result(value, place, context));
    });
    json::check_end(document);
    return results;
}

constexpr std::size_t most_bytes = std::size_t{4'000} << 20;  // simdjson's own limit is 4 GiB

std::string load(const fs::path& path, Cause cause) {
    try {
        return read_file(path, most_bytes);
    } catch (const Error& error) {
        throw Error(cause, error.what(), "check the path");
    }
}

/// `read()`, its problems as errors of the file `name`.
template <class Read>
auto naming(const std::string& name, Cause cause, const char* next_step, Read read) {
    try {
        return read();
    } catch (const JsonProblem& problem) {
        throw Error(cause, name + ": " + problem.what(), next_step);
    }
}

constexpr const char* repair_truth = "repair the file; it must be a COCO ground truth (instances)";
constexpr const char* repair_results = "repair the file; it must be a list of COCO results";

}  // namespace

CocoTruth read_coco_truth(const fs::path& path) {
    return naming(path.string(), Cause::truth, repair_truth,
                  [&] { return read_truth(load(path, Cause::truth)); });
}

CocoTruth parse_coco_truth(std::string_view text, const std::string& name) {
    return naming(name, Cause::truth, repair_truth, [&] { return read_truth(std::string(text)); });
}

CocoResults read_coco_results(const fs::path& path, const CocoTruth* truth) {
    return naming(path.string(), Cause::input, repair_results,
                  [&] { return read_results(load(path, Cause::input), truth); });
}

CocoResults parse_coco_results(std::string_view text, const std::string& name, const CocoTruth* truth) {
    return naming(name, Cause::input, repair_results, [&] { return read_results(std::string(text), truth); });
}

}  // namespace figurant::data_formats
