// make_model: tensors of a file to the variables of a network, by name: a model for inference.
//
//     [stages.model]
//     type = "make_model"
//     from = "checkpoint"
//     config = "mask_rcnn_resnet101_atrous_coco"

#include "base/file_writer.h"
#include "base/shipped_files.h"
#include "pipeline/registry.h"
#include "stages/convert/tensors.h"
#include "stages/detect/network.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

/// A checkpoint of ours knows how large its examples were; anchors that none could hold propose nothing.
void silence_untrained(WeightsFile& model, const data_formats::TensorFile& file) {
    const auto place = file.find("largest_example");
    if (file.kind() != "checkpoint" || !place) return;
    const NamedArray sizes = file.read(*place);
    std::int64_t size[2] = {};
    if (sizes.bytes.size() != sizeof size) return;
    std::copy(sizes.bytes.begin(), sizes.bytes.end(), reinterpret_cast<std::byte*>(size));
    if (size[0] > 0 && size[1] > 0) network().silence_unfit_anchors(model, size[0], size[1]);
}

class MakeModel : public pipeline::Map {
  public:
    static constexpr std::string_view sentence =
        "Makes a model of the tensors that have the names of the network's variables, or of these variables' "
        "moving averages where a checkpoint of Figurant has them; all must be there.";
    static constexpr In<OpenTensors> tensors{"tensors", "an open file of tensors"};
    static constexpr Out<ConvertedModel> model{"model", "the model, and what became of each tensor"};
    static auto ports() { return std::tuple(tensors, model); }

    struct Parameters {
        std::filesystem::path config;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}.add(
            "config", &Parameters::config,
            "the network, TOML: a file, or the name of a shipped configuration; empty: what the file itself "
            "carries");
        return list;
    }
    explicit MakeModel(Parameters parameters) : parameters_(std::move(parameters)) {}

    void prepare(const RunSettings&) override {
        network();  // what cannot be loaded ends the run before it begins
        if (parameters_.config.empty()) return;
        const auto file = shipped_file("configs", parameters_.config, ".toml");
        given_ = mask_rcnn::parse_config(read_file(file, std::size_t{1} << 20), file.string()).network;
    }
    std::size_t output_bytes(const Inputs& in) const override {
        // Halves become floats, and int32 is no variable.
        std::size_t sum = std::size_t{1} << 20;
        for (const auto& tensor : in[tensors].file->tensors()) {
            std::size_t count = 1;
            for (const auto side : tensor.shape) count *= static_cast<std::size_t>(side);
            sum += 4 * count + 1024 + 4 * tensor.name.size();
        }
        return sum;
    }
    void process(const Inputs& in, Outputs& out, Context& context) const override {
        using mask_rcnn::MappingExtent;
        const OpenTensors& open = in[tensors];
        const auto config = network_of(open);
        ConvertedModel result{open.name, nullptr,
                              mask_rcnn::map_weights(config, network().file_variables(config),
                                                     tensor_list(*open.file), MappingExtent::everything)};
        mask_rcnn::check_mapping(result.mapping, MappingExtent::everything, open.name);
        WeightsFile weights{"model", mask_rcnn::config_text(config), read_mapped(*open.file, result.mapping)};
        silence_untrained(weights, *open.file);
        result.model = std::make_shared<const WeightsFile>(std::move(weights));
        context.print(open.name + ", a " + open.file->kind() + ":\n" + result.mapping.summary());
        out.emit(model, std::move(result));
    }

  private:
    mask_rcnn::NetworkConfig network_of(const OpenTensors& open) const {
        if (given_) return *given_;
        const std::string text = open.file->config();
        if (text.empty())
            throw Error(Cause::configuration,
                        open.name + ": a " + open.file->kind() + " carries no configuration",
                        "say which network it is: --config mask_rcnn_resnet101_atrous, or a file");
        try {
            return mask_rcnn::parse_config(text, open.name).network;
        } catch (const Error& error) {
            throw Error(Cause::model, error.what(), "give a configuration: --config");
        }
    }

    Parameters parameters_;
    std::optional<mask_rcnn::NetworkConfig> given_;
};

const Registered<MakeModel> registered("make_model");

}  // namespace
}  // namespace figurant::stages
