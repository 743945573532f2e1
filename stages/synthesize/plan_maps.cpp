// plan_maps: how many maps to compose, each with a name and a seed of its own.
//
//     [stages.plan]
//     type = "plan_maps"
//     count = 500
//     seed = 1

#include <cstdio>

#include "base/digest.h"
#include "pipeline/registry.h"
#include "stages/synthesize/composition.h"

namespace figurant::stages {
namespace {

using namespace figurant::pipeline;

class PlanMaps : public Source {
  public:
    static constexpr std::string_view sentence =
        "Lists maps to compose, each an input of the run with a seed of its own.";
    static constexpr Out<Composition> plan{"plan", "a map's name and seed"};
    static auto ports() { return std::tuple(plan); }

    struct Parameters {
        std::int64_t count = 100;
        std::int64_t seed = 1;
        std::string prefix = "map";
    };
    static const ParameterList<Parameters>& parameters() {
        static const auto list =
            ParameterList<Parameters>{}
                .add("count", &Parameters::count, "how many maps", range(1, 1'000'000), neutral)
                .add("seed", &Parameters::seed, "the same seed gives the same maps, another seed all others",
                     at_least(0))
                .add("prefix", &Parameters::prefix, "what the names begin with; a number follows");
        return list;
    }
    explicit PlanMaps(Parameters parameters) : parameters_(std::move(parameters)) {}

    std::vector<InputReference> inputs() const override {
        std::vector<InputReference> references;
        for (std::int64_t i = 0; i < parameters_.count; ++i) {
            char number[32];
            std::snprintf(number, sizeof number, "_%06lld", static_cast<long long>(i));
            const std::string name = parameters_.prefix + number;
            references.push_back(
                {name, hex_digest(name + std::to_string(seed_of(i))), 256, references.size()});
        }
        return references;
    }
    void open(const InputReference& input, Outputs& out, Context&) const override {
        out.emit(plan, Composition{input.name, seed_of(static_cast<std::int64_t>(input.index))});
    }

  private:
    std::uint64_t seed_of(std::int64_t place) const {
        return mix(static_cast<std::uint64_t>(parameters_.seed), static_cast<std::uint64_t>(place));
    }
    Parameters parameters_;
};

const Registered<PlanMaps> registered("plan_maps");

}  // namespace
}  // namespace figurant::stages
