#include "stages/convert/config_file.h"
#include "tests/stages/training.h"
#include "tests/tensorflow_files/pipeline_configs.h"

using namespace figurant;
using namespace figurant::stages::test;
using figurant::stages::ConfigFile;

TEST_CASE("the original's two configurations come out equal to those that are shipped") {
    const ScratchFolder folder;
    for (const auto& [settings, name] : {std::pair(tests::one_class(), "mask_rcnn_resnet101_atrous"),
                                         {tests::ninety_classes(), "mask_rcnn_resnet101_atrous_coco"}}) {
        const auto file = folder.put("pipeline.config", tests::pipeline_text(settings));
        StageRun read("read_pipeline_config", {{"path", one(file)}});
        const auto inputs = read.inputs();
        REQUIRE(inputs.size() == 1);
        const auto out = read.open(inputs[0]);
        const auto& made = get<ConfigFile>(out);
        CHECK(made.name == "pipeline");
        const auto shipped =
            mask_rcnn::parse_config(read_file("configs/" + std::string(name) + ".toml"), name);
        CHECK(mask_rcnn::parse_config(made.toml, "imported") == shipped);
        CHECK(made.toml == mask_rcnn::config_text(shipped));  // says where they differ, if they do
        CHECK(read.context.prints.size() == 1);
    }
}

TEST_CASE("what cannot be expressed ends the run before it begins, with its place") {
    const ScratchFolder folder;
    auto settings = tests::one_class();
    settings.deviation = "0.02";
    const auto file = folder.put("pipeline.config", tests::pipeline_text(settings));
    try {
        StageRun read("read_pipeline_config", {{"path", one(file)}});
        FAIL("it was taken");
    } catch (const Error& error) {
        CHECK(error.cause() == Cause::configuration);
        CHECK(std::string(error.what()).starts_with(file.string() + ":9:"));
    }
}
