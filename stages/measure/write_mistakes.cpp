// write_mistakes: the kinds of mistakes and their costs as mistakes.json, each of them a line of
// mistakes.csv.
//
//     [stages.write]
//     type = "write_mistakes"
//     from = { mistakes = "mistakes", pair = "pair" }
//     folder = "${output}"

#include "data_formats/csv/csv.h"
#include "pipeline/registry.h"
#include "stages/measure/coco_pair.h"
#include "stages/write/file_sink.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

/// A line for each mistake of a part: where it is, and which true figure it is about.
void write_lines(FileWriter& file, std::string_view part, const metrics::MistakeShares& shares,
                 const CocoPair& pair) {
    auto names = file_names(pair.truth);
    for (const auto& mistake : shares.each) {
        const auto* figure = mistake.figure ? &pair.truth.annotations[*mistake.figure] : nullptr;
        const auto* find = mistake.find ? &pair.results[*mistake.find] : nullptr;
        const auto box = find ? box_of(*find) : figure->bbox;
        using data_formats::CsvField;
        file.write(data_formats::csv_line(
            {std::string(part), std::string(metrics::mistake_name(mistake.kind)),
             names[find ? find->image_id : figure->image_id], find ? CsvField(find->score) : CsvField(),
             find ? CsvField(mistake.overlap) : CsvField(), box[0], box[1], box[2], box[3],
             figure ? CsvField(figure->id) : CsvField()}));
    }
}

class WriteMistakes : public FileSink {
  public:
    static constexpr std::string_view sentence =
        "Writes what each kind of mistake costs to mistakes.json, and every mistake to mistakes.csv.";
    static constexpr In<metrics::Mistakes> mistakes{
        "mistakes", "count and cost of each kind of mistake, for boxes and for masks"};
    static constexpr In<CocoPair> pair{"pair", "the ground truth and results that they were found in"};
    static auto ports() { return std::tuple(mistakes, pair); }

    struct Parameters {
        std::filesystem::path folder;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}.add("folder", &Parameters::folder,
                                                                 "the folder for both files", required);
        return list;
    }
    explicit WriteMistakes(Parameters parameters) : folder_(std::move(parameters.folder)) {}

    void write(const Inputs& in, FilesOfInput& files, Context&) const override {
        const metrics::Mistakes& found = in[mistakes];
        files.file(folder_ / "mistakes.json").write(metrics::to_json(found));
        auto& lines = files.file(folder_ / "mistakes.csv");
        lines.write(data_formats::csv_heading(
            {"part", "kind", "image", "score", "overlap", "x", "y", "width", "height", "figure"}));
        if (found.bbox) write_lines(lines, "bbox", *found.bbox, in[pair]);
        if (found.segm) write_lines(lines, "segm", *found.segm, in[pair]);
    }

  private:
    std::filesystem::path folder_;
};

const Registered<WriteMistakes> registered("write_mistakes");

}  // namespace
}  // namespace figurant::stages
