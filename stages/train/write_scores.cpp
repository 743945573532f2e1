// write_scores: the validations of a training, side by side: scores.csv, and a table on the screen.
//
//     [stages.scores]
//     type = "write_scores"
//     from = "validate"
//     folder = "${output}"

#include <cstdio>
#include <string>

#include "base/file_writer.h"
#include "data_formats/csv/csv.h"
#include "data_formats/json_numbers/json_numbers.h"
#include "metrics/coco_evaluation.h"
#include "pipeline/registry.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

/// "segm.AP" first: masks are what the network is for.
std::vector<std::string> columns() {
    std::vector<std::string> names;
    for (const std::string part : {"segm", "bbox"})
        for (const auto name : metrics::coco_figure_names) names.push_back(part + "." + std::string(name));
    return names;
}

class WriteScores : public Finish {
  public:
    static constexpr std::string_view sentence =
        "Puts the metrics of a training's validations together: scores.csv, and a table on the screen.";
    static constexpr In<SubRun> validation{"validation", "a finished run of a graph that wrote metrics.json"};
    static auto ports() { return std::tuple(validation); }

    struct Parameters {
        std::filesystem::path folder;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}.add("folder", &Parameters::folder,
                                                                 "the folder for scores.csv", required);
        return list;
    }
    explicit WriteScores(Parameters parameters) : folder_(std::move(parameters.folder)) {}

    std::string part(const Inputs& in, Context&) const override {
        const SubRun& run = in[validation];
        const auto numbers = data_formats::read_json_numbers(run.output / "metrics.json");
        std::vector<data_formats::CsvField> fields{run.output.filename().string()};
        for (const auto& name : columns()) {
            fields.emplace_back();
            if (const auto found = numbers.find(name); found != numbers.end())
                fields.back().emplace<double>(found->second);
        }
        return data_formats::csv_line(fields);
    }

    void finish(const std::function<std::optional<FinishPart>()>& next, Context& context) const override {
        std::vector<std::string> heading{"run"};
        for (const auto& name : columns()) heading.push_back(name);
        std::string lines;
        while (const auto input = next())
            for (const auto& line : input->items) lines += line;
        write_file(folder_ / "scores.csv", data_formats::csv_heading(heading) + lines);
        std::string shown = "validation            mask AP    AP50    AP75\n";
        for (const auto& fields : data_formats::parse_csv(lines, "scores.csv")) shown += shown_line(fields);
        context.print(shown);
    }

  private:
    /// The name and the first figures, in percent.
    static std::string shown_line(const std::vector<std::string>& fields) {
        char text[200];
        const auto percent = [&](std::size_t i) {
            return fields[i].empty() ? -1 : 100 * std::stod(fields[i]);
        };
        std::snprintf(text, sizeof text, "%-20s %8.1f %7.1f %7.1f\n", fields[0].c_str(), percent(1),
                      percent(2), percent(3));
        return text;
    }
    std::filesystem::path folder_;
};

const Registered<WriteScores> registered("write_scores");

}  // namespace
}  // namespace figurant::stages
