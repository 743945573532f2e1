#pragma once
// From documents to one flat list of stages: parameters bound, graphs inlined, ports wired.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pipeline/graph_document.h"
#include "pipeline/overrides.h"
#include "pipeline/substitution.h"

namespace figurant::pipeline {

/// A stage of the flat graph, with the places that messages name. `type` may be null and inputs empty where a
/// problem was told.
struct FlatStage {
    std::string name;  ///< dotted
    const StageType* type = nullptr;
    ParameterValues values;
    Execution execution;
    std::optional<SubGraph> sub_graph;
    std::string sub_digest;  ///< of the sub-run's own plan
    std::vector<std::optional<PortSource>> inputs;
    std::vector<Place> input_places;
    std::optional<std::size_t> group;
    Place place;                      ///< of the stage in its file
    Place top;                        ///< of the stage of the outermost file that it belongs to
    Place group_place;                ///< of the name of its group
    std::optional<Place> reads_item;  ///< of a parameter with ${item.NAME}
};

/// Documents by file, each read once.
class DocumentCache {
  public:
    const GraphDocument& read(const std::filesystem::path& file, Problems& problems);

  private:
    std::map<std::filesystem::path, std::unique_ptr<GraphDocument>> documents_;
};

/// What resolving needs besides the document.
struct ResolverContext {
    DocumentCache& documents;
    const GraphLibrary& library;
    std::vector<std::filesystem::path> stack;  ///< the files around the one that is resolved, and itself
    Problems& problems;
    bool incomplete = false;  ///< stages are missing because of a problem that was told
};

/// All stages of the document, graphs inlined, in the file's order. Problems go to the context's.
std::vector<FlatStage> resolve_graph(ResolverContext& context, const GraphDocument& document,
                                     const Bindings& bindings, const std::vector<PendingOverride>& overrides);

/// Bindings of a document's parameters: what is given, else the default. Problems with `given` point at the
/// option. Required ones that are not given are a problem, or (`may_be_missing`) a value that is not known.
Bindings root_bindings(const GraphDocument& document, const ParameterValues& given, bool may_be_missing,
                       Problems& problems);

}  // namespace figurant::pipeline
