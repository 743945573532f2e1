#include "data_formats/coco_json/coco_json.h"

#include <doctest/doctest.h>

#include <cmath>

#include "base/digest.h"
#include "base/error.h"
#include "base/file_writer.h"
#include "tests/data_formats/scratch_folder.h"

using namespace figurant;
using namespace figurant::data_formats;
using namespace figurant::figures;

namespace {

constexpr const char* small_truth = R"({
    "info": {"year": 2020, "nested": [1, {"a": "]}"}]},
    "annotations": [
        {"segmentation": [[1, 1, 5, 1, 5, 4, 1, 4]], "iscrowd": 0, "image_id": 7, "id": 1, "category_id": 1,
         "bbox": [1, 1, 4.5, 3], "area": 12.25},
        {"id": 2, "image_id": 7, "category_id": 1, "iscrowd": 1, "area": 3,
         "segmentation": {"counts": [2, 3, 75], "size": [8, 10]}, "bbox": [0, 2, 1, 3]},
        {"id": 3, "image_id": 8, "category_id": 1, "bbox": [0, 0, 2, 2], "segmentation": []},
        {"id": 4.0, "image_id": 7, "category_id": 1, "segmentation": {"size": [8, 10], "counts": "23[2"}}
    ],
    "images": [{"id": 7, "file_name": "a/\u00fcber \"1\".jpg", "width": 10, "height": 8, "license": null},
               {"id": 8, "file_name": "b/c.jpg", "width": 10, "height": 8}],
    "categories": [{"id": 1, "name": "character", "supercategory": "x"}]
})";

std::string problem(const std::string& text) {
    try {
        parse_coco_truth(text, "t.json");
    } catch (const Error& error) {
        CHECK(error.cause() == Cause::truth);
        CHECK(!error.next_step().empty());
        return error.what();
    }
    return "";
}

std::string result_problem(const std::string& text, const CocoTruth* truth = nullptr) {
    try {
        parse_coco_results(text, "r.json", truth);
    } catch (const Error& error) {
        CHECK(error.cause() == Cause::input);
        CHECK(!error.next_step().empty());
        return error.what();
    }
    return "";
}

std::string with(std::string text, const std::string& old, const std::string& replacement) {
    const auto at = text.find(old);
    REQUIRE(at != std::string::npos);
    return text.replace(at, old.size(), replacement);
}

}  // namespace

TEST_CASE("a ground truth is read whatever the order of its parts and the form of its masks") {
    const CocoTruth truth = parse_coco_truth(small_truth, "t.json");
    REQUIRE(truth.images.size() == 2);
    CHECK(truth.images[0].file_name ==
          "a/\xC3\xBC"
          "ber \"1\".jpg");
    CHECK(truth.categories.at(0).name == "character");
    REQUIRE(truth.annotations.size() == 4);
    CHECK(truth.annotations[0].bbox == std::array<double, 4>{1, 1, 4.5, 3});
    CHECK(truth.annotations[0].area == 12.25);
    CHECK(truth.annotations[0].segmentation->area() == 12);
    CHECK(truth.annotations[1].iscrowd);
    CHECK(truth.annotations[1].segmentation->counts() == std::vector<std::uint32_t>{2, 3, 75});
    CHECK(!truth.annotations[2].segmentation);
    CHECK(truth.annotations[2].area == 4);
    CHECK(truth.annotations[3].id == 4);
    CHECK(truth.annotations[3].segmentation == truth.annotations[1].segmentation);
    CHECK(truth.annotations[3].bbox == std::array<double, 4>{0, 2, 1, 3});
    CHECK(truth.annotations[3].area == 3);
}

TEST_CASE("what is missing or wrong in a ground truth is named with its place") {
    const std::string t = small_truth;
    CHECK(problem(with(t, "\"images\"", "\"pictures\"")) == "t.json: has no \"images\"");
    CHECK(problem(with(t, "\"annotations\"", "\"notes\"")) == "t.json: has no \"annotations\"");
    CHECK(problem(with(t, "\"categories\"", "\"c\"")) == "t.json: has no \"categories\"");
    CHECK(problem(with(t, "\"id\": 2, ", "")) == "t.json: annotations[1]: has no \"id\"");
    CHECK(problem(with(t, "\"id\": 2", "\"id\": 1")) == "t.json: annotations[1]: its id 1 is used before");
    CHECK(problem(with(t, "\"id\": 8", "\"id\": 7")) == "t.json: images[1]: its id 7 is used before");
    CHECK(problem(with(t, "[1, 1, 4.5, 3]", "[1, 1, 4.5]")) ==
          "t.json: annotations[0].bbox: must be 4 numbers, but there are 3");
    CHECK(problem(with(t, "[1, 1, 4.5, 3]", "[1, 1, \"x\", 3]")) ==
          "t.json: annotations[0].bbox[2]: must be a number");
    CHECK(problem(with(t, "[1, 1, 4.5, 3]", "[1, 1, -4, 3]")) ==
          "t.json: annotations[0].bbox: has a negative width or height");
    CHECK(problem(with(t, "\"image_id\": 8", "\"image_id\": 9")) ==
          "t.json: annotations[2]: is of image 9, which is not in \"images\"");
    CHECK(problem(with(t, "\"image_id\": 8", "\"image_id\": 8.5")) ==
          "t.json: annotations[2].image_id: must be a whole number");
    CHECK(problem(with(t, "[1, 1, 5, 1, 5, 4, 1, 4]", "[1, 1, 5, 1]"))
              .starts_with("t.json: annotations[0].segmentation[0]: a polygon"));
    CHECK(problem(with(t, "[2, 3, 75]", "[2, 3, 74]")).starts_with("t.json: annotations[1].segmentation: "));
    CHECK(problem(with(t, "[2, 3, 75]", "[2, -3, 75]")) ==
          "t.json: annotations[1].segmentation.counts[1]: must be the length of a run");
    CHECK(problem(with(t, "\"size\": [8, 10]}", "\"size\": [10, 8]}")).find("but its image is 8 x 10") !=
          std::string::npos);
    CHECK(problem(with(t, "\"counts\": \"23[2\"", "\"x\": 1")) ==
          "t.json: annotations[3].segmentation: has no \"counts\"");
    CHECK(problem(with(t, "\"23[2\"", "\"23[\"")).starts_with("t.json: annotations[3].segmentation: "));
    CHECK(problem(t + "{}") == "t.json: the JSON goes on after its end");
    CHECK(problem("[]") == "t.json: must be an object");
    CHECK(problem("") == "t.json: is empty");
    CHECK(problem("nonsense") != "");
    CHECK_THROWS_AS(read_coco_truth("/nowhere/t.json"), Error);
}

TEST_CASE("results are read, and belong to the ground truth's images") {
    const CocoTruth truth = parse_coco_truth(small_truth, "t.json");
    const std::string text = R"([{"image_id": 7, "category_id": 1, "score": 0.25, "bbox": [1, 2, 3, 4]},
        {"segmentation": {"counts": "23[2", "size": [8, 10]}, "score": 1, "category_id": 1, "image_id": "E:\\maps\\c.jpg"}])";
    const CocoResults results = parse_coco_results(text, "r.json", &truth);
    REQUIRE(results.size() == 2);
    CHECK(results[0].bbox == std::array<double, 4>{1, 2, 3, 4});
    CHECK(!results[0].segmentation);
    CHECK(results[1].image_id == 8);
    CHECK(results[1].segmentation->area() == 3);
    CHECK(parse_coco_results("[]", "r.json").empty());
    CHECK(result_problem(text).starts_with("r.json: [1].image_id: is a text"));
    CHECK(result_problem(with(text, "7", "70"), &truth) ==
          "r.json: [0].image_id: image 70 is not in the ground truth");
    CHECK(result_problem(with(text, "c.jpg", "d.jpg"), &truth).find("no single image") != std::string::npos);
    CHECK(result_problem(with(text, "\"score\": 0.25", "\"s\": 1"), &truth) ==
          "r.json: [0]: has no \"score\"");
    CHECK(result_problem(with(text, "0.25", "NaN"), &truth).starts_with("r.json: [0].score: "));
    CHECK(result_problem(with(text, "\"bbox\"", "\"box\""), &truth) ==
          "r.json: [0]: has no \"bbox\" and no \"segmentation\"");
    CHECK(result_problem(with(text, "[8, 10]", "[8, 11]"), &truth)
              .starts_with("r.json: [1].segmentation: is 8 x 11"));
    CHECK(result_problem("{}") == "r.json: must be a list");
}

TEST_CASE("a result with a file name belongs to the image of that name, whatever numbers either file has") {
    const CocoTruth truth = parse_coco_truth(small_truth, "t.json");
    CocoResult find{8, 1, 0.5, std::array<double, 4>{1, 2, 3, 4}, {}};
    const auto image = [&](const std::string& name, std::int64_t id) {
        find.image_id = id;
        return parse_coco_results("[" + coco_result_text(find, name) + "]", "r.json", &truth)[0].image_id;
    };
    CHECK(image("b/c.jpg", 7) == 8);
    CHECK(image("b/c.jpg", 0) == 8);  // 0 is none of the truth's
    CHECK(image("a/\xC3\xBC"
                "ber \"1\".jpg",
                8) == 7);
    CHECK(image("scans/c.jpg", 7) == 8);
    CHECK(image("", 7) == 7);
    const auto text = "[" + coco_result_text(find, "elsewhere.jpg") + "]";
    CHECK(result_problem(text, &truth) ==
          "r.json: [0].file_name: no single image \"elsewhere.jpg\" is in the ground truth");
    CHECK(parse_coco_results(text, "r.json")[0].image_id == 7);  // without truth the number is all there is
}

TEST_CASE("what is written is read again, every digit of it") {
    const ScratchFolder folder;
    const CocoTruth truth = parse_coco_truth(small_truth, "t.json");
    write_coco_truth(folder / "t.json", truth);
    CHECK(coco_truth_text(read_coco_truth(folder / "t.json")) == coco_truth_text(truth));
    const std::uint64_t seed = 3;
    MESSAGE("seed ", seed);
    CocoResults results;
    for (std::uint64_t i = 0; i < 500; ++i) {
        const auto real = [&](std::uint64_t n) {
            return static_cast<double>(mix(seed, 10 * i + n)) *
                   std::pow(10.0, static_cast<double>(i % 40) - 35);
        };
        CocoResult result{static_cast<std::int64_t>(i) - 250, 1, real(0), std::nullopt, std::nullopt};
        if (i % 2 == 0)
            result.bbox = std::array<double, 4>{-real(1), real(2), real(3), static_cast<float>(real(4))};
        const auto run = static_cast<std::uint32_t>(mix(seed, i) % 5000);
        if (i % 3 == 0 || !result.bbox)
            result.segmentation = RunLengthMask(100, 100, {run, 5000, 5000 - run});
        results.push_back(result);
    }
    write_coco_results(folder / "r.json", results);
    const CocoResults again = read_coco_results(folder / "r.json");
    REQUIRE(again.size() == results.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
        CHECK(again[i].image_id == results[i].image_id);
        CHECK(again[i].score == results[i].score);
        CHECK(again[i].bbox == results[i].bbox);
        CHECK(again[i].segmentation == results[i].segmentation);
    }
    CHECK(coco_results_text({}) == "[]\n");
    results[0].score = std::nan("");
    CHECK_THROWS_AS(coco_results_text(results), Error);
}

TEST_CASE("a truth of any damaged byte, or cut anywhere, is read or refused, never worse") {
    const std::string good = small_truth;
    for (std::size_t size = 0; size + 1 < good.size(); ++size)
        CHECK(problem(good.substr(0, size)).starts_with("t.json: "));
    for (std::size_t i = 0; i < good.size(); ++i)
        for (int bit = 0; bit < 8; ++bit) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
            problem(bad);
        }
    CHECK(problem(with(good, "\"width\": 10", "\"width\": 1e300")) != "");
    CHECK(problem(with(good, "\"width\": 10", "\"width\": 4000000000000000")) != "");
    CHECK(problem(with(good, "[1, 1, 5, 1, 5, 4, 1, 4]", "[1, 1, 1e300, 1, 5, 1e300, 1, 4]")) != "");
    CHECK(problem(std::string(200'000, '[')) != "");
    CHECK(problem("{\"images\": " + std::string(5000, '[') + std::string(5000, ']') + "}") != "");
}
