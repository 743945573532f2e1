// write_geojson: the figures of each map as GeoJSON: outlines with their scores, for geographic information
// systems.
//
//     [stages.shapes]
//     type = "write_geojson"
//     from = "merge"
//     folder = "${output}"

#include "data_formats/geojson/geojson.h"
#include "pipeline/registry.h"
#include "stages/payloads.h"
#include "stages/write/file_sink.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class WriteGeojson : public FileSink {
  public:
    static constexpr std::string_view sentence =
        "Writes the outlines of a map's figures to a GeoJSON file of the map's name.";
    static constexpr In<figurant::figures::Detections> figures{"figures", "the figures of a map"};
    static auto ports() { return std::tuple(figures); }

    struct Parameters {
        std::filesystem::path folder;
        double tolerance = 1;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("folder", &Parameters::folder,
                     "the folder for the files; maps of subfolders go to subfolders", required)
                .add("tolerance", &Parameters::tolerance,
                     "how far an outline may depart from the mask's edge, in pixels; 0 follows every pixel",
                     range(0, 1000));
        return list;
    }
    explicit WriteGeojson(Parameters parameters) : parameters_(std::move(parameters)) {}

    void write(const Inputs& in, FilesOfInput& files, Context&) const override {
        const figures::Detections& found = in[figures];
        data_formats::GeoJsonOptions options;
        options.tolerance = parameters_.tolerance;
        // A map that is not georeferenced gives its pixels.
        if (!found.map.file.empty()) options.transform = data_formats::read_geo_transform(found.map.file);
        files.file(parameters_.folder / (found.map.stem + ".geojson"))
            .write(data_formats::geojson_text(found, options));
    }

  private:
    Parameters parameters_;
};

const Registered<WriteGeojson> registered("write_geojson");

}  // namespace
}  // namespace figurant::stages
