// augment_example: a random window of an example, zoomed, mirrored, its colours changed: what the network
// sees in training.
//
//     [stages.augmented]
//     type = "augment_example"
//     from = "examples"
//     crop = 384

#include "pipeline/registry.h"
#include "stages/payloads.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

struct AugmentParameters : figures::AugmentOptions {
    std::int64_t seed = 1;
};

class AugmentExample : public pipeline::Map {
  public:
    static constexpr std::string_view sentence =
        "Takes a random window of an example and varies its size, side, colours and sharpness.";
    static constexpr In<figures::Example> example{"example", "a picture with its true figures"};
    static constexpr Out<figures::Example> augmented{"example", "a window of it, varied"};
    static auto ports() { return std::tuple(example, augmented); }

    using Parameters = AugmentParameters;
    static const ParameterList<Parameters>& parameters() {
        static const auto list = ParameterList<Parameters>(figures::augment_parameters())
                                     .add("seed", &Parameters::seed, "seed of the variations", at_least(0));
        return list;
    }
    explicit AugmentExample(Parameters parameters) : parameters_(parameters) {}

    std::size_t output_bytes(const Inputs& in) const override {
        const auto crop = static_cast<std::size_t>(parameters_.crop);
        // Masks come on top: run-lengths, a small part of the pixels.
        return crop ? crop * crop * 4 + 4096 : in[example].bytes() * 2;
    }
    void process(const Inputs& in, Outputs& out, Context& context) const override {
        out.emit(augmented,
                 figures::augment(in[example], parameters_,
                                  context.lineage().seed(static_cast<std::uint64_t>(parameters_.seed))));
    }

  private:
    Parameters parameters_;
};

const Registered<AugmentExample> registered("augment_example");

}  // namespace
}  // namespace figurant::stages
