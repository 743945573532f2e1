#include "data_formats/example_set/example_set.h"

#include <doctest/doctest.h>

#include "base/file_writer.h"
#include "data_formats/coco_json/coco_json.h"
#include "data_formats/data_folder/folder_files.h"
#include "data_formats/dataset/dataset_file.h"
#include "data_formats/tf_record/tf_example.h"
#include "data_formats/tf_record/tf_record.h"
#include "tests/data_formats/damage.h"
#include "tests/data_formats/scratch_folder.h"
#include "tests/data_formats/stored_examples.h"

using namespace figurant;
using namespace figurant::data_formats;
using namespace figurant::data_formats::test;

namespace {

std::vector<StoredExample> examples(Content content = Content::folder) {
    std::vector<StoredExample> all;
    for (std::uint64_t seed = 1; seed <= 4; ++seed)
        all.push_back(stored_example(seed, content, static_cast<int>(seed % 4)));
    return all;
}

struct Folder : ScratchFolder {
    void put_example(const StoredExample& example, const std::string& below = "") const {
        const std::string stem = std::filesystem::path(example.name).stem().string();
        const auto files = folder_files(example);
        put(below + "images/" + example.name, example.image);
        put(below + "masks/" + stem + ".png", files.mask);
        put(below + "keypoints/" + stem + ".json", files.keypoints);
    }
    std::filesystem::path put_truth(const std::string& images, const std::string& annotations) const {
        return put("truth.json", "{\"images\": [" + images +
                                     "], \"categories\": [{\"id\": 3, \"name\": \"figure\"}], " +
                                     "\"annotations\": [" + annotations + "]}");
    }
};

std::string picture() { return encode_png(cv::Mat(10, 20, CV_8UC3, cv::Scalar(7, 8, 9))); }

}  // namespace

TEST_CASE(
    "a data folder gives again what was put into it: picture byte for byte, masks, keypoints, body parts") {
    const Folder folder;
    const auto all = examples();
    for (const auto& example : all) folder.put_example(example);
    const auto set = open_example_set(folder.path());
    REQUIRE(set->size() == all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        CHECK(set->name(i) == all[i].name);
        CHECK(set->read(i) == all[i]);
    }
}

TEST_CASE("what the network learns from is the same by way of a dataset file as from the folder") {
    const Folder folder;
    DatasetWriter writer(folder / "d.h5");
    for (const auto& example : examples()) {
        folder.put_example(example, "data/");
        writer.add(example);
    }
    writer.commit();
    const auto from_folder = open_example_set(folder / "data"), from_file = open_example_set(folder / "d.h5");
    REQUIRE(from_folder->size() == from_file->size());
    for (std::size_t i = 0; i < from_file->size(); ++i) {
        const auto a = from_folder->example(i), b = from_file->example(i);
        CHECK(cv::norm(a.rgb, b.rgb, cv::NORM_INF) == 0);
        REQUIRE(a.figures.size() == b.figures.size());
        CHECK(a.info.stem == b.info.stem);
        for (std::size_t k = 0; k < a.figures.size(); ++k) {
            CHECK(a.figures[k].mask == b.figures[k].mask);
            CHECK(a.figures[k].box == b.figures[k].box);
        }
    }
}

TEST_CASE("masks without body parts are counted from 0 when 255 is their background, from 1 when 0 is") {
    const Folder folder;
    cv::Mat numbers(10, 20, CV_8UC1, cv::Scalar(255));
    numbers(cv::Rect(0, 0, 15, 10)).setTo(cv::Scalar(0));  // more than half of the picture
    numbers(cv::Rect(16, 2, 3, 3)).setTo(cv::Scalar(1));
    folder.put("images/zero.png", picture());
    folder.put("masks/zero.png", encode_png(numbers));
    cv::Mat from_one = numbers + 1;
    from_one.setTo(cv::Scalar(0), numbers == 255);
    folder.put("images/one.png", picture());
    folder.put("masks/one.png", encode_png(from_one));
    for (const char* stem : {"zero", "one"})
        folder.put("keypoints/" + std::string(stem) + ".json", "[{}, {}]");
    const auto set = open_example_set(folder.path());
    const auto one = set->read(0), zero = set->read(1);
    REQUIRE(one.figures.size() == 2);
    CHECK(one.figures == zero.figures);
    CHECK(one.figures[0].mask.area() == 150);
    CHECK(one.figures[0].keypoints.empty());
    CHECK(one.body_parts.empty());
}

TEST_CASE("the counting can be told: the wrong one is told by the keypoints that do not match the mask") {
    const Folder folder;
    folder.put_example(stored_example(7, Content::folder, 3));
    CHECK(open_example_set(folder.path(), {FirstFigure::zero, {}})->read(0).figures.size() == 3);
    const auto said = refusal([&] { open_example_set(folder.path(), {FirstFigure::one, {}})->read(0); });
    CHECK(holds(said, "masks/map_7.png: figure 0 has "));
    CHECK(holds(said, "keypoints/map_7.json lists 3 figures (counted from 1 in the mask)"));
}

TEST_CASE("an example of which a file is missing or of another size is listed, and fails alone") {
    const Folder folder;
    for (const auto& example : examples()) folder.put_example(example);
    std::filesystem::remove(folder / "masks/map_1.png");
    folder.put("masks/map_2.png", encode_png(cv::Mat(5, 6, CV_8UC3, cv::Scalar(255, 255, 0))));
    folder.put("images/map_3.png", "no picture");
    const auto set = open_example_set(folder.path());
    REQUIRE(set->size() == 4);
    CHECK(holds(refusal([&] { set->read(0); }), "masks/map_1.png: is missing, the mask of"));
    CHECK(holds(refusal([&] { set->check(0); }), "masks/map_1.png: is missing, the mask of"));
    CHECK(holds(refusal([&] { set->read(1); }), "masks/map_2.png: is 6 x 5 pixels, but"));
    CHECK(holds(refusal([&] { set->read(2); }), "images/map_3.png: is neither a JPEG nor a PNG"));
    CHECK(set->read(3) == examples()[3]);
    CHECK(refusal([&] { set->check(3); }).empty());
}

TEST_CASE("a mask that is a JPEG is refused with its reason") {
    const Folder folder;
    folder.put_example(stored_example(2, Content::folder));
    std::filesystem::remove(folder / "masks/map_2.png");
    folder.put("masks/map_2.jpg", encode_jpeg(cv::Mat(20, 20, CV_8UC3, cv::Scalar(0))));
    const auto said = refusal([&] { open_example_set(folder.path())->read(0); });
    CHECK(holds(said, "masks/map_2.jpg: is a JPEG, which smears the numbers of a mask"));
    folder.put("masks/map_2.png", encode_jpeg(cv::Mat(20, 20, CV_8UC3, cv::Scalar(0))));
    CHECK(holds(refusal([&] { open_example_set(folder.path())->read(0); }), "masks/map_2.png: is no PNG"));
}

TEST_CASE("COCO JSON gives boxes, polygons, runs, crowds, categories and ids, the pictures byte for byte") {
    const Folder folder;
    folder.put("images/sub/a.png", picture());
    folder.put("images/b.png", picture());
    const auto json = folder.put_truth(
        R"({"id": 70, "file_name": "sub/a.png", "width": 20, "height": 10}, {"id": 5, "file_name": "b.png"})",
        R"({"id": 11, "image_id": 70, "category_id": 3, "bbox": [2.5, 1, 4, 5.25], "area": 17.5,
            "segmentation": [[2, 1, 6, 1, 6, 5, 2, 5]]},
           {"id": 12, "image_id": 70, "category_id": 3, "iscrowd": 1,
            "segmentation": {"size": [10, 20], "counts": [10, 5, 185]}},
           {"id": 13, "image_id": 5, "category_id": 3, "bbox": [0, 0, 3, 3]})");
    const auto set = open_example_set(json);
    REQUIRE(set->size() == 2);
    const auto a = set->read(0);
    CHECK(a.name == "sub/a.png");
    CHECK(a.image == picture());
    CHECK(a.id == 70);
    REQUIRE(a.figures.size() == 2);
    CHECK(a.figures[0].bbox == std::array<double, 4>{2.5, 1, 4, 5.25});
    CHECK(a.figures[0].area == 17.5);
    CHECK(a.figures[0].mask == figures::PlacedMask::encode(cv::Mat::ones(4, 4, CV_8UC1), 2, 1));
    CHECK(a.figures[1].crowd);
    CHECK(a.figures[1].mask == figures::PlacedMask::encode(cv::Mat::ones(5, 1, CV_8UC1), 1, 0));
    const auto b = set->read(1);
    CHECK(b.width == 20);
    REQUIRE(b.figures.size() == 1);
    CHECK(b.figures[0].mask.empty());
    CHECK(b.categories.at(0).name == "figure");
    // Regions of crowds are nothing to learn a figure from.
    CHECK(set->example(0).figures.size() == 1);
    CHECK(open_example_set(json, {FirstFigure::detect, folder / "images/sub"})->size() == 2);
}

TEST_CASE("names in COCO JSON never lead out of the folder of images; missing pictures fail alone") {
    const Folder folder;
    folder.put("images/good.png", picture());
    folder.put("secret.png", picture());
    const std::string absolute = (folder / "secret.png").string();
    const auto json =
        folder.put_truth("{\"id\": 1, \"file_name\": \"../secret.png\"}, {\"id\": 2, \"file_name\": \"" +
                             absolute + "\"}, {\"id\": 3, \"file_name\": \"good.png\"}, " +
                             "{\"id\": 4, \"file_name\": \"gone.png\"}, {\"id\": 5, \"file_name\": "
                             "\"good.png\", \"width\": 21, \"height\": 10}, {\"id\": 6}",
                         "");
    const auto set = open_example_set(json);
    REQUIRE(set->size() == 6);
    for (const std::size_t i : {0, 1, 5})
        CHECK(holds(refusal([&] { set->read(i); }), "is no relative path inside the folder of images"));
    CHECK(set->read(2).name == "good.png");
    CHECK(holds(refusal([&] { set->read(3); }), "gone.png: cannot be opened"));
    CHECK(holds(refusal([&] { set->read(4); }), "good.png: is 20 x 10 pixels, but "));
    for (std::size_t i = 0; i < 6; ++i) CHECK_FALSE(set->digest(i).empty());
}

TEST_CASE(
    "a mask of another size than its picture fails that image alone, where the truth does not say the size") {
    const Folder folder;
    folder.put("images/a.png", picture());
    folder.put("images/b.png", picture());
    const auto json = folder.put_truth(
        R"({"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"})",
        R"({"id": 11, "image_id": 1, "category_id": 3, "segmentation": {"size": [20, 10], "counts": [190, 10]}},
           {"id": 12, "image_id": 2, "category_id": 3, "segmentation": {"size": [10, 20], "counts": [190, 10]}})");
    const auto set = open_example_set(json);
    const auto said = refusal([&] { set->read(0); });
    CHECK(holds(said, "annotations[0].segmentation is for 10 x 20 pixels, but "));
    CHECK(holds(said, "a.png has 20 x 10"));
    CHECK(set->read(1).figures.size() == 1);
}

TEST_CASE("records are examples by number; what lies behind a damaged length is one that fails") {
    const Folder folder;
    std::string bytes;
    std::vector<std::size_t> begins;
    auto all = examples();
    for (auto& example : all) {
        begins.push_back(bytes.size());
        bytes += framed_record(tf_example_bytes(example));
    }
    bytes[begins[1] + 40] = static_cast<char>(bytes[begins[1] + 40] ^ 1);
    bytes[begins[3] + 2] = static_cast<char>(bytes[begins[3] + 2] ^ 1);
    const auto set = open_example_set(folder.put("maps.record-00000-of-00001", bytes));
    REQUIRE(set->size() == 4);
    CHECK(set->name(2) == "maps.record-00000-of-00001/000002");
    CHECK(set->read(0).figures.size() == all[0].figures.size());
    CHECK(holds(refusal([&] { set->read(1); }), "the checksum of a record's data should be"));
    CHECK(set->read(2).image == all[2].image);
    const auto lost = refusal([&] { set->read(3); });
    CHECK(holds(lost, "byte " + std::to_string(begins[3]) + ": the checksum of a record's length should be"));
    CHECK(holds(lost, "this record and those behind it are lost"));
    CHECK(open_example_set(folder.path())->size() == 4);
}

TEST_CASE("several sets are one, and names that meet are told apart") {
    const Folder folder;
    const auto all = examples();
    for (const char* below : {"real/", "separated/"})
        for (const auto& example : all) folder.put_example(example, below);
    folder.put_example(stored_example(9, Content::folder), "separated/");
    const auto set = joined_sets(
        {{"real", open_example_set(folder / "real")}, {"separated", open_example_set(folder / "separated")}});
    REQUIRE(set->size() == 9);
    CHECK(set->name(0) == "real/map_1.png");
    CHECK(set->name(4) == "separated/map_1.png");
    CHECK(set->name(8) == "map_9.png");
    CHECK(set->read(5) == all[1]);
}

TEST_CASE("the folder that import_dataset or export_dataset wrote stands for what is in it") {
    const Folder folder;
    DatasetWriter writer(folder / "imported/dataset.h5");
    for (const auto& example : examples()) writer.add(example);
    writer.commit();
    CHECK(open_example_set(folder / "imported")->read(2) == examples()[2]);
    const auto json = folder.put_truth(R"({"id": 7, "file_name": "a.png", "width": 20, "height": 10})", "");
    folder.put("coco/images/a.png", picture());
    folder.put("coco/coco_ground_truth.json", read_file(json));
    CHECK(open_example_set(folder / "coco")->read(0).id == 7);
}

TEST_CASE("what is no data set is told with what is") {
    const Folder folder;
    CHECK(holds(refusal([&] { open_example_set(folder / "none"); }), "does not exist"));
    CHECK(holds(refusal([&] { open_example_set(folder.path()); }), "has neither images/ and masks/, nor"));
    CHECK(holds(refusal([&] { open_example_set(folder.put("a.txt", "x")); }),
                "is none of a kind that is known"));
    CHECK(holds(refusal([&] { open_example_set(folder.put("a.record", "")); }), "is empty"));
}

TEST_CASE("what a data folder cannot hold is said") {
    const auto said = [](const StoredExample& example) {
        std::string all;
        for (const auto& [what, count] : folder_files(example).left_out)
            all += std::to_string(count) + " " + what + "\n";
        return all;
    };
    CHECK(said(stored_example(3, Content::folder)).empty());
    auto example = stored_example(3, Content::coco, 4);
    example.figures[0].category = 2;
    example.figures[3].mask = example.figures[0].mask;
    const auto sentences = said(example);
    CHECK(holds(sentences, "1 figures without a mask"));
    CHECK(holds(sentences, "1 regions of crowds"));
    CHECK(holds(sentences, " pixels of several figures"));
    CHECK(holds(sentences, " categories of figures"));
    auto many = stored_example(3, Content::folder, 1);
    many.figures.resize(300, many.figures[0]);
    CHECK(holds(said(many), "45 figures beyond the 255"));
}
