#pragma once
// What the stages have in common that compare results with ground truth: each takes all threads of the run.

#include <algorithm>
#include <functional>

#include "metrics/parallel_for.h"
#include "pipeline/stage.h"

namespace figurant::stages {

class Measurement : public pipeline::Map {
  public:
    void prepare(const pipeline::RunSettings& settings) override { threads_ = std::max(1, settings.threads); }
    pipeline::Needs needs() const override { return {threads_, 0, {}}; }

  protected:
    /// The threads of a call, lent to a measurement; not longer than the call.
    static metrics::ParallelFor threads_of(pipeline::Context& context) {
        return [&context](std::size_t count, const std::function<void(std::size_t)>& body) {
            context.parallel(count, body);
        };
    }

  private:
    int threads_ = 1;
};

}  // namespace figurant::stages
