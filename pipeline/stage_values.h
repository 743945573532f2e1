#pragma once
// The values of a stage's parameters: references replaced, defaults filled in, everything checked.

#include <set>
#include <string>
#include <vector>

#include "pipeline/graph_document.h"
#include "pipeline/substitution.h"

namespace figurant::pipeline {

class StageValues {
  public:
    /// `missing` gathers the parameters of the graph that are needed and not given.
    StageValues(const Bindings& bindings, std::set<std::string>& missing, Problems& problems)
        : bindings_(bindings), missing_(missing), problems_(problems) {}

    /// All parameters that `declarations` name. Those that depend on a parameter without a value are left
    /// out. Unknown keys and required ones that are not there are problems; `owner` names the stage for them.
    ParameterValues all(const std::string& owner, const Place& place, const std::vector<TomlEntry>& entries,
                        const std::vector<ParameterDeclaration>& declarations);

    /// The parameters of an inlined graph.
    Bindings bindings_of(const std::string& owner, const std::vector<TomlEntry>& entries,
                         const GraphDocument& inner);

    /// The parameters of sub-runs, ${item.NAME} left in place; the first of those is put into `reads_item`.
    ParameterValues sub_run(const std::string& owner, const Place& place,
                            const std::vector<TomlEntry>& entries, const GraphDocument& inner,
                            std::optional<Place>& reads_item);

    /// The reserved table `execution`, or its defaults.
    Execution execution(const DeclaredStage& stage, const StageType& type);

    /// One value; nothing when it is broken or has no value yet.
    std::optional<ParameterValue> one(const TomlEntry& entry, const ParameterDeclaration& declaration,
                                      ItemReferences item_references = ItemReferences::refused,
                                      bool* reads_item = nullptr);

  private:
    void unknown_key(const TomlEntry& entry, const std::string& owner, std::vector<std::string> names);
    void required(const ParameterDeclaration& declaration, const std::string& owner, const Place& place);

    const Bindings& bindings_;
    std::set<std::string>& missing_;
    Problems& problems_;
};

}  // namespace figurant::pipeline
