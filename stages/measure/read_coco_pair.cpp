// read_coco_pair: ground truth and results, COCO JSON, as the one input of a run.
//
//     [stages.pair]
//     type = "read_coco_pair"
//     truth = "${truth}"
//     results = "${results}"

#include "data_formats/coco_json/coco_json.h"
#include "data_formats/map_image/map_list.h"
#include "pipeline/registry.h"
#include "stages/measure/coco_pair.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class ReadCocoPair : public Source {
  public:
    static constexpr std::string_view sentence =
        "Reads ground truth and results (COCO JSON) that are to be compared.";
    static constexpr Out<CocoPair> pair{"pair", "ground truth and results"};
    static auto ports() { return std::tuple(pair); }

    struct Parameters {
        std::filesystem::path truth, results;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("truth", &Parameters::truth, "the ground truth, COCO JSON", required)
                .add("results", &Parameters::results, "the results, COCO JSON", required);
        return list;
    }
    explicit ReadCocoPair(Parameters parameters) : parameters_(std::move(parameters)) {}

    /// Both files are read before the run begins: without them there is nothing to run.
    void prepare(const RunSettings&) override {
        auto truth = data_formats::read_coco_truth(parameters_.truth);
        auto results = data_formats::read_coco_results(parameters_.results, &truth);
        read_ = std::make_shared<const CocoPair>(CocoPair{std::move(truth), std::move(results)});
    }
    std::vector<InputReference> inputs() const override {
        return {
            {parameters_.results.filename().string(),
             data_formats::input_digest(parameters_.truth) + data_formats::input_digest(parameters_.results),
             PayloadTraits<CocoPair>::bytes(*read_), 0}};
    }
    void open(const InputReference&, Outputs& out, Context& context) const override {
        context.count("images", static_cast<std::int64_t>(read_->truth.images.size()));
        context.count("true figures", static_cast<std::int64_t>(read_->truth.annotations.size()));
        context.count("found figures", static_cast<std::int64_t>(read_->results.size()));
        out.emit(pair, read_);
    }

  private:
    Parameters parameters_;
    std::shared_ptr<const CocoPair> read_;
};

const Registered<ReadCocoPair> registered("read_coco_pair");

}  // namespace
}  // namespace figurant::stages
