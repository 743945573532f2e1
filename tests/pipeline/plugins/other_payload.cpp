// Calls a type of its own by the name of another.
#include "pipeline/plugin.h"

namespace {
struct Letter {
    int sheets = 0;
};
}  // namespace

template <>
struct figurant::pipeline::PayloadTraits<Letter> {
    static constexpr std::string_view name = "text";
    static std::size_t bytes(const Letter& letter) { return sizeof letter; }
};

namespace {

using namespace figurant::pipeline;

struct Write : Source {
    static constexpr std::string_view sentence = "Writes a letter.";
    static constexpr Out<Letter> letter{"letter", "the letter"};
    static auto ports() { return std::tuple(letter); }
    std::vector<InputReference> inputs() const override { return {}; }
    void open(const InputReference&, Outputs&, Context&) const override {}
};

const Registered<Write> registered("plugin_other_payload");

}  // namespace
