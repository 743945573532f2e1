// write_crops: each figure of an example as its own picture.
//
//     [stages.crops]
//     type = "write_crops"
//     from = "loaded"
//     folder = "${output}/crops"

#include <algorithm>
#include <cmath>

#include "data_formats/image/image.h"
#include "pipeline/registry.h"
#include "stages/load/examples.h"
#include "stages/write/file_sink.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

/// The pixels that a figure's box touches, inside the picture; empty for a box beside it.
cv::Rect pixels_of(const std::array<double, 4>& bbox, cv::Size picture) {
    const auto edge = [](double value, int most) {
        return static_cast<int>(std::clamp(value, 0.0, static_cast<double>(most)));
    };
    const int left = edge(std::floor(bbox[0]), picture.width),
              top = edge(std::floor(bbox[1]), picture.height);
    return {left, top, edge(std::ceil(bbox[0] + bbox[2]), picture.width) - left,
            edge(std::ceil(bbox[1] + bbox[3]), picture.height) - top};
}

class WriteCrops : public FileSink {
  public:
    static constexpr std::string_view sentence =
        "Writes the box of each figure of an example as a PNG of its own, NAME_<number>.png.";
    static constexpr In<LoadedExample> loaded{"example", "an example, its picture encoded"};
    static auto ports() { return std::tuple(loaded); }

    struct Parameters {
        std::filesystem::path folder;
        bool enabled = true;
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("folder", &Parameters::folder, "the folder for the pictures", required)
                .add("enabled", &Parameters::enabled, "false: nothing is written");
        return list;
    }
    explicit WriteCrops(Parameters parameters) : parameters_(std::move(parameters)) {}

    Needs needs() const override { return {1, parameters_.enabled ? std::size_t{64} << 20 : 0, {}}; }
    void write(const Inputs& in, FilesOfInput& files, Context& context) const override {
        const auto& [example, stem] = in[loaded];
        if (!parameters_.enabled || example.figures.empty()) return;
        const cv::Mat rgb = data_formats::decode_picture(example, context.input().name);
        for (std::size_t i = 0; i < example.figures.size(); ++i) {
            const cv::Rect crop = pixels_of(example.figures[i].bbox, rgb.size());
            if (crop.empty()) continue;
            files.file(parameters_.folder / (stem + "_" + std::to_string(i) + ".png"))
                .write(data_formats::encode_png(rgb(crop)));
        }
    }

  private:
    Parameters parameters_;
};

const Registered<WriteCrops> registered("write_crops");

}  // namespace
}  // namespace figurant::stages
