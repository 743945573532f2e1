// write_mistakes: the kinds of mistakes and their costs as mistakes.json.
//
//     [stages.write]
//     type = "write_mistakes"
//     from = "mistakes"
//     folder = "${output}"

#include "pipeline/registry.h"
#include "stages/measure/coco_pair.h"
#include "stages/write/files_of_input.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class WriteMistakes : public Sink {
  public:
    static constexpr std::string_view sentence =
        "Writes the kinds of mistakes, and what each kind costs, to mistakes.json.";
    static constexpr In<metrics::Mistakes> mistakes{
        "mistakes", "count and cost of each kind of mistake, for boxes and for masks"};
    static auto ports() { return std::tuple(mistakes); }

    struct Parameters {
        std::filesystem::path folder;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}.add("folder", &Parameters::folder,
                                                                 "the folder for mistakes.json", required);
        return list;
    }
    explicit WriteMistakes(Parameters parameters) : folder_(std::move(parameters.folder)) {}

    std::unique_ptr<Part> begin(const InputReference&) const override {
        return std::make_unique<Open>(folder_);
    }

  private:
    class Open : public FilesOfInput {
      public:
        explicit Open(const std::filesystem::path& folder) : folder_(folder) {}
        void add(const Inputs& in, Context&) override {
            file(folder_ / "mistakes.json").write(metrics::to_json(in[mistakes]));
        }

      private:
        const std::filesystem::path& folder_;
    };
    std::filesystem::path folder_;
};

const Registered<WriteMistakes> registered("write_mistakes");

}  // namespace
}  // namespace figurant::stages
