#include "base/file_writer.h"
#include "metrics/coco_evaluation.h"
#include "tests/stages/stage_harness.h"

using namespace figurant;
using namespace figurant::stages::test;

namespace {

metrics::CocoMetrics metrics_from(double first, bool masks = true) {
    metrics::CocoFigures figures;
    for (std::size_t i = 0; i < figures.values.size(); ++i)
        figures.values[i] = first + static_cast<double>(i) / 100;
    metrics::CocoMetrics all;
    all.bbox = figures;
    if (masks) {
        all.segm = figures;
        for (auto& value : all.segm->values) value /= 2;
    }
    return all;
}

Payload validation(const ScratchFolder& folder, const std::string& name,
                   const std::optional<metrics::CocoMetrics>& scores) {
    if (scores) folder.put(name + "/metrics.json", metrics::to_json(*scores));
    return payload(SubRun{folder / name, 0, 1.0, {}});
}

std::vector<std::string> split(const std::string& text, char by) {
    std::vector<std::string> pieces(1);
    for (const char c : text)
        if (c == by)
            pieces.emplace_back();
        else
            pieces.back() += c;
    return pieces;
}

}  // namespace

TEST_CASE("each validation has its line, masks first, every figure as its run wrote it") {
    const ScratchFolder folder;
    StageRun write("write_scores", {{"folder", one(folder.path())}});
    write.finish({{"a",
                   {validation(folder, "step_100", metrics_from(0.1)),
                    validation(folder, "step_200", metrics_from(1.0 / 3))}}});
    const auto lines = split(read_file(folder / "scores.csv"), '\n');
    REQUIRE(lines.size() == 4);
    CHECK(lines[3].empty());
    const auto heading = split(lines[0], ',');
    REQUIRE(heading.size() == 25);
    CHECK(heading[0] == "run");
    CHECK(heading[1] == "segm.AP");
    CHECK(heading[13] == "bbox.AP");
    for (const std::size_t row : {1, 2}) {
        const auto fields = split(lines[row], ',');
        REQUIRE(fields.size() == heading.size());
        CHECK(fields[0] == (row == 1 ? "step_100" : "step_200"));
        const auto expected = metrics_from(row == 1 ? 0.1 : 1.0 / 3);
        for (std::size_t i = 0; i < 12; ++i) {
            CHECK(std::stod(fields[1 + i]) == expected.segm->values[i]);
            CHECK(std::stod(fields[13 + i]) == expected.bbox->values[i]);
        }
    }
    REQUIRE(write.context.prints.size() == 1);
    CHECK(contains(write.context.prints[0], "step_100"));
    CHECK(contains(write.context.prints[0], "16.7"));  // half of a third, in percent
}

TEST_CASE("figures that a run could not give are empty fields") {
    const ScratchFolder folder;
    StageRun write("write_scores", {{"folder", one(folder.path())}});
    write.finish({{"a", {validation(folder, "step_1", metrics_from(0.5, false))}}});
    const auto fields = split(split(read_file(folder / "scores.csv"), '\n').at(1), ',');
    CHECK(fields.at(1).empty());
    CHECK(fields.at(13) == "0.5");
}

TEST_CASE("a validation without metrics is named") {
    const ScratchFolder folder;
    StageRun write("write_scores", {{"folder", one(folder.path())}});
    const auto error = error_of(Cause::input, [&] {
        write.finish({{"a", {validation(folder, "step_9", std::nullopt)}}});
    });
    CHECK(contains(error.what(), "step_9"));
}
