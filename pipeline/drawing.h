#pragma once
// Names that the drawings of a plan share.

#include <string>
#include <vector>

#include "pipeline/plan.h"

namespace figurant::pipeline {

/// One line between two stages: what flows there.
struct DrawnEdge {
    std::size_t from = 0, to = 0;
    std::string label;  ///< the payload's type, or "port: type" where the source has several ports
};
std::vector<DrawnEdge> drawn_edges(const Plan& plan);

/// The stages and groups directly inside a group (or inside no group), in the plan's order. A group is named
/// by its expand, which stands inside it.
struct GroupTree {
    struct Child {
        bool group = false;
        std::size_t stage = 0;  ///< the stage, or the expand of the group
    };
    std::vector<Child> children;
};
GroupTree children_of(const Plan& plan, const std::vector<std::size_t>& scope);

/// What the box of a group says: "for each tile of figures.tiles".
std::string group_title(const Plan& plan, std::size_t expand);

std::string draw_svg(const Plan& plan);

}  // namespace figurant::pipeline
