// draw_ground: the ground of a map to be composed: land and sea drawn in some manner, or a piece of a
// picture.
//
//     [stages.ground]
//     type = "draw_ground"
//     from = "plan"
//     width = 1600
//     height = 1200

#include <opencv2/imgproc.hpp>

#include "data_formats/map_image/map_image.h"
#include "data_formats/map_image/map_list.h"
#include "pipeline/registry.h"
#include "stages/synthesize/composition.h"
#include "stages/synthesize/refused_files.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

struct DrawGroundParameters : synthesis::GroundOptions {
    std::vector<std::filesystem::path> grounds;
    std::int64_t longest = 2400;
    std::int64_t megabytes = 1024;
};

/// The picture as RGB, the longer side at most `longest` pixels.
cv::Mat read_scaled(const data_formats::MapFile& file, std::int64_t longest) {
    const auto map = data_formats::open_map(file.path, file.name);
    const auto& info = map->info();
    const double scale =
        std::min(1.0, static_cast<double>(longest) / static_cast<double>(std::max(info.width, info.height)));
    const auto scaled = [&](std::int64_t side) {
        return std::max(1, cvRound(static_cast<double>(side) * scale));
    };
    return map->read({0, 0, static_cast<int>(info.width), static_cast<int>(info.height)},
                     {scaled(info.width), scaled(info.height)});
}

class DrawGround : public pipeline::Map {
  public:
    static constexpr std::string_view sentence =
        "Begins a map: land, sea, regions, fields, rivers and roads, or a piece of a picture.";
    static constexpr In<Composition> plan{"plan", "the map's name and seed"};
    static constexpr Out<NamedScene> drawn{"map", "the map's ground"};
    static auto ports() { return std::tuple(plan, drawn); }

    using Parameters = DrawGroundParameters;
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>(synthesis::ground_parameters())
                .add("grounds", &Parameters::grounds,
                     "pictures, or folders of them, to take as ground instead of a drawn one")
                .add("longest", &Parameters::longest,
                     "larger pictures are read scaled down to this many pixels", range(64, 16384))
                .add("megabytes", &Parameters::megabytes, "memory that the pictures may take",
                     range(1, 1 << 20), neutral);
        return list;
    }
    explicit DrawGround(Parameters parameters) : parameters_(std::move(parameters)) { check(parameters_); }

    void prepare(const RunSettings&) override {
        if (parameters_.grounds.empty()) return;
        for (const auto& file : data_formats::list_maps(parameters_.grounds)) {
            try {
                pictures_.push_back(read_scaled(file, parameters_.longest));
            } catch (const Error& error) {
                refused_.add(error);
                continue;
            }
            bytes_ += pictures_.back().total() * 3;
            if (bytes_ > static_cast<std::size_t>(parameters_.megabytes) << 20)
                throw Error(Cause::limit,
                            file.path.string() + ": with this picture, the grounds take more than the " +
                                std::to_string(parameters_.megabytes) + " MB of `megabytes`",
                            "give fewer pictures, a smaller `longest`, or more megabytes");
        }
        if (pictures_.empty())
            throw Error(Cause::input,
                        "none of the grounds can be used; the first: " + refused_.reasons().front(),
                        "give pictures that can be read");
    }
    std::size_t resident_bytes() const override { return bytes_; }
    Needs needs() const override { return {1, pixels() * 40, {}}; }
    std::size_t output_bytes(const Inputs&) const override { return pixels() * 6 + (1 << 20); }
    void process(const Inputs& in, Outputs& out, Context& context) const override {
        refused_.tell(context);
        out.emit(drawn,
                 NamedScene{in[plan].name, synthesis::begin_scene(parameters_, in[plan].seed, pictures_)});
    }

  private:
    std::size_t pixels() const {
        return static_cast<std::size_t>(parameters_.width) * static_cast<std::size_t>(parameters_.height);
    }
    Parameters parameters_;
    std::vector<cv::Mat> pictures_;
    RefusedFiles refused_;
    std::size_t bytes_ = 0;
};

const Registered<DrawGround> registered("draw_ground");

}  // namespace
}  // namespace figurant::stages
