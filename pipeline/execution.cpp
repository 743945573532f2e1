#include "pipeline/plan.h"

namespace figurant::pipeline {

const ParameterList<Execution>& Execution::parameters() {
    static const auto list =
        ParameterList<Execution>{}
            .add("concurrency", &Execution::concurrency,
                 "calls at once at the most; 0: as many as there are threads", range(0, 4096), neutral)
            .add("batch", &Execution::batch, "items a call at the most; 0: what the stage likes best",
                 range(0, 65536), neutral)
            .add("on_error", &Execution::on_error,
                 "what an error in the stage does: the input fails, the item is left out (of an expand "
                 "all that were still to come of it), another try, or the end",
                 choices({"fail_input", "skip_item", "retry", "stop"}))
            .add("retries", &Execution::retries, "further tries of \"retry\"", range(1, 100), neutral)
            .add("ordered", &Execution::ordered, "items reach the stage in the order of their lineage");
    return list;
}

bool can_retry(Kind kind) {
    switch (kind) {
        case Kind::source:
        case Kind::expand:
        case Kind::gather:
        case Kind::regroup:
        case Kind::sink:
            return false;
        case Kind::map:
        case Kind::finish:
        case Kind::graph:
        case Kind::for_each_graph:
            break;
    }
    return true;
}

OnError Execution::policy() const {
    if (on_error == "skip_item") return OnError::skip_item;
    if (on_error == "retry") return OnError::retry;
    if (on_error == "stop") return OnError::stop;
    return OnError::fail_input;
}

}  // namespace figurant::pipeline
