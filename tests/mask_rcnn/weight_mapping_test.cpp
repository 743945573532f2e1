// Which tensors of a file become which variables, and what is said of the others.

#include "mask_rcnn/weight_mapping.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/file_writer.h"
#include "mask_rcnn/variables.h"

using namespace figurant;
using namespace figurant::mask_rcnn;

namespace {

NetworkConfig shipped(const std::string& name) {
    return parse_config(read_file("configs/" + name + ".toml"), name).network;
}

struct File {
    std::vector<TensorList::Tensor> tensors;
    bool ours = false;

    explicit File(const NetworkConfig& network) {
        for (const auto& variable : file_variables(network))
            tensors.push_back({variable.name, "float32", variable.shape, true});
    }
    TensorList list() const {
        return {tensors,
                [this](std::string_view name) -> std::optional<std::size_t> {
                    for (std::size_t i = 0; i < tensors.size(); ++i)
                        if (tensors[i].name == name) return i;
                    return std::nullopt;
                },
                ours};
    }
    std::size_t at(std::string_view name) const { return *list().find(name); }
};

const MappingRow& row(const WeightMapping& mapping, std::string_view name) {
    for (const auto& each : mapping.rows)
        if (each.name == name) return each;
    FAIL("no row ", std::string(name));
    return mapping.rows.front();
}

std::string rejection(const WeightMapping& mapping, MappingExtent extent) {
    try {
        check_mapping(mapping, extent, "x.ckpt");
    } catch (const Error& error) {
        return error.cause() == Cause::model ? error.what() : "wrong error";
    }
    return "";
}

}  // namespace

TEST_CASE("the full network has the original's variables, by name and in TensorFlow's layout") {
    // ORIGINAL: names and shapes as the Object Detection API and slim give them.
    const auto network = shipped("mask_rcnn_resnet101_atrous_coco");
    const File file(network);
    const auto shape = [&](std::string_view name) { return file.tensors[file.at(name)].shape; };
    using Shape = std::vector<std::int64_t>;
    const std::string first = "FirstStageFeatureExtractor/resnet_v1_101/";
    CHECK(shape(first + "conv1/weights") == Shape{7, 7, 3, 64});
    CHECK(shape(first + "conv1/BatchNorm/moving_variance") == Shape{64});
    CHECK(shape(first + "block1/unit_1/bottleneck_v1/shortcut/weights") == Shape{1, 1, 64, 256});
    CHECK(shape(first + "block3/unit_23/bottleneck_v1/conv2/weights") == Shape{3, 3, 256, 256});
    CHECK(shape("SecondStageFeatureExtractor/resnet_v1_101/block4/unit_1/bottleneck_v1/conv3/weights") ==
          Shape{1, 1, 512, 2048});
    CHECK(shape("Conv/weights") == Shape{3, 3, 1024, 512});
    CHECK(shape("Conv/biases") == Shape{512});
    CHECK(shape("FirstStageBoxPredictor/BoxEncodingPredictor/weights") == Shape{1, 1, 512, 48});
    CHECK(shape("FirstStageBoxPredictor/ClassPredictor/biases") == Shape{24});
    CHECK(shape("SecondStageBoxPredictor/ClassPredictor/weights") == Shape{2048, 91});
    CHECK(shape("SecondStageBoxPredictor/BoxEncodingPredictor/weights") == Shape{2048, 360});
    CHECK(shape("SecondStageBoxPredictor/Conv/weights") == Shape{3, 3, 2048, 256});
    CHECK(shape("SecondStageBoxPredictor/Conv_3/weights") == Shape{3, 3, 256, 90});
    // 30 units with three convolutions, 3 of them with a shortcut; conv1; block 4 likewise: five arrays each.
    CHECK(file.tensors.size() == 5 * (1 + 30 * 3 + 3 + 9 + 1) + 2 * (3 + 2 + 4));
}

TEST_CASE("a complete file is taken whole; what training adds is left out, with the reason") {
    const auto network = shipped("mask_rcnn_resnet101_atrous");
    File file(network);
    const std::size_t variables = file.tensors.size();
    for (std::size_t i = 0; i < variables; ++i)
        file.tensors.push_back({file.tensors[i].name + "/Momentum", "float32", file.tensors[i].shape, true});
    file.tensors.push_back({"global_step", "int64", {}, false});
    file.tensors.push_back(
        {"FirstStageFeatureExtractor/resnet_v1_101/block4/unit_1/bottleneck_v1/conv1/weights",
         "float32",
         {1, 1, 1024, 512},
         true});
    file.tensors.push_back({"SecondStageBoxPredictor/Conv_4/weights", "float32", {3, 3, 16, 1}, true});
    file.tensors.push_back({"Preprocessor/Const", "float32", {3}, true});
    const auto mapping =
        map_weights(network, file_variables(network), file.list(), MappingExtent::everything);
    CHECK(rejection(mapping, MappingExtent::everything).empty());
    CHECK(mapping.count(TensorUse::taken) == variables);
    CHECK(mapping.count(TensorUse::left_out) == variables + 4);
    CHECK(mapping.rows.size() == file.tensors.size());
    CHECK(row(mapping, "Conv/weights/Momentum").reason == "the optimizer's state");
    CHECK(row(mapping, "global_step").reason == "the count of training's steps");
    CHECK(row(mapping, file.tensors[2 * variables + 1].name).reason.find("nothing uses") !=
          std::string::npos);
    CHECK(row(mapping, "SecondStageBoxPredictor/Conv_4/weights").reason == "heads of another form");
    CHECK(row(mapping, "Preprocessor/Const").reason == "no variable of the network");
    CHECK(mapping.summary().starts_with(std::to_string(variables) + " taken\n"));
}

TEST_CASE("what is missing, misshapen or of another type is an error that names it") {
    const auto network = shipped("mask_rcnn_resnet101_atrous");
    File file(network);
    file.tensors[file.at("Conv/weights")].shape = {3, 3, 512, 1024};
    file.tensors[file.at("Conv/biases")].name = "Conv/bias";
    file.tensors[file.at("SecondStageBoxPredictor/Conv_1/biases")] = {
        "SecondStageBoxPredictor/Conv_1/biases", "float64", {16}, false};
    const auto text =
        rejection(map_weights(network, file_variables(network), file.list(), MappingExtent::everything),
                  MappingExtent::everything);
    CHECK(text.starts_with("x.ckpt: does not fit the network's configuration (3 variables):"));
    CHECK(text.find(
              "\"Conv/weights\": shape [3, 3, 512, 1024] where the configuration needs [3, 3, 1024, 512]") !=
          std::string::npos);
    CHECK(text.find("\"Conv/biases\": not in the file") != std::string::npos);
    CHECK(text.find("\"SecondStageBoxPredictor/Conv_1/biases\": type float64") != std::string::npos);
}

TEST_CASE("fine-tuning takes the feature extractors of ninety classes for one, and says why not the rest") {
    const auto network = shipped("mask_rcnn_resnet101_atrous");
    const File coco(shipped("mask_rcnn_resnet101_atrous_coco"));
    const auto whole = map_weights(network, file_variables(network), coco.list(), MappingExtent::everything);
    CHECK(row(whole, "SecondStageBoxPredictor/Conv/weights").reason.find("masks of another depth") !=
          std::string::npos);
    CHECK(row(whole, "SecondStageBoxPredictor/ClassPredictor/weights").reason.find("number of classes") !=
          std::string::npos);
    CHECK(!rejection(whole, MappingExtent::everything).empty());
    const auto extractors =
        map_weights(network, file_variables(network), coco.list(), MappingExtent::feature_extractors);
    CHECK(rejection(extractors, MappingExtent::feature_extractors).empty());
    CHECK(extractors.count(TensorUse::taken) == 5 * (1 + 30 * 3 + 3 + 9 + 1));
    CHECK(extractors.count(TensorUse::left_out) == 2 * (3 + 2 + 4));
    CHECK(row(extractors, "Conv/weights").reason == "no feature extractor's: it starts afresh");
    File other(network);
    for (auto& tensor : other.tensors) tensor.name = "other/" + tensor.name;
    CHECK(rejection(
              map_weights(network, file_variables(network), other.list(), MappingExtent::feature_extractors),
              MappingExtent::feature_extractors)
              .find("none of the feature extractors' variables") != std::string::npos);
}

TEST_CASE("of a checkpoint of ours the moving averages are taken, all or none; of others' the variables") {
    const auto network = shipped("figures_small");
    File file(network);
    const std::size_t variables = file.tensors.size();
    for (std::size_t i = 0; i < variables; ++i) {
        file.tensors.push_back(file.tensors[i]);
        file.tensors.back().name += moving_average_suffix;
    }
    const auto mapped = [&] {
        return map_weights(network, file_variables(network), file.list(), MappingExtent::everything);
    };
    const auto foreign = mapped();
    CHECK(row(foreign, "Conv/weights").tensor == file.at("Conv/weights"));
    CHECK(row(foreign, "Conv/weights/ExponentialMovingAverage").reason == "a moving average over training");
    file.ours = true;
    const auto own = mapped();
    CHECK(own.count(TensorUse::taken) == variables);
    CHECK(own.rows.size() == 2 * variables);
    CHECK(row(own, "Conv/weights").tensor == file.at("Conv/weights/ExponentialMovingAverage"));
    CHECK(own.summary() == std::to_string(variables) + " taken\n" + std::to_string(variables) +
                               " left out: its moving average is taken\n");
    file.tensors.erase(file.tensors.begin() + static_cast<std::ptrdiff_t>(variables));
    CHECK(rejection(mapped(), MappingExtent::everything).find("its moving average is not in the file") !=
          std::string::npos);
    file.tensors.back().shape.push_back(1);
    CHECK(mapped().count(TensorUse::misshapen) == 1);
}
