// read_pipeline_config: the Object Detection API's pipeline.config, as a configuration of this program.
//
//     [stages.config]
//     type = "read_pipeline_config"
//     path = "${config}"

#include "data_formats/map_image/map_list.h"
#include "data_formats/pipeline_config/pipeline_config.h"
#include "mask_rcnn/config.h"
#include "pipeline/registry.h"
#include "stages/convert/config_file.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class ReadPipelineConfig : public Source {
  public:
    static constexpr std::string_view sentence =
        "Reads a pipeline.config of the TensorFlow Object Detection API as a configuration of network and "
        "training.";
    static constexpr Out<ConfigFile> config{"config", "the configuration, complete"};
    static auto ports() { return std::tuple(config); }

    struct Parameters {
        std::filesystem::path path;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}.add(
            "path", &Parameters::path, "the pipeline.config, in protobuf's text format", required);
        return list;
    }
    explicit ReadPipelineConfig(Parameters parameters) : path_(std::move(parameters.path)) {}

    /// Before the run begins: what cannot be expressed ends it.
    void prepare(const RunSettings&) override {
        auto imported = data_formats::read_pipeline_config(path_);
        // Once more through our own parser: ranges, and what sizes must fulfil together.
        const auto parsed = mask_rcnn::parse_config(imported.toml, path_.string() + ", imported");
        ConfigFile file{path_.stem().string(), mask_rcnn::config_text(parsed)};
        read_ = std::make_shared<const ConfigFile>(std::move(file));
        left_out_ = std::move(imported.left_out);
    }
    std::vector<InputReference> inputs() const override {
        return {{path_.filename().string(), data_formats::input_digest(path_),
                 PayloadTraits<ConfigFile>::bytes(*read_), 0}};
    }
    void open(const InputReference&, Outputs& out, Context& context) const override {
        std::string told;
        for (const auto& each : left_out_) told += "left out: " + each + "\n";
        if (!told.empty()) context.print(told);
        out.emit(config, read_);
    }

  private:
    std::filesystem::path path_;
    std::shared_ptr<const ConfigFile> read_;
    std::vector<std::string> left_out_;
};

const Registered<ReadPipelineConfig> registered("read_pipeline_config");

}  // namespace
}  // namespace figurant::stages
