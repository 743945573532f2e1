#pragma once
// A stage that does nothing, under a name.

#include "pipeline/registry.h"

namespace {

struct Nothing : figurant::pipeline::Map {
    static constexpr std::string_view sentence = "Passes a text on.";
    static constexpr figurant::pipeline::In<std::string> text{"text", "the text"};
    static constexpr figurant::pipeline::Out<std::string> same{"same", "the text"};
    static auto ports() { return std::tuple(text, same); }
    void process(const figurant::pipeline::Inputs& in, figurant::pipeline::Outputs& out,
                 figurant::pipeline::Context&) const override {
        out.emit(same, in.shared(text));
    }
};

}  // namespace
