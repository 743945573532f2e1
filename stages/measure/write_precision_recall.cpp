// write_precision_recall: precision and recall by score as precision_recall.csv, what became of each true
// figure as figures.csv.
//
//     [stages.write]
//     type = "write_precision_recall"
//     from = { precision_recall = "curves", pair = "pair" }
//     folder = "${output}"

#include "data_formats/csv/csv.h"
#include "pipeline/registry.h"
#include "stages/measure/coco_pair.h"
#include "stages/write/file_sink.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;
using data_formats::CsvField;

CsvField share(double value) { return value < 0 ? CsvField() : CsvField(value); }

void write_points(FileWriter& file, const std::string& part, const metrics::PartPrecisionRecall& measured) {
    for (const auto& point : measured.points)
        file.write(data_formats::csv_line({part, point.score, static_cast<std::int64_t>(point.finds),
                                           static_cast<std::int64_t>(point.right), share(point.precision()),
                                           share(point.recall()), point.f1()}));
}

void write_figures(FileWriter& file, const std::string& part, const metrics::PartPrecisionRecall& measured,
                   const CocoPair& pair) {
    auto names = file_names(pair.truth);
    for (const auto& fate : measured.figures) {
        const auto& figure = pair.truth.annotations[fate.figure];
        const auto& [x, y, width, height] = figure.bbox;
        file.write(data_formats::csv_line({part, names[figure.image_id], figure.image_id, figure.category_id,
                                           figure.id, x, y, width, height, figure.area, fate.covered,
                                           fate.find ? CsvField(pair.results[*fate.find].score) : CsvField(),
                                           fate.find ? CsvField(fate.overlap) : CsvField()}));
    }
}

class WritePrecisionRecall : public FileSink {
  public:
    static constexpr std::string_view sentence =
        "Writes precision and recall for each score threshold to precision_recall.csv, and what became of "
        "each true figure to figures.csv.";
    static constexpr In<metrics::PrecisionRecall> curves{
        "precision_recall", "precision and recall by score, and what became of each true figure"};
    static constexpr In<CocoPair> pair{"pair", "the ground truth and results that were measured"};
    static auto ports() { return std::tuple(curves, pair); }

    struct Parameters {
        std::filesystem::path folder;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}.add("folder", &Parameters::folder,
                                                                 "the folder for both files", required);
        return list;
    }
    explicit WritePrecisionRecall(Parameters parameters) : folder_(std::move(parameters.folder)) {}

    void write(const Inputs& in, FilesOfInput& files, Context&) const override {
        const metrics::PrecisionRecall& measured = in[curves];
        auto& points = files.file(folder_ / "precision_recall.csv");
        points.write(
            data_formats::csv_heading({"part", "score", "finds", "right", "precision", "recall", "f1"}));
        auto& figures = files.file(folder_ / "figures.csv");
        figures.write(
            data_formats::csv_heading({"part", "image", "image_id", "category_id", "figure", "x", "y",
                                       "width", "height", "area", "covered", "score", "overlap"}));
        const auto write_part = [&](const std::string& name, const auto& part) {
            if (!part) return;
            write_points(points, name, *part);
            write_figures(figures, name, *part, in[pair]);
        };
        write_part("bbox", measured.bbox);
        write_part("segm", measured.segm);
    }

  private:
    std::filesystem::path folder_;
};

const Registered<WritePrecisionRecall> registered("write_precision_recall");

}  // namespace
}  // namespace figurant::stages
