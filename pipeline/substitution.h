#pragma once
// `${x}` in the values of a graph file.
//
// A value that is only "${x}" keeps the type of the parameter x; inside other text x is written out; in a
// list, a list takes its place with all its items. `$${` is a literal `${`. In the parameters of a
// for_each_graph, `${item.NAME}` stays until there is an item.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/parameters.h"
#include "pipeline/problems.h"

namespace figurant::pipeline {

/// A piece of a text: literal, or the name inside `${…}`.
struct TextPiece {
    bool reference = false;
    std::string text;
    bool operator==(const TextPiece&) const = default;
};
/// Error(Cause::configuration) when a `${` is not closed or names nothing.
std::vector<TextPiece> split_references(std::string_view text);

/// A parameter of a graph, as its stages see it.
struct Binding {
    ParameterDeclaration declaration;
    std::optional<ParameterValue> value;  ///< nothing: not given, or not known before the run
    bool given = true;
};
using Bindings = std::map<std::string, Binding, std::less<>>;

/// What a value of the file came to.
struct Evaluated {
    std::optional<ParameterValue> value;  ///< nothing: broken, or a parameter in it has no value
    bool broken = false;                  ///< the problem was told
    bool reads_item = false;              ///< holds ${item.NAME}: its type is known only with an item
    bool unknown = false;                 ///< a parameter in it is not known before the run
    std::string alone;                    ///< x, where the value is only "${x}"
    std::vector<std::string> missing;     ///< the parameters in it that are not given
};

enum class ItemReferences { refused, kept };

/// Replaces the references in `node`. With ItemReferences::kept the texts of the value stay in the graph
/// file's own notation (`$${` for a literal), for with_item_values. Tables and dates are not values: `what`
/// names the parameter in their message.
Evaluated evaluate(const TomlNode& node, std::string_view what, const Bindings& bindings,
                   ItemReferences item_references, Problems& problems);

/// A parameter of a sub-run, its `${item.NAME}` replaced by the item's values. Error(Cause::configuration)
/// for a name that the item does not have.
ParameterValue with_item_values(const ParameterValue& value, const ParameterValues& item);

}  // namespace figurant::pipeline
