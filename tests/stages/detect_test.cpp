#include "data_formats/weights/weights.h"
#include "mask_rcnn/detector.h"
#include "stages/payloads.h"
#include "tests/stages/training.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::FoundOnTile;

namespace {

/// A model with random weights, written once: it finds something everywhere, which is all that is asked of
/// it.
struct Model {
    ScratchFolder folder;
    std::filesystem::path model = folder / "model.h5", checkpoint = folder / "checkpoint.h5";
    Model() {
        const auto config = tiny_config();
        const mask_rcnn::Trainer trainer(config.network, config.training);
        data_formats::write_weights(model, trainer.inference_model());
        data_formats::write_weights(checkpoint, trainer.checkpoint());
    }
};
const Model& model() {
    static const Model made;
    return made;
}

ParameterValues values(double score_threshold = 0) {
    return {{"model", one(model().model)},
            {"score_threshold", one(score_threshold)},
            {"precision", one("float32")}};
}

const figures::MapInfo map{"west.png", 600, 500, "west"};

Payload tile(const cv::Mat& pixels, const cv::Rect& window) {
    return payload(figures::Tile{map, window, pixels, false});
}

std::vector<figures::Figure> found_on(const Payload& tile_to_look_at,
                                      const ParameterValues& with = values()) {
    const auto out = StageRun("detect", with).process({tile_to_look_at});
    const auto& found = get<FoundOnTile>(out);
    CHECK(found.map.name == "west.png");
    CHECK(found.found.window == get<figures::Tile>(tile_to_look_at).window);
    return found.found.figures;
}

}  // namespace

TEST_CASE("figures are those of the network, in the coordinates of the map") {
    const cv::Mat pixels = noise(128, 96);
    const mask_rcnn::Detector detector(data_formats::read_weights(model().model), {"cpu", "float32", 0.0, 1});
    const auto expected = detector.detect({pixels.data, 96, 128, 0});
    REQUIRE_FALSE(expected.empty());
    // The tile shows a window of the map at half its size.
    const auto found = found_on(tile(pixels, {100, 50, 256, 192}));
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        CHECK(found[i].score == expected[i].score);
        CHECK(found[i].category == expected[i].category);
        CHECK(found[i].box.x_min == doctest::Approx(100 + 2 * expected[i].x_min));
        CHECK(found[i].box.y_min == doctest::Approx(50 + 2 * expected[i].y_min));
        CHECK(found[i].box.x_max == doctest::Approx(100 + 2 * expected[i].x_max));
        CHECK(found[i].box.y_max == doctest::Approx(50 + 2 * expected[i].y_max));
    }
}

TEST_CASE("masks lie within their boxes, and within the map") {
    std::size_t pixels = 0;
    for (const cv::Rect& window : {cv::Rect(0, 0, 128, 96), cv::Rect(472, 404, 128, 96)})
        for (const auto& figure : found_on(tile(noise(128, 96, 2), window))) {
            if (figure.mask.empty()) continue;
            const auto bounds = figure.mask.bounds();
            pixels += static_cast<std::size_t>(figure.mask.area());
            CHECK(bounds.x >= 0);
            CHECK(bounds.y >= 0);
            CHECK(bounds.x + bounds.width <= map.width);
            CHECK(bounds.y + bounds.height <= map.height);
            CHECK(static_cast<float>(bounds.x) >= figure.box.x_min - 1);
            CHECK(static_cast<float>(bounds.y + bounds.height) <= figure.box.y_max + 1);
        }
    CHECK(pixels > 0);
}

TEST_CASE("a threshold below 0 leaves to the model from which score on it finds") {
    const ScratchFolder folder;
    const auto found_from = [&](double of_model, double of_stage) {
        auto weights = data_formats::read_weights(model().model);
        auto network = tiny_config().network;
        network.detection_score_threshold = of_model;
        weights.config = mask_rcnn::config_text(network);
        data_formats::write_weights(folder / "model.h5", weights);
        auto with = values(of_stage);
        with["model"] = one(folder / "model.h5");
        return found_on(tile(noise(128, 96), {0, 0, 128, 96}), with).size();
    };
    const auto all = found_from(0, -1);
    CHECK(all > 0);
    CHECK(found_from(1, -1) == 0);
    CHECK(found_from(1, 0) == all);
    CHECK(found_from(0, 1) == 0);
}

TEST_CASE("a pixel belongs to a figure where its probability is above the model's mask_threshold") {
    const ScratchFolder folder;
    const auto area_above = [&](double threshold) {
        auto weights = data_formats::read_weights(model().model);
        auto network = tiny_config().network;
        network.mask_threshold = threshold;
        weights.config = mask_rcnn::config_text(network);
        data_formats::write_weights(folder / "model.h5", weights);
        auto with = values();
        with["model"] = one(folder / "model.h5");
        std::int64_t area = 0;
        for (const auto& figure : found_on(tile(noise(128, 96), {0, 0, 128, 96}), with))
            area += figure.mask.area();
        return area;
    };
    const auto all = area_above(0), half = area_above(0.5), none = area_above(1);
    CHECK(all > half);
    CHECK(half > 0);
    CHECK(none == 0);
}

TEST_CASE("a tile is looked at as it is; a whole map (tiling none) is resized as the network wants it") {
    const cv::Mat pixels = noise(300, 240, 4);
    auto whole = values();
    whole["tiling"] = one("none");
    const auto found = found_on(tile(pixels, {0, 0, 300, 240}), whole);
    const mask_rcnn::Detector detector(data_formats::read_weights(model().model), {"cpu", "float32", 0.0, 1});
    const auto expected = detector.detect({pixels.data, 240, 300, 0}, mask_rcnn::Resize::fit);
    REQUIRE(found.size() == expected.size());
    REQUIRE_FALSE(found.empty());
    for (std::size_t i = 0; i < found.size(); ++i)
        CHECK(found[i].box.x_max == doctest::Approx(expected[i].x_max));
    const auto as_it_is = found_on(tile(pixels, {0, 0, 300, 240}));
    CHECK(std::none_of(as_it_is.begin(), as_it_is.end(), [&](const auto& figure) {
        return figure.score == found[0].score && figure.box.y_min == found[0].box.y_min;
    }));
}

TEST_CASE("the threshold leaves out what scores below it, and changes nothing else") {
    const auto everything = found_on(tile(noise(128, 96), {0, 0, 128, 96}));
    REQUIRE(everything.size() >= 2);
    const double middle = everything[everything.size() / 2].score;
    const auto some = found_on(tile(noise(128, 96), {0, 0, 128, 96}), values(middle));
    CHECK(some.size() < everything.size());
    for (const auto& figure : some) {
        CHECK(figure.score >= middle);
        CHECK(std::any_of(everything.begin(), everything.end(), [&](const auto& other) {
            return other.box == figure.box && other.mask == figure.mask;
        }));
    }
}

TEST_CASE("calls side by side find what calls one after the other find") {
    StageRun detect("detect", values());
    std::vector<Payload> tiles;
    for (std::uint64_t i = 0; i < 4; ++i) tiles.push_back(tile(noise(128, 96, i), {0, 0, 128, 96}));
    std::vector<std::vector<figures::Figure>> together(tiles.size());
    TestContext threads;
    threads.how = Parallel::threaded;
    threads.parallel(tiles.size(), [&](std::size_t i) {
        const Lineage lineage(static_cast<std::uint32_t>(i));
        const std::vector<Payload> in{tiles[i]};
        Outputs out(detect.type().outputs);
        detect.as<pipeline::Map>().process(Inputs(detect.type().inputs, in, lineage), out, threads);
        together[i] = static_cast<const FoundOnTile*>(out.at(0).data.get())->found.figures;
    });
    CHECK(threads.counts["tiles"] == 4);
    for (std::size_t i = 0; i < tiles.size(); ++i) {
        const auto alone = detect.process({tiles[i]});
        const auto& figures = get<FoundOnTile>(alone).found.figures;
        REQUIRE(together[i].size() == figures.size());
        for (std::size_t k = 0; k < figures.size(); ++k) {
            CHECK(together[i][k].box == figures[k].box);
            CHECK(together[i][k].score == figures[k].score);
            CHECK(together[i][k].mask == figures[k].mask);
        }
    }
}

TEST_CASE("the run is told what the model keeps and what a call takes, more for larger tiles") {
    auto with = values();
    StageRun small("detect", with);
    CHECK(small.stage().resident_bytes() > 0);
    with["tile_size"] = one(1024);
    with["team"] = one(2);
    StageRun large("detect", with);
    CHECK(small.stage().needs().workspace > 0);
    CHECK(large.stage().needs().workspace > small.stage().needs().workspace);
    CHECK(small.stage().needs().threads == 1);
    CHECK(large.stage().needs().threads == 2);
}

TEST_CASE("a folder stands for the model in it") {
    auto with = values();
    with["model"] = one(model().folder.path());
    CHECK_NOTHROW(StageRun("detect", with));
}

TEST_CASE("what is no model is told by name before anything runs") {
    const auto rejected = [](const std::filesystem::path& file) {
        return error_of(Cause::model, [&] { StageRun("detect", {{"model", one(file)}}); });
    };
    const ScratchFolder folder;
    CHECK(contains(rejected(folder / "nowhere.h5").what(), "nowhere.h5"));
    CHECK(contains(rejected(folder.put("letter.h5", "Dear sir")).what(), "letter.h5"));
    CHECK(contains(rejected(folder.path()).what(), "model.h5"));
    const auto kind = rejected(model().checkpoint);
    CHECK(contains(kind.what(), "checkpoint"));
    const std::string whole = read_file(model().model);
    CHECK(contains(rejected(folder.put("cut.h5", whole.substr(0, whole.size() / 2))).what(), "cut.h5"));
}
