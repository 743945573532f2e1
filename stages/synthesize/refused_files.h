#pragma once
// The files that a stage was given and cannot use: left out, and told of once.

#include <atomic>
#include <string>
#include <vector>

#include "base/error.h"
#include "pipeline/stage.h"

namespace figurant::stages {

class RefusedFiles {
  public:
    /// Where an error is caught: leaves out the file that it names, or throws it on if it tells of something
    /// else.
    void add(const Error& error) {
        if (error.cause() != Cause::input && error.cause() != Cause::limit) throw;
        reasons_.push_back(std::string(error.what()) + "; left out");
    }
    const std::vector<std::string>& reasons() const { return reasons_; }
    /// Warns of each, at the first call.
    void tell(pipeline::Context& context) const {
        if (reasons_.empty() || told_.exchange(true)) return;
        for (const auto& each : reasons_) context.warn(each);
    }

  private:
    std::vector<std::string> reasons_;
    mutable std::atomic<bool> told_ = false;
};

}  // namespace figurant::stages
