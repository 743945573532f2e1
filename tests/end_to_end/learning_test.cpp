// From nothing to scores: maps are composed, a network is trained on them, finds figures, and is scored.

#include "data_formats/coco_json/coco_json.h"
#include "data_formats/data_folder/data_folder.h"
#include "data_formats/json_numbers/json_numbers.h"
#include "data_formats/weights/weights.h"
#include "tests/end_to_end/program.h"

using namespace figurant;
using namespace figurant::end_to_end;

namespace {

/// A data folder, and a log folder of three steps of training on it.
class Trained {
  public:
    const ScratchFolder folder;
    Outcome outcome;
    Trained() {
        synthesize(folder / "data", 4);
        const auto config = folder.put("tiny.toml", tiny_network);
        outcome = train(folder / "log", "--threads", 2);
    }
    Outcome train(const std::filesystem::path& log, Word option, Word value) const {
        return program(0, {"run", "train_and_validate", "--dataset", folder / "data", "--validation",
                           folder / "data", "--config", folder / "tiny.toml", "--eval-steps", 2, 3,
                           "--batch-size", 2, "--crop", 128, "--output", log, option, value});
    }
};

const Trained& trained() {
    static const Trained once;
    return once;
}

}  // namespace

TEST_CASE("composed maps are a data folder that agrees with its truth, the same from the same seed") {
    const auto data = trained().folder / "data";
    const auto entries = data_formats::list_examples(data);
    const auto truth = data_formats::read_coco_truth(data / "coco_ground_truth.json");
    REQUIRE(entries.size() == 4);
    REQUIRE(truth.images.size() == 4);
    std::size_t figures = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(entries[i].image.filename() == truth.images[i].file_name);
        for (const auto& figure : data_formats::read_example(entries[i]).figures) {
            REQUIRE(figures < truth.annotations.size());
            const auto& annotation = truth.annotations[figures++];
            CHECK(annotation.image_id == truth.images[i].id);
            CHECK(annotation.segmentation == figure.mask.on_image(192, 256));
        }
    }
    CHECK(figures == truth.annotations.size());
    CHECK(figures > 0);
    const ScratchFolder again;
    synthesize(again / "data", 4);
    check_same(results(data), results(again / "data"));
    synthesize(again / "other", 4, 2);
    CHECK(results(data).at("images/map_000000.png") != results(again / "other").at("images/map_000000.png"));
}

TEST_CASE("training leaves checkpoints, models, losses, and a score of each eval step") {
    const auto log = results(trained().folder / "log");
    for (const std::string step : {"2", "3"}) {
        CHECK_NOTHROW(data_formats::read_weights(trained().folder / ("log/model-" + step + ".h5"), "model"));
        CHECK_NOTHROW(
            data_formats::read_weights(trained().folder / ("log/checkpoint-" + step + ".h5"), "checkpoint"));
        CHECK(log.contains("eval/step_" + step + "/coco_results.json"));
        CHECK(log.contains("eval/step_" + step + "/metrics.json"));
    }
    CHECK(lines(log.at("losses.csv")).size() == 4);  // a heading and three steps
    const auto scores = lines(log.at("scores.csv"));
    REQUIRE(scores.size() == 3);
    CHECK(scores[1].starts_with("step_2,"));
    CHECK(scores[2].starts_with("step_3,"));
    CHECK(contains(trained().outcome.out, "step_3"));
    CHECK_FALSE(log.contains("failures.jsonl"));
}

TEST_CASE("training again gives the same bytes, with 1, 2, 8 and 32 threads, and random delays") {
    const ScratchFolder again;
    for (const int threads : {1, 2, 8, 32}) {
        const auto log = again / std::to_string(threads);
        const Disturbance disturbance(threads > 1 ? threads : 0);
        trained().train(log, "--threads", threads);
        check_same(results(trained().folder / "log"), results(log));
    }
}

TEST_CASE("the trained model draws maps and is scored; coco_evaluate says the same of its results") {
    const ScratchFolder folder;
    const auto data = trained().folder / "data";
    program(0, {"run", "evaluate", "--maps", data / "images", "--truth", data / "coco_ground_truth.json",
                "--model", trained().folder / "log/model-3.h5", "--score-threshold", "0.05", "--output",
                folder / "out"});
    const auto out = results(folder / "out");
    for (const auto& entry : data_formats::list_examples(data))
        CHECK(out.contains(entry.image.stem().string() + ".png"));
    const auto outcome =
        program(0, {"run", "coco_evaluate", "--truth", data / "coco_ground_truth.json", "--results",
                    folder / "out/coco_results.json", "--output", folder / "scores"});
    CHECK(out.at("metrics.json") == results(folder / "scores").at("metrics.json"));
    const auto metrics = data_formats::read_json_numbers(folder / "scores/metrics.json");
    for (const std::string part : {"bbox", "segm"})
        for (const std::string name :
             {"AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"})
            CHECK(metrics.contains(part + "." + name));
    CHECK(contains(outcome.out, "AP50"));
    const auto mistakes = data_formats::read_json_numbers(folder / "scores/mistakes.json");
    for (const std::string part : {"bbox", "segm"}) {
        CHECK(mistakes.at(part + ".AP50") == metrics.at(part + ".AP50"));
        for (const std::string kind :
             {"classification", "localization", "both", "duplicate", "background", "missed"})
            CHECK(mistakes.at(part + "." + kind + ".cost") >= 0);
    }
    CHECK(contains(outcome.out, "localization"));
}

TEST_CASE("the truth, given as results, scores full marks") {
    const ScratchFolder folder;
    const auto data = trained().folder / "data";
    figures::CocoResults perfect;
    const auto truth = data_formats::read_coco_truth(data / "coco_ground_truth.json");
    for (const auto& each : truth.annotations)
        perfect.push_back({each.image_id, each.category_id, 0.9, each.bbox, each.segmentation});
    data_formats::write_coco_results(folder / "perfect.json", perfect);
    program(0, {"run", "coco_evaluate", "--truth", data / "coco_ground_truth.json", "--results",
                folder / "perfect.json", "--output", folder / "scores"});
    const auto metrics = data_formats::read_json_numbers(folder / "scores/metrics.json");
    CHECK(metrics.at("segm.AP") == doctest::Approx(1));
    CHECK(metrics.at("bbox.AR100") == doctest::Approx(1));
    const auto mistakes = data_formats::read_json_numbers(folder / "scores/mistakes.json");
    for (const std::string kind : {"localization", "duplicate", "background", "missed"})
        CHECK(mistakes.at("segm." + kind + ".count") == 0);
}

TEST_CASE("training that diverges ends with its own exit code; what was learned is on the disk") {
    const ScratchFolder folder;
    std::string wild = tiny_network;
    for (const auto& [from, to] : {std::pair{"learning_rate = 0.002", "learning_rate = 1e20"},
                                   std::pair{"warm_up_steps = 1", "warm_up_steps = 0"},
                                   std::pair{"optimizer = \"adamw\"", "optimizer = \"momentum\""},
                                   std::pair{"gradient_clip = \"global\"", "gradient_clip = \"none\""}}) {
        REQUIRE(contains(wild, from));
        wild.replace(wild.find(from), std::string(from).size(), to);
    }
    const auto config = folder.put("wild.toml", wild);
    const auto data = trained().folder / "data";
    const auto outcome =
        program(6, {"run", "train_and_validate", "--dataset", data, "--validation", data, "--config", config,
                    "--eval-steps", 1, 12, "--batch-size", 2, "--crop", 128, "--output", folder / "log"});
    CHECK(contains(outcome.err, "not finite"));
    CHECK_NOTHROW(data_formats::read_weights(folder / "log/model-1.h5", "model"));
}

TEST_CASE("a checkpoint is no model, and is not taken for one") {
    const ScratchFolder folder;
    const auto outcome = program(5, {"run", "evaluate", "--maps", trained().folder / "data/images", "--model",
                                     trained().folder / "log/checkpoint-3.h5", "--output", folder / "out"});
    CHECK(contains(outcome.err, "checkpoint-3.h5"));
    CHECK_FALSE(std::filesystem::exists(folder / "out"));
}

TEST_CASE("a truth or results that cannot be used end the run before anything is written") {
    const ScratchFolder folder;
    const auto truth = trained().folder / "data/coco_ground_truth.json";
    folder.put("none.json", "[]");
    folder.put("broken.json", "{\"images\": [");
    const auto wrong = program(5, {"run", "coco_evaluate", "--truth", folder / "broken.json", "--results",
                                   folder / "none.json", "--output", folder / "scores"});
    CHECK(contains(wrong.err, "broken.json"));
    program(2, {"run", "coco_evaluate", "--truth", truth, "--results", folder / "missing.json", "--output",
                folder / "scores"});
    program(5, {"run", "evaluate", "--maps", trained().folder / "data/images", "--truth",
                folder / "broken.json", "--output", folder / "scores"});
    CHECK_FALSE(std::filesystem::exists(folder / "scores"));
    // No results at all are results.
    program(0, {"run", "coco_evaluate", "--truth", truth, "--results", folder / "none.json", "--output",
                folder / "scores"});
    CHECK(data_formats::read_json_numbers(folder / "scores/metrics.json").at("segm.AP") == 0);
}
