// write_losses: the losses of all training steps, as one CSV file.
//
//     [stages.losses]
//     type = "write_losses"
//     from = "saved"
//     folder = "${output}"

#include <string>

#include "base/file_writer.h"
#include "data_formats/csv/csv.h"
#include "pipeline/registry.h"
#include "stages/train/batch.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class WriteLosses : public Finish {
  public:
    static constexpr std::string_view sentence = "Writes the losses of all training steps to losses.csv.";
    static constexpr In<SavedModel> saved{"saved", "a checkpoint with the losses until it"};
    static auto ports() { return std::tuple(saved); }

    struct Parameters {
        std::filesystem::path folder;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}.add("folder", &Parameters::folder,
                                                                 "the folder for losses.csv", required);
        return list;
    }
    explicit WriteLosses(Parameters parameters) : folder_(std::move(parameters.folder)) {}

    std::string part(const Inputs& in, Context&) const override {
        const SavedModel& checkpoint = in[saved];
        std::vector<std::string> heading{"step", "learning_rate"};
        heading.insert(heading.end(), checkpoint.loss_names.begin(), checkpoint.loss_names.end());
        std::string text = data_formats::csv_heading(heading);
        for (const auto& row : checkpoint.losses) {
            std::vector<data_formats::CsvField> fields{row.step, row.learning_rate};
            fields.insert(fields.end(), row.losses.begin(), row.losses.end());
            text += data_formats::csv_line(fields);
        }
        return text;
    }

    void finish(const std::function<std::optional<FinishPart>()>& next, Context&) const override {
        std::string table;
        while (const auto input = next())
            for (const auto& item : input->items)
                table += table.empty() ? item : item.substr(item.find('\n') + 1);  // one heading is enough
        if (!table.empty()) write_file(folder_ / "losses.csv", table);
    }

  private:
    std::filesystem::path folder_;
};

const Registered<WriteLosses> registered("write_losses");

}  // namespace
}  // namespace figurant::stages
