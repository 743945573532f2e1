#pragma once
// Plans built by hand, so that tests of the scheduler need no graph files.

#include <deque>
#include <string>
#include <vector>

#include "pipeline/plan.h"

namespace figurant::pipeline::test {

/// add<S>("name", {sources...}) for each stage, in order; scopes and regroups are found as the graph checker
/// finds them. The builder must live as long as its plan.
class PlanBuilder {
  public:
    struct From {
        std::size_t stage = 0, port = 0;
    };

    template <class S>
    std::size_t add(std::string name, std::vector<From> from = {}, ParameterValues values = {}) {
        types_.push_back(describe<S>(std::string(S::type_name), __FILE__));
        return add_type(&types_.back(), std::move(name), std::move(from), std::move(values));
    }
    /// A gather, closing the group of `expand`.
    template <class S>
    std::size_t close(std::string name, std::size_t expand, std::vector<From> from,
                      ParameterValues values = {}) {
        group_ = expand;
        return add<S>(std::move(name), std::move(from), std::move(values));
    }
    std::size_t add_type(const StageType* type, std::string name, std::vector<From> from,
                         ParameterValues values) {
        PlannedStage stage;
        stage.name = std::move(name);
        stage.type = type;
        stage.values = std::move(values);
        for (const auto& source : from) {
            stage.inputs.push_back({source.stage, source.port});
            const auto& above = plan_.stages[source.stage];
            if (above.scope.size() >= stage.scope.size()) stage.scope = above.scope;
            stage.regroup = above.regroup;
        }
        const std::size_t index = plan_.stages.size();
        if (type->kind == Kind::expand) stage.scope.push_back(index);
        if (type->kind == Kind::gather) {
            stage.group = group_;
            while (stage.scope.back() != *group_) stage.scope.pop_back();
            stage.scope.pop_back();
        }
        if (type->kind == Kind::regroup) {
            stage.scope.clear();
            stage.regroup = index;
        }
        group_.reset();
        plan_.stages.push_back(std::move(stage));
        return index;
    }
    Execution& execution(std::size_t stage) { return plan_.stages[stage].execution; }
    Plan& plan() { return plan_; }

  private:
    std::deque<StageType> types_;
    Plan plan_;
    std::optional<std::size_t> group_;
};

}  // namespace figurant::pipeline::test
