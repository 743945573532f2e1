// From the original's files to figures on maps: weights in TensorFlow's formats go through convert_model into
// detection, as a user goes.

#include "data_formats/weights/weights.h"
#include "tests/end_to_end/program.h"
#include "tests/tensorflow_files/tensorflow_files.h"

using namespace figurant;
using namespace figurant::end_to_end;
namespace fs = std::filesystem;

namespace {

/// The variables of a model as TensorFlow would keep them.
std::vector<tests::StoredTensor> tensors_of(const WeightsFile& model) {
    std::vector<tests::StoredTensor> tensors;
    for (const auto& array : model.arrays)
        tensors.push_back({array.name,
                           tests::dt_float,
                           array.shape,
                           {reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size()}});
    return tensors;
}

/// The same beside what training leaves.
std::vector<tests::StoredTensor> with_optimizer(std::vector<tests::StoredTensor> tensors) {
    for (std::size_t i = 0, n = tensors.size(); i < n; ++i) {
        tensors.push_back(tensors[i]);
        tensors.back().name += "/Momentum";
    }
    tensors.push_back({"global_step", tests::dt_int64, {}, std::string("\2\0\0\0\0\0\0\0", 8)});
    return tensors;
}

/// Each constant behind the Identity nodes that freezing leaves.
std::string frozen(const std::vector<tests::StoredTensor>& tensors) {
    std::vector<std::string> nodes;
    for (const auto& tensor : tensors) {
        nodes.push_back(tests::constant_node(tensor.name, tests::tensor_proto(tensor)));
        nodes.push_back(tests::identity_node(tensor.name + "/read", tensor.name));
    }
    return tests::graph_def(nodes);
}

/// data/, tiny.toml, and two steps of that network: log/model-2.h5 and log/checkpoint-2.h5. Made once.
const ScratchFolder& trained() {
    static const ScratchFolder folder;
    static const bool made = [] {
        synthesize(folder / "data", 4);
        folder.put("tiny.toml", tiny_network);
        program(0, {"run", "train_and_validate", "--dataset", folder / "data", "--validation",
                    folder / "data", "--output", folder / "log", "--config", folder / "tiny.toml",
                    "--eval-steps", 2, "--batch-size", 2, "--crop", 64});
        return true;
    }();
    CHECK(made);
    return folder;
}

}  // namespace

TEST_CASE(
    "weights from TensorFlow's files find the same figures as the model they came from, the whole map at "
    "once") {
    const ScratchFolder folder;
    const auto model = data_formats::read_weights(trained() / "log/model-2.h5");
    tests::write_checkpoint(folder / "tf/model.ckpt-2", with_optimizer(tensors_of(model)), {3, true});
    folder.put("tf/frozen_inference_graph.pb", frozen(tensors_of(model)));
    folder.put("network.toml", model.config);

    const auto detect = [&](const fs::path& from, const char* to) {
        program(0, {"run", "detect_figures", "--maps", trained() / "data/images", "--model", from, "--output",
                    folder / to, "--tiling", "none", "--score-threshold", "0"});
        return contents(folder / to / "coco_results.json");
    };
    const std::string expected = detect(trained() / "log/model-2.h5", "expected");
    CHECK(contains(expected, "\"segmentation\""));
    for (const char* source : {"model.ckpt-2", "frozen_inference_graph.pb"}) {
        const auto converted =
            program(0, {"run", "convert_model", "--checkpoint", folder / "tf" / source, "--config",
                        folder / "network.toml", "--output", folder / "converted" / source});
        CHECK(contains(converted.out, " taken\n"));
        CHECK((detect(folder / "converted" / source / "model.h5", source) == expected));
    }
    // weights.csv tells of every tensor, weights lists them.
    const auto table = lines(contents(folder / "converted/model.ckpt-2/weights.csv"));
    CHECK(table.size() == 1 + 2 * model.arrays.size() + 1);
    const auto listed = program(0, {"weights", folder / "tf/model.ckpt-2", "--json"});
    CHECK(lines(listed.out).size() == 2 + 2 * model.arrays.size() + 1);
}

TEST_CASE("a checkpoint of ours converts to the model that training wrote, byte for byte") {
    const ScratchFolder folder;
    program(0, {"run", "convert_model", "--checkpoint", trained() / "log/checkpoint-2.h5", "--output",
                folder / "out"});
    CHECK((contents(folder / "out/model.h5") == contents(trained() / "log/model-2.h5")));
}

TEST_CASE("weights that do not fit are refused before anything is written, with what to do") {
    const ScratchFolder folder;
    tests::write_checkpoint(folder / "tf/model.ckpt", {{"w", tests::dt_float, {1}, "abcd"}});
    const auto none = program(
        3, {"run", "convert_model", "--checkpoint", folder / "tf/model.ckpt", "--output", folder / "out"});
    CHECK(contains(none.err, "carries no configuration"));
    const auto wrong = program(3, {"run", "convert_model", "--checkpoint", folder / "tf/model.ckpt",
                                   "--config", "mask_rcnn_resnet101_atrous", "--output", folder / "out"});
    CHECK(contains(wrong.err, "does not fit the network's configuration"));
    CHECK(contains(wrong.err, "\"FirstStageFeatureExtractor/resnet_v1_101/conv1/weights\": not in the file"));
    const auto missing =
        program(5, {"run", "convert_model", "--checkpoint", folder / "tf", "--output", folder / "out"});
    CHECK(contains(missing.err, (folder / "tf/model.ckpt").string()));
    CHECK_FALSE(fs::exists(folder / "out/model.h5"));
}

TEST_CASE("training starts from a TensorFlow checkpoint's feature extractors, and from nothing else of it") {
    const ScratchFolder folder;
    auto tensors = tensors_of(data_formats::read_weights(trained() / "log/model-2.h5"));
    std::size_t extractors = 0;
    for (auto& tensor : tensors) {
        const bool extractor = tensor.name.find("FeatureExtractor/") != std::string::npos;
        extractors += extractor;
        // Heads of other shapes: those of ninety classes.
        if (!extractor) tensor = {tensor.name, tests::dt_float, {1}, "abcd"};
    }
    tests::write_checkpoint(folder / "coco", tensors);
    const auto begun =
        program(0, {"run", "train_and_validate", "--dataset", trained() / "data", "--validation",
                    trained() / "data", "--output", folder / "tuned", "--config", trained() / "tiny.toml",
                    "--eval-steps", 1, "--batch-size", 2, "--crop", 64, "--initial", folder / "coco"});
    CHECK(contains(begun.out,
                   "Training starts from given weights:\n" + std::to_string(extractors) + " taken\n"));
    const auto none =
        program(5, {"run", "train_and_validate", "--dataset", trained() / "data", "--validation",
                    trained() / "data", "--output", folder / "none", "--config", trained() / "tiny.toml",
                    "--eval-steps", 1, "--initial", trained() / "data"});
    CHECK(contains(none.err, "is a folder without model.h5"));
}
