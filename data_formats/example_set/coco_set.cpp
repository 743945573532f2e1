#include <algorithm>
#include <set>
#include <unordered_map>

#include "base/digest.h"
#include "base/error.h"
#include "base/file_writer.h"
#include "data_formats/coco_json/coco_json.h"
#include "data_formats/example_set/example_set.h"
#include "data_formats/image/image.h"
#include "data_formats/map_image/map_list.h"

namespace figurant::data_formats {
namespace fs = std::filesystem;
using namespace figures;

namespace {

fs::path images_beside(const fs::path& json) {
    const fs::path folder = json.parent_path();
    std::error_code failed;
    return fs::is_directory(folder / "images", failed) ? folder / "images" : folder;
}

StoredFigure stored_figure(const CocoAnnotation& annotation) {
    StoredFigure figure;
    figure.bbox = annotation.bbox;
    figure.category = annotation.category_id;
    figure.area = annotation.area;
    figure.crowd = annotation.iscrowd;
    figure.id = annotation.id;
    if (annotation.segmentation) figure.mask = PlacedMask::from_image(*annotation.segmentation);
    return figure;
}

/// At most what the figure of an annotation takes: cut to its window, a mask has two runs more at most, in a
/// vector that has grown.
std::size_t bytes_of(const CocoAnnotation& annotation) {
    const auto& mask = annotation.segmentation;
    return sizeof(StoredFigure) + (mask ? 2 * (mask->counts().size() + 2) * sizeof(std::uint32_t) : 0);
}

class CocoSet : public ExampleSet {
  public:
    CocoSet(const fs::path& json, const fs::path& images)
        : json_(json), images_(images.empty() ? images_beside(json) : images), truth_(read_coco_truth(json)) {
        if (truth_.images.empty())
            throw Error(Cause::input, json.string() + ": lists no images", "give a ground truth with images");
        std::sort(truth_.categories.begin(), truth_.categories.end(),
                  [](const auto& a, const auto& b) { return a.id < b.id; });
        std::unordered_map<std::int64_t, std::size_t> places;
        for (std::size_t i = 0; i < truth_.images.size(); ++i) places.emplace(truth_.images[i].id, i);
        annotations_.resize(truth_.images.size());
        for (std::size_t k = 0; k < truth_.annotations.size(); ++k)
            annotations_[places.at(truth_.annotations[k].image_id)].push_back(k);
        name_images();
    }

    std::size_t size() const override { return truth_.images.size(); }
    std::string name(std::size_t index) const override { return names_.at(index); }
    /// A picture that is missing fails when it is read, not when it is listed.
    std::string digest(std::size_t index) const override {
        std::error_code failed;
        const fs::path picture = images_ / truth_.images.at(index).file_name;
        return (fs::is_regular_file(picture, failed) ? input_digest(picture) : "missing") + "-" +
               hex_digest(std::to_string(data_formats::digest(truth(index))));
    }
    std::size_t bytes(std::size_t index) const override {
        std::error_code failed;
        const auto picture = fs::file_size(images_ / truth_.images.at(index).file_name, failed);
        std::size_t sum = sizeof(StoredExample) + truth_.images[index].file_name.size() +
                          (failed ? 0 : static_cast<std::size_t>(picture));
        for (const auto& category : truth_.categories) sum += sizeof(category) + category.name.capacity();
        for (const std::size_t k : annotations_[index]) sum += bytes_of(truth_.annotations[k]);
        return sum + 64;
    }
    StoredExample read(std::size_t index) const override {
        StoredExample example = truth(index);
        const std::string where =
            json_.string() + ": images[" + std::to_string(index) + "].file_name \"" + example.name + "\"";
        if (!is_safe_name(example.name))
            throw Error(Cause::input, where + " is no relative path inside the folder of images",
                        "correct the file name; give the folder with --images");
        const fs::path picture = images_ / example.name;
        example.image = read_file(picture);
        const cv::Size size = image_size(example.image, picture.string());
        const auto stated = [&](std::int64_t side, int real) { return side == 0 || side == real; };
        if (!stated(example.width, size.width) || !stated(example.height, size.height))
            throw Error(Cause::input,
                        picture.string() + ": is " + std::to_string(size.width) + " x " +
                            std::to_string(size.height) + " pixels, but " + json_.string() + " says " +
                            std::to_string(example.width) + " x " + std::to_string(example.height),
                        "give the images that the ground truth was made for");
        check_masks(index, size, picture);
        example.width = size.width;
        example.height = size.height;
        return example;
    }

  private:
    /// Where the truth does not say how large an image is, its masks have not been held against it yet.
    void check_masks(std::size_t index, const cv::Size& size, const fs::path& picture) const {
        for (const std::size_t k : annotations_[index]) {
            const auto& mask = truth_.annotations[k].segmentation;
            if (!mask || (mask->width() == size.width && mask->height() == size.height)) continue;
            throw Error(Cause::input,
                        json_.string() + ": annotations[" + std::to_string(k) + "].segmentation is for " +
                            std::to_string(mask->width()) + " x " + std::to_string(mask->height()) +
                            " pixels, but " + picture.string() + " has " + std::to_string(size.width) +
                            " x " + std::to_string(size.height),
                        "correct the segmentation's size (height first), or leave the image out");
        }
    }
    void name_images() {
        std::set<std::string> taken;
        for (const auto& image : truth_.images) {
            std::string name =
                image.file_name.empty() ? "image " + std::to_string(image.id) : image.file_name;
            if (!taken.insert(name).second) name += " (image " + std::to_string(image.id) + ")";
            taken.insert(name);
            names_.push_back(std::move(name));
        }
    }
    /// All but the picture.
    StoredExample truth(std::size_t index) const {
        const auto& image = truth_.images.at(index);
        StoredExample example;
        example.name = image.file_name;
        example.width = image.width;
        example.height = image.height;
        example.id = image.id;
        example.categories = truth_.categories;
        example.figures.reserve(annotations_[index].size());
        for (const std::size_t k : annotations_[index])
            example.figures.push_back(stored_figure(truth_.annotations[k]));
        return example;
    }

    fs::path json_, images_;
    CocoTruth truth_;
    std::vector<std::vector<std::size_t>> annotations_;  ///< of each image, by their places
    std::vector<std::string> names_;
};

}  // namespace

std::shared_ptr<const ExampleSet> open_coco_set(const fs::path& json, const fs::path& images) {
    return std::make_shared<CocoSet>(json, images);
}

}  // namespace figurant::data_formats
