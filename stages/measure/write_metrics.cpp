// write_metrics: COCO's figures as metrics.json.
//
//     [stages.write]
//     type = "write_metrics"
//     from = "score"
//     folder = "${output}"

#include "pipeline/registry.h"
#include "stages/measure/coco_pair.h"
#include "stages/write/file_sink.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class WriteMetrics : public FileSink {
  public:
    static constexpr std::string_view sentence = "Writes COCO's figures to metrics.json.";
    static constexpr In<metrics::CocoMetrics> scores{"metrics",
                                                     "the twelve figures, for boxes and for masks"};
    static auto ports() { return std::tuple(scores); }

    struct Parameters {
        std::filesystem::path folder;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}.add("folder", &Parameters::folder,
                                                                 "the folder for metrics.json", required);
        return list;
    }
    explicit WriteMetrics(Parameters parameters) : folder_(std::move(parameters.folder)) {}

    void write(const Inputs& in, FilesOfInput& files, Context&) const override {
        files.file(folder_ / "metrics.json").write(metrics::to_json(in[scores]));
    }

  private:
    std::filesystem::path folder_;
};

const Registered<WriteMetrics> registered("write_metrics");

}  // namespace
}  // namespace figurant::stages
