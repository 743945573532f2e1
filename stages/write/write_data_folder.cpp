// write_data_folder: an example as the files of a data folder: image, mask, keypoints.
//
//     [stages.folder]
//     type = "write_data_folder"
//     from = "loaded"
//     folder = "${output}"
//
// The picture is written byte for byte as it was kept. What masks cannot tell (figures that overlap,
// categories) is counted, and stands in the COCO ground truth.

#include "data_formats/data_folder/folder_files.h"
#include "pipeline/registry.h"
#include "stages/load/examples.h"
#include "stages/write/file_sink.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class WriteDataFolder : public FileSink {
  public:
    static constexpr std::string_view sentence =
        "Writes an example into a data folder: images/, masks/ and keypoints/.";
    static constexpr In<LoadedExample> loaded{"example", "an example, its picture encoded"};
    static auto ports() { return std::tuple(loaded); }

    struct Parameters {
        std::filesystem::path folder;
        bool enabled = true;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>{}
                                     .add("folder", &Parameters::folder, "the data folder", required)
                                     .add("enabled", &Parameters::enabled, "false: nothing is written");
        return list;
    }
    explicit WriteDataFolder(Parameters parameters) : parameters_(std::move(parameters)) {}

    Needs needs() const override { return {1, parameters_.enabled ? std::size_t{64} << 20 : 0, {}}; }
    void write(const Inputs& in, FilesOfInput& files, Context& context) const override {
        if (!parameters_.enabled) return;
        const auto& [example, stem] = in[loaded];
        const auto made = data_formats::folder_files(example);
        for (const auto& [what, count] : made.left_out) context.count("left out of masks: " + what, count);
        const auto& folder = parameters_.folder;
        files.file(folder / "images" / (stem + data_formats::picture_extension(example)))
            .write(example.image);
        files.file(folder / "masks" / (stem + ".png")).write(made.mask);
        files.file(folder / "keypoints" / (stem + ".json")).write(made.keypoints);
    }

  private:
    Parameters parameters_;
};

const Registered<WriteDataFolder> registered("write_data_folder");

}  // namespace
}  // namespace figurant::stages
