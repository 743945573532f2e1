// write_example: a composed map as an example of a data folder: image, mask, keypoints.
//
//     [stages.examples]
//     type = "write_example"
//     from = "compose"
//     folder = "${output}"

#include <span>
#include <vector>

#include "base/file_writer.h"
#include "pipeline/registry.h"
#include "stages/synthesize/composition.h"
#include "stages/write/file_sink.h"
#include "synthesis/dataset_layout.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class WriteExample : public FileSink {
  public:
    static constexpr std::string_view sentence =
        "Writes a composed map into a data folder: images/, masks/ and keypoints/.";
    static constexpr In<NamedComposition> composed{"map", "the map, and the truth about its figures"};
    static auto ports() { return std::tuple(composed); }

    struct Parameters {
        std::filesystem::path folder;
        std::string format = "jpg";
        std::int64_t quality = 90;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("folder", &Parameters::folder, "the data folder", required)
                .add("format", &Parameters::format, "file format of the images", choices({"jpg", "png"}))
                .add("quality", &Parameters::quality, "quality of JPEG images", range(1, 100));
        return list;
    }
    explicit WriteExample(Parameters parameters) : parameters_(std::move(parameters)) {}

    void write(const Inputs& in, FilesOfInput& files, Context&) const override {
        const auto& [name, map] = in[composed];
        const auto kind =
            parameters_.format == "png" ? synthesis::ImageKind::png : synthesis::ImageKind::jpeg;
        const auto& folder = parameters_.folder;
        const auto image = synthesis::encode_image(map, kind, static_cast<int>(parameters_.quality));
        const auto mask = synthesis::encode_mask(map);
        files.file(folder / "images" / (name + "." + synthesis::extension(kind)))
            .write(std::as_bytes(std::span(image)));
        files.file(folder / "masks" / (name + ".png")).write(std::as_bytes(std::span(mask)));
        files.file(folder / "keypoints" / (name + ".json")).write(synthesis::keypoints_json(map));
    }

  private:
    Parameters parameters_;
};

const Registered<WriteExample> registered("write_example");

}  // namespace
}  // namespace figurant::stages
