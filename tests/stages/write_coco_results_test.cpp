#include "base/file_writer.h"
#include "stages/payloads.h"
#include "tests/stages/coco_pairs.h"

using namespace figurant;
using namespace figurant::stages::test;

namespace {

/// What some_results says of an image, as the figures of a map.
Payload figures_of(const std::string& name, std::int64_t image) {
    figures::Detections found{{name, 120, 90, figures::map_stem(name)}, {}};
    for (const auto& result : some_results()) {
        if (result.image_id != image) continue;
        const auto& box = *result.bbox;
        figures::Figure figure;
        figure.box = {static_cast<float>(box[0]), static_cast<float>(box[1]),
                      static_cast<float>(box[0] + box[2]), static_cast<float>(box[1] + box[3])};
        figure.score = static_cast<float>(result.score);
        figure.mask = figures::PlacedMask::from_image(*result.segmentation);
        found.figures.push_back(figure);
    }
    return payload(found);
}

figures::CocoResults results_in(const ScratchFolder& folder) {
    return data_formats::read_coco_results(folder / "coco_results.json");
}

ParameterValues with_truth(const ScratchFolder& folder) {
    data_formats::write_coco_truth(folder / "truth.json", some_truth());
    return {{"folder", one(folder / "out")}, {"truth", one(folder / "truth.json")}};
}

}  // namespace

TEST_CASE("the figures of all maps stand in one file, each with its map's place, box, score and mask") {
    const ScratchFolder folder;
    StageRun write("write_coco_results", {{"folder", one(folder.path())}});
    // The second map failed, on the third nothing was found.
    write.finish({{"west.png", {figures_of("west.png", 11)}},
                  {"broken.png", {}},
                  {"bare.png", {figures_of("bare.png", 99)}},
                  {"east.png", {figures_of("east.png", 12)}}});
    CHECK(files_below(folder.path()) == std::vector<std::string>{"coco_results.json"});
    const auto found = results_in(folder), expected = some_results();
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        CHECK(found[i].image_id == (expected[i].image_id == 11 ? 0 : 3));
        CHECK(found[i].category_id == 1);
        CHECK(static_cast<float>(found[i].score) == static_cast<float>(expected[i].score));
        CHECK(found[i].bbox == expected[i].bbox);
        CHECK(found[i].segmentation == expected[i].segmentation);
    }
    CHECK(write.context.prints.empty());
}

TEST_CASE("nothing found at all is an empty list") {
    const ScratchFolder folder;
    StageRun("write_coco_results", {{"folder", one(folder.path())}})
        .finish({{"bare.png", {figures_of("bare.png", 99)}}});
    CHECK(results_in(folder).empty());
}

TEST_CASE("with ground truth its ids are taken by file name, and the results are scored") {
    const ScratchFolder folder;
    StageRun write("write_coco_results", with_truth(folder));
    write.finish(
        {{"deep/east.png", {figures_of("deep/east.png", 12)}}, {"west.png", {figures_of("west.png", 11)}}});
    CHECK(files_below(folder / "out") == std::vector<std::string>{"coco_results.json", "metrics.json"});
    const auto found = data_formats::read_coco_results(folder / "out/coco_results.json");
    REQUIRE(found.size() == 4);
    CHECK(found[0].image_id == 12);
    CHECK(found[3].image_id == 11);
    const auto expected = metrics::evaluate_coco(some_truth(), found);
    CHECK(read_file(folder / "out/metrics.json") == metrics::to_json(expected));
    CHECK((*expected.segm)["AR100"] == doctest::Approx(0.8));
    REQUIRE(write.context.prints.size() == 1);
    CHECK(write.context.prints[0] == metrics::to_table(expected));
    CHECK(write.context.warnings.empty());
}

TEST_CASE("a map beside the truth keeps an id of its own, is told, and does not count") {
    const ScratchFolder folder;
    StageRun write("write_coco_results", with_truth(folder));
    write.finish({{"elsewhere.png", {figures_of("elsewhere.png", 11)}},
                  {"east.png", {figures_of("east.png", 12)}},
                  {"west.png", {figures_of("west.png", 11)}}});
    const auto found = data_formats::read_coco_results(folder / "out/coco_results.json");
    REQUIRE(found.size() == 6);
    CHECK(found[0].image_id > 12);
    REQUIRE(write.context.warnings.size() == 1);
    CHECK(contains(write.context.warnings[0], "elsewhere.png"));
    figures::CocoResults known(found.begin() + 2, found.end());
    CHECK(read_file(folder / "out/metrics.json") ==
          metrics::to_json(metrics::evaluate_coco(some_truth(), known)));
}

TEST_CASE("true images without a map count as missed, and that is said") {
    const ScratchFolder folder;
    StageRun write("write_coco_results", with_truth(folder));
    write.finish({{"west.png", {figures_of("west.png", 11)}}, {"east.png", {}}});
    REQUIRE(write.context.warnings.size() == 1);
    CHECK(contains(write.context.warnings[0], "1 image"));
    const auto figures = metrics::evaluate_coco(
        some_truth(), data_formats::read_coco_results(folder / "out/coco_results.json"));
    CHECK((*figures.segm)["AR100"] == doctest::Approx(0.4));
    CHECK(read_file(folder / "out/metrics.json") == metrics::to_json(figures));
}

TEST_CASE("two true images of one file name are told apart by their whole path only") {
    const ScratchFolder folder;
    auto truth = some_truth();
    truth.images[0].file_name = "a/sheet.png";
    truth.images[1].file_name = "b/sheet.png";
    data_formats::write_coco_truth(folder / "truth.json", truth);
    StageRun write("write_coco_results",
                   {{"folder", one(folder.path())}, {"truth", one(folder / "truth.json")}});
    write.finish(
        {{"b/sheet.png", {figures_of("b/sheet.png", 12)}}, {"sheet.png", {figures_of("sheet.png", 11)}}});
    const auto found = results_in(folder);
    REQUIRE(found.size() == 4);
    CHECK(found[0].image_id == 12);
    CHECK(found[3].image_id > 12);
}

TEST_CASE("what was written without a ground truth is scored by file names, however the truth counts") {
    const ScratchFolder folder;
    StageRun write("write_coco_results", {{"folder", one(folder.path())}});
    write.finish(
        {{"deep/east.png", {figures_of("deep/east.png", 12)}}, {"west.png", {figures_of("west.png", 11)}}});
    CHECK(contains(read_file(folder / "coco_results.json"),
                   "\"image_id\": 0, \"file_name\": \"deep/east.png\""));
    auto truth = some_truth();
    const auto found = data_formats::read_coco_results(folder / "coco_results.json", &truth);
    CHECK((*metrics::evaluate_coco(truth, found).segm)["AR100"] == doctest::Approx(0.8));
}

TEST_CASE("two maps that are one image of the truth by their file name are told") {
    const ScratchFolder folder;
    StageRun write("write_coco_results", with_truth(folder));
    write.finish({{"a/west.png", {figures_of("a/west.png", 11)}},
                  {"b/west.png", {figures_of("b/west.png", 11)}},
                  {"east.png", {figures_of("east.png", 12)}}});
    REQUIRE(write.context.warnings.size() == 1);
    CHECK(contains(write.context.warnings[0], "a/west.png and b/west.png are the same image"));
    StageRun half("write_coco_results", with_truth(folder));
    half.finish(
        {{"a/west.png", {figures_of("a/west.png", 11)}}, {"b/west.png", {figures_of("b/west.png", 11)}}});
    REQUIRE(half.context.warnings.size() == 2);
    CHECK(contains(half.context.warnings[1], "1 image"));  // the other one is still missing
}

TEST_CASE("a truth that cannot be read ends the run before it begins") {
    const ScratchFolder folder;
    const auto error = error_of(Cause::truth, [&] {
        StageRun("write_coco_results",
                 {{"folder", one(folder.path())}, {"truth", one(folder / "none.json")}});
    });
    CHECK(contains(error.what(), "none.json"));
    CHECK(files_below(folder.path()).empty());
}
