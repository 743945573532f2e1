// Its declarations fail while it is loaded.
#include "pipeline/plugin.h"
#include "tests/pipeline/plugins/stage.h"

namespace {
struct Broken : Nothing {
    struct Parameters {};
    static figurant::ParameterList<Parameters> parameters() { throw std::runtime_error("no such list"); }
    explicit Broken(Parameters) {}
};
}  // namespace

const figurant::pipeline::Registered<Broken> registered("plugin_throws");
