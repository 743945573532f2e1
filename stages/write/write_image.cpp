// write_image: a map as a PNG, read and written strip by strip, so that a map larger than memory stays so.
//
//     [stages.write]
//     type = "write_image"
//     from = "overlay"
//     folder = "${output}"

#include <algorithm>

#include "data_formats/image/strip_png_writer.h"
#include "pipeline/registry.h"
#include "stages/payloads.h"
#include "stages/write/file_sink.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class WriteImage : public FileSink {
  public:
    static constexpr std::string_view sentence = "Writes a map as a PNG of its name, strip by strip.";
    static constexpr In<figures::MapHandle> map{"map", "the map to write"};
    static auto ports() { return std::tuple(map); }

    struct Parameters {
        std::filesystem::path folder;
        bool enabled = true;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("folder", &Parameters::folder,
                     "the folder for the images; maps of subfolders go to subfolders", required)
                .add("enabled", &Parameters::enabled, "false: nothing is written");
        return list;
    }
    explicit WriteImage(Parameters parameters) : parameters_(std::move(parameters)) {}

    Needs needs() const override { return {1, parameters_.enabled ? strip_bytes * 3 : 0, {}}; }
    void write(const Inputs& in, FilesOfInput& files, Context&) const override {
        if (!parameters_.enabled) return;
        const figures::Map& picture = *in[map];
        const auto& info = picture.info();
        const auto path = parameters_.folder / (info.stem + ".png");
        std::error_code failed;
        if (!info.file.empty() && std::filesystem::equivalent(path, info.file, failed))
            throw Error(Cause::input, path.string() + ": is the map itself, which is not replaced",
                        "write to another folder");
        auto& target = files.file(path);
        data_formats::StripPngWriter png(target, info.width, info.height);
        const auto rows =
            std::max<std::int64_t>(1, static_cast<std::int64_t>(strip_bytes) / (info.width * 3));
        for (std::int64_t y = 0; y < info.height; y += rows) {
            const auto height = std::min(rows, info.height - y);
            png.write_rows(picture.read(
                cv::Rect(0, static_cast<int>(y), static_cast<int>(info.width), static_cast<int>(height))));
        }
        png.end();
    }

  private:
    static constexpr std::size_t strip_bytes = std::size_t{8} << 20;

    Parameters parameters_;
};

const Registered<WriteImage> registered("write_image");

}  // namespace
}  // namespace figurant::stages
