#pragma once
// Errors with their cause. Thrown where the facts are known, caught where the policy is decided.

#include <stdexcept>
#include <string>
#include <string_view>

namespace figurant {

/// Why something failed; decides the exit code and what `failures.jsonl` says.
enum class Cause {
    configuration,  ///< a bad command line, graph file or parameter
    input,          ///< an input of the run was rejected: missing, damaged, of another kind
    output,         ///< something could not be written
    model,          ///< the model, or weights, were rejected
    truth,          ///< the ground truth was rejected
    divergence,     ///< training produced numbers that are not finite
    limit,          ///< a limit was hit: memory, sizes, counts
    interrupted,    ///< a signal asked the run to end
    internal        ///< a defect of the program itself
};

/// "configuration", "input", …: the name that files and messages use.
std::string_view cause_name(Cause cause);

/// The exit code of a run that ends with this cause before or instead of its inputs (DESIGN, section 5).
int exit_code(Cause cause);

/// An error that a user can act on: what went wrong (naming the input and the place), and what to do next.
class Error : public std::runtime_error {
  public:
    Error(Cause cause, const std::string& what, std::string next_step = {})
        : std::runtime_error(what), cause_(cause), next_step_(std::move(next_step)) {}

    Cause cause() const { return cause_; }
    /// What the user can do about it; empty when `what()` says it all.
    const std::string& next_step() const { return next_step_; }

  private:
    Cause cause_;
    std::string next_step_;
};

}  // namespace figurant
