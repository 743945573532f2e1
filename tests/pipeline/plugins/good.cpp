#include "pipeline/plugin.h"
#include "tests/pipeline/plugins/ran.h"

namespace figurant::pipeline::test {

struct PluginLength : Map {
    static constexpr std::string_view sentence = "Says how long a text is.";
    static constexpr In<std::string> text{"text", "the text"};
    static constexpr Out<std::string> length{"length", "its length in bytes"};
    static auto ports() { return std::tuple(text, length); }
    struct Parameters {
        std::string unit = "bytes";
    };
    static auto parameters() {
        return ParameterList<Parameters>{}.add("unit", &Parameters::unit, "what to call them");
    }
    explicit PluginLength(Parameters parameters) : given(std::move(parameters)) {}
    void process(const Inputs& in, Outputs& out, Context&) const override {
        if (in[text].empty()) throw Error(Cause::input, "the text is empty");
        out.emit(length, std::to_string(in[text].size()) + " " + given.unit);
    }
    Parameters given;
};

const Registered<PluginLength> registered("plugin_length");

}  // namespace figurant::pipeline::test
