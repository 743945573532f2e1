#include "data_formats/data_folder/data_folder.h"
#include "tests/stages/composed.h"
#include "tests/stages/pictures.h"
#include "tests/stages/stage_harness.h"

using namespace figurant;
using namespace figurant::stages::test;

namespace {

const std::vector<std::string> three_files = {"images/sheet_3.png", "keypoints/sheet_3.json",
                                              "masks/sheet_3.png"};

}  // namespace

TEST_CASE("what is written reads back as what was composed") {
    const ScratchFolder folder;
    const auto& truth = composed(3).map;
    StageRun write("write_example", {{"folder", one(folder.path())}, {"format", one("png")}});
    write.sink({payload(composed(3))});
    CHECK(files_below(folder.path()) == three_files);
    const auto entries = data_formats::list_examples(folder.path());
    REQUIRE(entries.size() == 1);
    const auto example = data_formats::read_example(entries[0]);
    CHECK(same(example.rgb, truth.rgb));
    REQUIRE(example.figures.size() == truth.figures.size());
    for (std::size_t i = 0; i < truth.figures.size(); ++i) {
        const auto& figure = truth.figures[i];
        CHECK(example.figures[i].box == figure.box);
        cv::Mat mask;
        cv::threshold(example.figures[i].mask.local.decode(), mask, 0, 255, cv::THRESH_BINARY);
        CHECK(same(mask, figure.mask));
        REQUIRE(example.figures[i].keypoints.size() == figure.joints.size());
        for (std::size_t j = 0; j < figure.joints.size(); ++j) {
            const auto& point = example.figures[i].keypoints[j];
            CHECK(point.known == figure.joints[j].has_value());
            if (point.known) CHECK(cv::norm(*figure.joints[j] - cv::Point2f(point.x, point.y)) < 0.08);
        }
    }
}

TEST_CASE("figures without known parts and joints read back, whether alone or among others") {
    cv::Mat disc(60, 40, CV_8UC4, cv::Scalar::all(0));
    cv::ellipse(disc, {20, 30}, {18, 28}, 0, 0, 360, {200, 30, 30, 255}, cv::FILLED);
    const synthesis::Material material{{{"disc", disc}}, {}, {}};
    for (const double share : {1.0, 0.5}) {
        const ScratchFolder folder;
        synthesis::ComposeOptions options;
        options.ground.width = 256;
        options.ground.height = 192;
        options.figure.figures_least = options.figure.figures_most = 9;
        options.figure.largest = 100;
        options.figure.pictures_share = share;
        const stages::NamedComposition map{"sheet_3", synthesis::compose_map(options, 21, material)};
        StageRun("write_example", {{"folder", one(folder.path())}, {"format", one("png")}})
            .sink({payload(map)});
        const auto example = data_formats::read_example(data_formats::list_examples(folder.path()).at(0));
        REQUIRE(map.map.figures.size() > 2);
        REQUIRE(example.figures.size() == map.map.figures.size());
        for (std::size_t i = 0; i < example.figures.size(); ++i) {
            CHECK(example.figures[i].box == map.map.figures[i].box);
            const bool known = map.map.figures[i].joints[0] || map.map.figures[i].joints[9];
            const auto& points = example.figures[i].keypoints;
            CHECK(std::any_of(points.begin(), points.end(), [](const auto& p) { return p.known; }) >= known);
        }
    }
}

TEST_CASE("JPEG images follow the quality") {
    const ScratchFolder fine, coarse;
    StageRun("write_example", {{"folder", one(fine.path())}, {"quality", one(95)}})
        .sink({payload(composed(3))});
    StageRun("write_example", {{"folder", one(coarse.path())}, {"quality", one(30)}})
        .sink({payload(composed(3))});
    CHECK(std::filesystem::file_size(fine / "images/sheet_3.jpg") >
          std::filesystem::file_size(coarse / "images/sheet_3.jpg"));
    const auto example = data_formats::read_example(data_formats::list_examples(fine.path()).at(0));
    CHECK(cv::norm(example.rgb, composed(3).map.rgb, cv::NORM_L1) / (256 * 192 * 3) < 10);
}

TEST_CASE("nothing has its final name before commit, and nothing stays of a part that is given up") {
    const ScratchFolder folder;
    StageRun write("write_example", {{"folder", one(folder.path())}, {"format", one("png")}});
    const auto any_final = [&] {
        const auto files = files_below(folder.path());
        return std::any_of(three_files.begin(), three_files.end(), [&](const auto& name) {
            return std::find(files.begin(), files.end(), name) != files.end();
        });
    };
    auto part = write.part({payload(composed(3))});
    CHECK_FALSE(any_final());
    part->flush();
    CHECK_FALSE(any_final());
    part.reset();
    CHECK(files_below(folder.path()).empty());
    part = write.part({payload(composed(3))});
    part->flush();
    part->commit();
    part.reset();
    CHECK(files_below(folder.path()) == three_files);
}

TEST_CASE("a folder that cannot be written to is an error of the output, with its path") {
    const ScratchFolder folder;
    folder.put("taken", "a file");
    StageRun write("write_example", {{"folder", one(folder / "taken")}});
    const auto error = error_of(Cause::output, [&] { write.sink({payload(composed(3))}); });
    CHECK(contains(error.what(), "taken"));
}
