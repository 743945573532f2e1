// load_example: reads an example of a data set, and decodes its picture, so that a damaged one is found now.
//
//     [stages.loaded]
//     type = "load_example"
//     from = "listed"

#include "pipeline/registry.h"
#include "stages/load/examples.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class LoadExample : public pipeline::Map {
  public:
    static constexpr std::string_view sentence =
        "Reads an example: its picture's bytes, masks, keypoints, body parts; and checks that the picture is "
        "whole.";
    static constexpr In<ListedExample> listed{"example", "where the example is"};
    static constexpr Out<LoadedExample> loaded{"example", "all that is known of it, the picture encoded"};
    static auto ports() { return std::tuple(listed, loaded); }

    /// The decoded picture; larger ones are rare.
    Needs needs() const override { return {1, std::size_t{64} << 20, {}}; }
    std::size_t output_bytes(const Inputs& in) const override {
        return in[listed].set->bytes(in[listed].index) + in[listed].stem.capacity();
    }
    void process(const Inputs& in, Outputs& out, Context& context) const override {
        const auto& [set, index, stem] = in[listed];
        auto example = set->read(index);
        data_formats::decode_picture(example, set->name(index));
        for (const auto& told : example.left_out) context.warn(told);
        context.count("figures", static_cast<std::int64_t>(example.figures.size()));
        out.emit(loaded, LoadedExample{std::move(example), stem});
    }
};

const Registered<LoadExample> registered("load_example");

}  // namespace
}  // namespace figurant::stages
